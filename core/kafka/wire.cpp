#include "core/kafka/wire.h"

#include <concepts>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "core/kafka/wire_fields.h"
#include "core/kafka/wire_members.h"
#include "core/protocol/messages.h"

namespace brokersim::kafka {

namespace {

using protocol::Frame;
using protocol::FrameKind;
using protocol::Payload;

template <class M, class T>
concept Is = std::same_as<std::remove_const_t<M>, T>;

// --- the messages, each in the version of its api below ----------------------------------------------------

template <class F, Is<FindCoordinatorRequest> M>
void describe(F& fields, M& m, std::int16_t) {
    fields.string(m.group);
    fields.unused(std::int8_t(0));  // key type: a group
}

template <class F, Is<FindCoordinatorResponse> M>
void describe(F& fields, M& m, std::int16_t) {
    fields.unused(std::int32_t(0));  // throttle time
    fields.error(m.error);
    fields.unused_nullable_string();  // error message
    fields.integer(m.node_id);
    if constexpr (F::reading) {
        std::string host;
        std::int32_t port = 0;
        fields.string(host);
        fields.integer(port);
        m.address = protocol::parse_ip(host).value_or(Address());
        if (port >= 0 && port <= UINT16_MAX) m.address.port = static_cast<std::uint16_t>(port);
    } else {
        // Node.noNode() has no host, and port -1.
        const bool known = m.address != Address();
        fields.string(known ? protocol::ip_text(m.address) : std::string());
        fields.integer(known ? std::int32_t(m.address.port) : -1);
    }
}

template <class F, Is<JoinGroupRequest> M>
void describe(F& fields, M& m, std::int16_t) {
    fields.string(m.group);
    fields.integer(m.session_timeout_ms);
    fields.integer(m.rebalance_timeout_ms);
    fields.string(m.member_id);
    fields.string_or_null(m.instance_id);
    fields.string(m.protocol_type);
    fields.array(m.protocols, [&fields](auto& offered) {
        fields.string(offered.name);
        fields.bytes(offered.metadata);
    });
}

template <class F, Is<JoinGroupResponse> M>
void describe(F& fields, M& m, std::int16_t) {
    fields.unused(std::int32_t(0));  // throttle time
    fields.error(m.error);
    fields.integer(m.generation);
    fields.string(m.protocol);
    fields.string(m.leader);
    fields.string(m.member_id);
    fields.array(m.members, [&fields](auto& member) {
        fields.string(member.member_id);
        fields.string_or_null(member.instance_id);
        fields.bytes(member.metadata);
    });
}

template <class F, Is<SyncGroupRequest> M>
void describe(F& fields, M& m, std::int16_t) {
    fields.string(m.group);
    fields.integer(m.generation);
    fields.string(m.member_id);
    fields.string_or_null(m.instance_id);
    fields.array(m.assignments, [&fields](auto& assignment) {
        fields.string(assignment.member_id);
        fields.bytes(assignment.assignment);
    });
}

template <class F, Is<SyncGroupResponse> M>
void describe(F& fields, M& m, std::int16_t) {
    fields.unused(std::int32_t(0));  // throttle time
    fields.error(m.error);
    fields.bytes(m.assignment);
}

template <class F, Is<HeartbeatRequest> M>
void describe(F& fields, M& m, std::int16_t) {
    fields.string(m.group);
    fields.integer(m.generation);
    fields.string(m.member_id);
    fields.string_or_null(m.instance_id);
}

template <class F, Is<HeartbeatResponse> M>
void describe(F& fields, M& m, std::int16_t) {
    fields.unused(std::int32_t(0));  // throttle time
    fields.error(m.error);
}

/// The wire has a list of members; one leaves at a time here.
template <class F, Is<LeaveGroupRequest> M>
void describe(F& fields, M& m, std::int16_t) {
    fields.string(m.group);
    fields.unused(std::int32_t(1));
    fields.string(m.member_id);
    fields.string_or_null(m.instance_id);
}

/// An error of the one member is an error of the whole.
template <class F, Is<LeaveGroupResponse> M>
void describe(F& fields, M& m, std::int16_t) {
    fields.unused(std::int32_t(0));  // throttle time
    fields.error(m.error);
    if constexpr (F::reading) {
        struct Left {
            std::string id;
            Error error = Error::none;
        };
        std::vector<Left> members;
        fields.array(members, [&fields](Left& member) {
            fields.string(member.id);
            fields.unused_nullable_string();
            fields.error(member.error);
        });
        if (m.error == Error::none && !members.empty()) m.error = members.front().error;
    } else {
        fields.integer(std::int32_t(0));
    }
}

template <class F, Is<OffsetCommitRequest> M>
void describe(F& fields, M& m, std::int16_t version) {
    fields.string(m.group);
    fields.integer(m.generation);
    fields.string(m.member_id);
    if (version >= 7) fields.string_or_null(m.instance_id);
    fields.by_topic(m.offsets, topic_of_offset, [&fields, version](auto& committed) {
        fields.integer(committed.partition.partition);
        fields.integer(committed.offset);
        if (version >= 6) fields.unused(std::int32_t(-1));  // leader epoch
        fields.unused_nullable_string();                    // metadata
    });
}

/// The wire has an error for each partition; all have the same here.
template <class F, Is<OffsetCommitResponse> M>
void describe(F& fields, M& m, std::int16_t) {
    fields.unused(std::int32_t(0));  // throttle time
    fields.by_topic(m.partitions, topic_of, [&fields, &m](auto& partition) {
        fields.integer(partition.partition);
        if constexpr (F::reading) {
            Error error = Error::none;
            fields.error(error);
            if (m.error == Error::none) m.error = error;
        } else {
            fields.error(m.error);
        }
    });
}

template <class F, Is<OffsetFetchRequest> M>
void describe(F& fields, M& m, std::int16_t version) {
    if (version >= 9) return describe_member_fetch(fields, m);
    fields.string(m.group);
    fields.by_topic(m.partitions, topic_of, [&fields](auto& partition) { fields.integer(partition.partition); });
}

template <class F, Is<OffsetFetchResponse> M>
void describe(F& fields, M& m, std::int16_t version) {
    if (version >= 9) return describe_member_offsets(fields, m);
    fields.unused(std::int32_t(0));  // throttle time
    fields.by_topic(m.offsets, topic_of_offset, [&fields](auto& committed) {
        fields.integer(committed.partition.partition);
        fields.integer(committed.offset);
        fields.unused_nullable_string();  // metadata
        fields.unused(std::int16_t(0));   // error of the partition
    });
    fields.error(m.error);
}

template <class F, Is<ConsumerGroupHeartbeatRequest> M>
void describe(F& fields, M& m, std::int16_t) {
    describe_member_heartbeat(fields, m);
}

template <class F, Is<ConsumerGroupHeartbeatResponse> M>
void describe(F& fields, M& m, std::int16_t) {
    describe_member_heartbeat_answer(fields, m);
}

// --- the apis ----------------------------------------------------------------------------------------------

template <ApiKey api_key, std::int16_t oldest, std::int16_t version, class RequestType, class ResponseType>
struct Api {
    static constexpr ApiKey key = api_key;
    static constexpr std::int16_t written_version = version;
    using Request = RequestType;
    using Response = ResponseType;

