#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include <rapidcheck.h>
#include <boost/pfr.hpp>

#include "core/protocol/codec.h"
#include "core/protocol/frame.h"

/// Random frames of every payload type, and deep equality of frames.
namespace brokersim::testing {

template <class T>
constexpr bool is_vector = false;
template <class T>
constexpr bool is_vector<std::vector<T>> = true;
template <class T>
constexpr bool is_optional = false;
template <class T>
constexpr bool is_optional<std::optional<T>> = true;
template <class T>
constexpr bool is_shared = false;
template <class T>
constexpr bool is_shared<std::shared_ptr<T>> = true;
template <class T>
constexpr bool is_remembered = false;
template <class T>
constexpr bool is_remembered<Remembered<T>> = true;

/// Fills `value` with picks of the running property, member by member. Extremes are as likely as small numbers.
template <class T>
void fill(T& value) {
    if constexpr (std::is_same_v<T, bool>) {
        value = *rc::gen::arbitrary<bool>();
    } else if constexpr (std::is_same_v<T, protocol::ConsumeFromWhere>) {
        value = static_cast<T>(*rc::gen::inRange(0, 3));
    } else if constexpr (std::is_same_v<T, protocol::ConsumeType> || std::is_same_v<T, protocol::MessageModel> ||
                         std::is_same_v<T, protocol::RequestMode>) {
        value = static_cast<T>(*rc::gen::inRange(0, 2));
    } else if constexpr (std::is_enum_v<T>) {
        std::underlying_type_t<T> number{};
        fill(number);
        value = static_cast<T>(number);
    } else if constexpr (std::is_integral_v<T>) {
        using Limits = std::numeric_limits<T>;
        value = *rc::gen::oneOf(rc::gen::arbitrary<T>(), rc::gen::inRange<T>(Limits::min(), Limits::max()),
                                rc::gen::element<T>(Limits::min(), Limits::max(), static_cast<T>(-1), T(0)));
    } else if constexpr (std::is_same_v<T, std::string>) {
        const auto any_byte = rc::gen::map(rc::gen::inRange(0, 256), [](int c) { return static_cast<char>(c); });
        value = *rc::gen::oneOf(
            rc::gen::container<std::string>(any_byte),
            rc::gen::container<std::string>(rc::gen::element('"', '\\', '\x01', '\n', 'x', '\x7F')),
            rc::gen::element<std::string>("", "T", "\xC2\x85", "\xE2\x80\xA8\xE2\x80", "\xF0\x9F\x98\x80"));
    } else if constexpr (std::is_same_v<T, Text>) {
        std::string text;
        fill(text);
        value = text;
    } else if constexpr (std::is_same_v<T, Slice>) {
        std::string bytes;
        fill(bytes);
        value = copy_slice(bytes);
    } else if constexpr (is_remembered<T>) {
        // follows from the rest
    } else if constexpr (is_vector<T>) {
        value.resize(*rc::gen::inRange<std::size_t>(0, 5));
        for (auto& item : value) fill(item);
    } else if constexpr (is_optional<T>) {
        value.reset();
        if (*rc::gen::arbitrary<bool>()) fill(value.emplace());
    } else if constexpr (is_shared<T>) {
        std::remove_const_t<typename T::element_type> made;
        fill(made);
        value = std::make_shared<typename T::element_type>(std::move(made));
    } else if constexpr (std::is_same_v<T, std::map<std::int64_t, Address>>) {
        for (int left = *rc::gen::inRange(0, 4); left > 0; --left) {
            std::int64_t id = 0;
            fill(id);
            fill(value[id]);
        }
    } else {
        boost::pfr::for_each_field(value, [](auto& field) { fill(field); });
    }
}

template <class T>
bool same(const T& a, const T& b) {
    if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T> || std::is_same_v<T, std::string> ||
                  std::is_same_v<T, Text> || std::is_same_v<T, std::map<std::int64_t, Address>>) {
        return a == b;
    } else if constexpr (std::is_same_v<T, Slice>) {
        return a.text() == b.text();
    } else if constexpr (is_remembered<T>) {
        return true;
    } else if constexpr (is_vector<T>) {
        return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                          [](const auto& x, const auto& y) { return same(x, y); });
    } else if constexpr (is_optional<T>) {
        return a.has_value() == b.has_value() && (!a || same(*a, *b));
    } else if constexpr (is_shared<T>) {
        return a != nullptr && b != nullptr && same(*a, *b);
    } else {
        bool all = true;
        boost::pfr::for_each_field(
            a, [&](const auto& field, auto index) { all = all && same(field, boost::pfr::get<index>(b)); });
        return all;
    }
}