    /// The consumer protocol has a version of OffsetFetch of its own.
    static constexpr bool knows(std::int16_t asked) {
        return (asked >= oldest && asked <= version) || (key == ApiKey::offset_fetch && asked == member_fetch_version);
    }
    template <class Message>
    static std::int16_t version_of(const Message& message) {
        if constexpr (key == ApiKey::offset_fetch) return written_fetch_version(message);
        return version;
    }
    /// Whether the version of the api is encoded flexibly.
    static constexpr bool flexible(std::int16_t of) {
        return key == ApiKey::consumer_group_heartbeat || (key == ApiKey::offset_fetch && of == member_fetch_version);
    }
    static std::int16_t written_fetch_version(const OffsetFetchRequest& request) {
        return request.member_id.empty() ? version : member_fetch_version;
    }
    static std::int16_t written_fetch_version(const OffsetFetchResponse& response) {
        return response.group.empty() ? version : member_fetch_version;
    }
};

/// Calls `use(Api)` for each api.
template <class Use>
constexpr void each_api(Use use) {
    use(Api<ApiKey::offset_commit, 5, 7, OffsetCommitRequest, OffsetCommitResponse>());
    use(Api<ApiKey::offset_fetch, 4, 4, OffsetFetchRequest, OffsetFetchResponse>());
    use(Api<ApiKey::find_coordinator, 1, 1, FindCoordinatorRequest, FindCoordinatorResponse>());
    use(Api<ApiKey::join_group, 5, 5, JoinGroupRequest, JoinGroupResponse>());
    use(Api<ApiKey::heartbeat, 3, 3, HeartbeatRequest, HeartbeatResponse>());
    use(Api<ApiKey::leave_group, 3, 3, LeaveGroupRequest, LeaveGroupResponse>());
    use(Api<ApiKey::sync_group, 3, 3, SyncGroupRequest, SyncGroupResponse>());
    use(Api<ApiKey::consumer_group_heartbeat, 0, 0, ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse>());
}

template <class Sink>
void write_frame_without_length(Sink& sink, const Frame& frame) {
    FieldsOut fields(sink);
    bool written = false;
    each_api([&](auto api) {
        if (const auto* request = get_if<typename decltype(api)::Request>(&frame.payload)) {
            const std::int16_t version = api.version_of(*request);
            fields.integer(static_cast<std::int16_t>(api.key));
            fields.integer(version);
            fields.integer(frame.opaque);
            constexpr std::string_view before = "consumer-";
            constexpr std::string_view after = "-1";
            fields.integer(static_cast<std::int16_t>(before.size() + request->group.size() + after.size()));
            for (std::string_view part : {before, std::string_view(request->group), after}) sink.text(part);
            if (api.flexible(version)) fields.tags();
            describe(fields, *request, version);
            written = true;
        } else if (const auto* response = get_if<typename decltype(api)::Response>(&frame.payload)) {
            const std::int16_t version = api.version_of(*response);
            fields.integer(frame.opaque);
            if (api.flexible(version)) fields.tags();
            describe(fields, *response, version);
            written = true;
        }
    });
    BROKERSIM_CHECK(written, "payload {} is not Kafka's", frame.payload.index());
}

std::unexpected<WireError> error(WireErrorCode code, std::string what) {
    return std::unexpected(WireError{code, std::move(what)});
}

/// What follows the length field, if it says the truth.
std::expected<std::span<const std::byte>, WireError> after_length(std::span<const std::byte> bytes) {
    protocol::WireReader reader(bytes);
    const auto length = reader.integer<std::int32_t>();
    if (reader.ok() && length < 0) return error(WireErrorCode::malformed, fmt::format("a frame of {} bytes", length));
    const auto frame = reader.bytes(length);
    if (!reader.ok()) return error(WireErrorCode::truncated, "the frame ends before its length");
    if (!reader.at_end()) return error(WireErrorCode::malformed, "bytes follow the frame");
    return frame;
}

template <class Message>
std::expected<Frame, WireError> read_message(FieldsIn& fields, FrameKind kind, std::int32_t opaque,
                                             std::int16_t version) {
    Message message;
    describe(fields, message, version);
    if (!fields.ok()) return error(WireErrorCode::truncated, "a field reaches beyond the end");
    if (!fields.at_end()) return error(WireErrorCode::malformed, "bytes follow the last field");
    return Frame{.kind = kind, .opaque = opaque, .code = 0, .remark = {}, .payload = std::move(message)};
}

/// A request that says more than its struct can hold.
std::optional<std::string> beyond_the_model(ApiKey api, std::int16_t version, std::span<const std::byte> body) {
    if (api == ApiKey::consumer_group_heartbeat) return std::nullopt;
    if (api == ApiKey::offset_fetch && version == member_fetch_version) return beyond_member_fetch(body);
    protocol::WireReader reader(body);
    reader.text(reader.integer<std::int16_t>());  // each begins with the group, or what it is to find
    if (api == ApiKey::find_coordinator && reader.integer<std::int8_t>() != 0 && reader.ok())
        return "only the coordinators of groups are modelled";
    if (api == ApiKey::leave_group && reader.integer<std::int32_t>() != 1 && reader.ok())
        return "only one member at a time leaves a group";
    if (api == ApiKey::offset_fetch && reader.integer<std::int32_t>() == -1)
        return "fetching the offsets of all topics is not modelled";
    return std::nullopt;
}

}  // namespace

std::size_t encoded_size(const Frame& frame) {
    protocol::CountingSink sink;
    sink.integer(std::int32_t());
    write_frame_without_length(sink, frame);
    return sink.size();
}

Slice encode(const Frame& frame) {
    const std::size_t size = kafka::encoded_size(frame);
    BROKERSIM_CHECK(size <= INT32_MAX, "frame of {} bytes", size);
    auto block = HeapBlock::make(size);
    protocol::ByteSink sink(block->writable());
    sink.integer(static_cast<std::int32_t>(size - sizeof(std::int32_t)));
    write_frame_without_length(sink, frame);
    BROKERSIM_CHECK(sink.left() == 0, "{} of {} bytes were not written", sink.left(), size);
    return block->slice();
}

std::optional<ApiKey> api_key(const Payload& payload) {
    std::optional<ApiKey> found;
    each_api([&](auto api) {
        if (holds_alternative<typename decltype(api)::Request>(payload)) found = api.key;
    });
    return found;
}

std::expected<Frame, WireError> decode_request(std::span<const std::byte> bytes) {
    const auto frame = after_length(bytes);
    if (!frame) return std::unexpected(frame.error());
    protocol::WireReader reader(*frame);
    const auto key = reader.integer<std::int16_t>();
    const auto version = reader.integer<std::int16_t>();
    const auto correlation = reader.integer<std::int32_t>();
    if (const auto client_id = reader.integer<std::int16_t>(); client_id != -1) reader.text(client_id);
    if (!reader.ok()) return error(WireErrorCode::truncated, "the frame ends inside its header");

    std::expected<Frame, WireError> read = error(WireErrorCode::unknown_api, fmt::format("api key {}", key));
    each_api([&](auto api) {
        if (static_cast<std::int16_t>(api.key) != key) return;
        if (!api.knows(version)) {
            read = error(WireErrorCode::unsupported_version, fmt::format("version {} of api key {}", version, key));
            return;
        }
        FieldsIn fields(reader.rest());
        if (api.flexible(version)) fields.tags();
        if (auto beyond = beyond_the_model(api.key, version, fields.rest()))
            read = error(WireErrorCode::unsupported, std::move(*beyond));
        else
            read = read_message<typename decltype(api)::Request>(fields, FrameKind::request, correlation, version);
    });
    return read;
}

std::expected<Frame, WireError> decode_response(std::span<const std::byte> bytes, ApiKey answers,
                                                std::optional<std::int16_t> version) {
    const auto frame = after_length(bytes);
    if (!frame) return std::unexpected(frame.error());
    FieldsIn fields(*frame);
    std::int32_t correlation = 0;
    fields.integer(correlation);
    std::expected<Frame, WireError> read = error(WireErrorCode::unknown_api, "not an api that is modelled");
    each_api([&](auto api) {
        if (api.key != answers) return;
        const std::int16_t asked = version.value_or(api.written_version);
        if (api.flexible(asked)) fields.tags();
        read = read_message<typename decltype(api)::Response>(fields, FrameKind::response, correlation, asked);
    });
    return read;
}

}  // namespace brokersim::kafka