inline bool same(const protocol::Frame& a, const protocol::Frame& b) {
    if (a.kind != b.kind || a.opaque != b.opaque || a.code != b.code || a.remark != b.remark ||
        a.payload.index() != b.payload.index())
        return false;
    return visit(
        [&b](const auto& payload) { return same(payload, get<std::remove_cvref_t<decltype(payload)>>(b.payload)); },
        a.payload);
}

/// What the wire cannot say is mended after filling.
template <class Message>
void mend(Message&) {}
inline void begin_with_their_sizes(std::vector<Slice>& records) {
    for (Slice& record : records) {
        std::string bytes = "....";
        bytes += record.text();
        for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<char>(bytes.size() >> (24 - 8 * i));
        record = copy_slice(bytes);
    }
}
inline void mend(protocol::PullMessageResponse& response) { begin_with_their_sizes(response.records); }
inline void mend(protocol::PopMessageResponse& response) { begin_with_their_sizes(response.records); }
inline void mend(protocol::QueryMessageResponse& response) { begin_with_their_sizes(response.records); }
inline void mend(protocol::RegisterBrokerRequest& request) {
    auto topics = *request.topics;  // by name, and the name is the key
    std::set<std::string> names;
    std::erase_if(topics, [&names](const auto& topic) { return !names.insert(topic.topic).second; });
    request.topics = std::make_shared<const std::vector<protocol::TopicConfig>>(std::move(topics));
}
inline void mend(kafka::OffsetCommitResponse& response) {
    if (response.partitions.empty()) response.error = kafka::Error::none;  // the error stands beside a partition
}
inline void mend(kafka::OffsetFetchRequest& request) {
    if (request.member_id.empty()) request.member_epoch = -1;  // version 4 has neither
}
inline void mend(kafka::OffsetFetchResponse& response) { response.group.clear(); }  // version 4

/// A frame as nodes send it, with this payload type. Failed responses mostly carry Empty; the code of those that carry
/// a body or nothing required is success.
template <class Message>
protocol::Frame random_frame(bool request, bool of_kafka) {
    protocol::Frame frame;
    Message message;
    fill(message);
    mend(message);
    fill(frame.opaque);
    if (!request) frame.kind = protocol::FrameKind::response;
    if (!of_kafka) {
        fill(frame.remark);
        if (request && *rc::gen::arbitrary<bool>()) frame.kind = protocol::FrameKind::one_way;
        constexpr bool only_with_success = std::is_same_v<Message, protocol::GetConsumerListResponse> ||
                                           std::is_same_v<Message, protocol::LockBatchResponse> ||
                                           std::is_same_v<Message, protocol::GetRouteResponse> ||
                                           std::is_same_v<Message, protocol::ViewMessageResponse> ||
                                           std::is_same_v<Message, protocol::QueryAssignmentResponse> ||
                                           std::is_same_v<Message, protocol::RegisterBrokerResponse>;
        if (!request && !only_with_success) frame.code = *rc::gen::inRange(0, 32768);
    }
    frame.payload = std::move(message);
    return frame;
}

}  // namespace brokersim::testing
