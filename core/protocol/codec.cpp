#include "core/protocol/codec.h"

#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "core/kafka/wire.h"
#include "core/protocol/bodies.h"
#include "core/protocol/fields.h"
#include "core/protocol/header.h"
#include "core/protocol/pop_fields.h"

namespace brokersim::protocol {

namespace {

// Kafka's payloads are the last ones of the variant.
template <class Kind, std::size_t i = 0>
constexpr std::size_t index_of() {
    if constexpr (std::is_same_v<std::variant_alternative_t<i, Message>, Kind>)
        return i;
    else
        return index_of<Kind, i + 1>();
}
template <class Message>
constexpr bool is_kafka = index_of<Message>() >= index_of<kafka::FindCoordinatorRequest>();

/// The code that asks for each kind of request; none for a response.
template <class Message>
std::optional<RequestCode> code_of(const Message& message) {
    using enum RequestCode;
    if constexpr (std::is_same_v<Message, SendMessageRequest>)
        return message.batch ? send_batch_message : send_message_v2;
    else if constexpr (std::is_same_v<Message, PullMessageRequest>)
        return pull_message;
    else if constexpr (std::is_same_v<Message, QueryConsumerOffsetRequest>)
        return query_consumer_offset;
    else if constexpr (std::is_same_v<Message, UpdateConsumerOffsetRequest>)
        return update_consumer_offset;
    else if constexpr (std::is_same_v<Message, GetMaxOffsetRequest>)
        return get_max_offset;
    else if constexpr (std::is_same_v<Message, GetMinOffsetRequest>)
        return get_min_offset;
    else if constexpr (std::is_same_v<Message, SearchOffsetRequest>)
        return search_offset_by_timestamp;
    else if constexpr (std::is_same_v<Message, QueryMessageRequest>)
        return query_message;
    else if constexpr (std::is_same_v<Message, ViewMessageRequest>)
        return view_message_by_id;
    else if constexpr (std::is_same_v<Message, HeartbeatRequest>)
        return heart_beat;
    else if constexpr (std::is_same_v<Message, UnregisterClientRequest>)
        return unregister_client;
    else if constexpr (std::is_same_v<Message, GetConsumerListRequest>)
        return get_consumer_list_by_group;
    else if constexpr (std::is_same_v<Message, NotifyConsumerIdsChanged>)
        return notify_consumer_ids_changed;
    else if constexpr (std::is_same_v<Message, LockBatchRequest>)
        return lock_batch_mq;
    else if constexpr (std::is_same_v<Message, UnlockBatchRequest>)
        return unlock_batch_mq;
    else if constexpr (std::is_same_v<Message, GetRouteRequest>)
        return get_route_info_by_topic;
    else if constexpr (std::is_same_v<Message, RegisterBrokerRequest>)
        return register_broker;
    else if constexpr (std::is_same_v<Message, UnregisterBrokerRequest>)
        return unregister_broker;
    else if constexpr (std::is_same_v<Message, PopMessageRequest>)
        return pop_message;
    else if constexpr (std::is_same_v<Message, AckMessageRequest>)
        return ack_message;
    else if constexpr (std::is_same_v<Message, ChangeInvisibleTimeRequest>)
        return change_message_invisible_time;
    else if constexpr (std::is_same_v<Message, QueryAssignmentRequest>)
        return query_assignment;
    else if constexpr (std::is_same_v<Message, SetRequestModeRequest>)
        return set_message_request_mode;
    else
        return std::nullopt;
}

template <class Message>
HeaderStart header_start(const Frame& frame, const Message& message, std::int32_t version) {
    HeaderStart start{.version = version, .opaque = frame.opaque};
    if (!frame.remark.empty()) start.remark = frame.remark;
    if (frame.kind == FrameKind::response) {
        start.code = frame.code;
        start.flag = flag_response;
        return start;
    }
    const auto code = code_of(message);
    BROKERSIM_CHECK(code.has_value(), "payload {} is no request", frame.payload.index());
    start.code = static_cast<std::int32_t>(*code);
    start.flag = frame.kind == FrameKind::one_way ? flag_one_way : 0;
    return start;
}

/// A binary header has 16 bits for the code: those of POP go out as JSON whatever was chosen.
HeaderFormat format_of(const HeaderStart& start, const WireOptions& options) {
    return start.code > INT16_MAX ? HeaderFormat::json : options.header;
}

/// Writes the ext fields of a payload in the way of a header format.
template <class Message>
auto fields_of(const Message& message) {
    return [&message](auto& out) {
        FieldWriter writer(out);
        describe(writer, message);
    };
}

/// Reads fields and body. `fields` reads the fields when they do not have their usual names.
template <class Message, class ReadFields>
std::expected<Payload, DecodeError> read_message(const Command& command, ReadFields fields) {
    Message message;
    FieldReader reader(command);
    fields(reader, message);
    if (reader.error()) return std::unexpected(*reader.error());
    if (const auto read = read_body(command, message); !read) return std::unexpected(read.error());
    return Payload(std::move(message));
}

template <class Message>
std::expected<Payload, DecodeError> read_message(const Command& command) {
    return read_message<Message>(command, [](FieldReader& reader, Message& message) { describe(reader, message); });
}

std::expected<Payload, DecodeError> read_request(const Command& command) {
    using enum RequestCode;
    switch (static_cast<RequestCode>(command.code)) {
        case send_message:
            return read_message<SendMessageRequest>(command, [](FieldReader& reader, SendMessageRequest& message) {
                send_fields(reader, message, send_field_names);
            });
        case send_message_v2:
        case send_batch_message:
            return read_message<SendMessageRequest>(command);
        case pull_message:
        case lite_pull_message:
            return read_message<PullMessageRequest>(command);
        case query_consumer_offset:
            return read_message<QueryConsumerOffsetRequest>(command);
        case update_consumer_offset:
            return read_message<UpdateConsumerOffsetRequest>(command);
        case search_offset_by_timestamp:
            return read_message<SearchOffsetRequest>(command);
        case get_max_offset:
            return read_message<GetMaxOffsetRequest>(command);
        case get_min_offset:
            return read_message<GetMinOffsetRequest>(command);
        case query_message:
            return read_message<QueryMessageRequest>(command);
        case view_message_by_id:
            return read_message<ViewMessageRequest>(command);
        case heart_beat:
            return read_message<HeartbeatRequest>(command);
        case unregister_client:
            return read_message<UnregisterClientRequest>(command);
        case get_consumer_list_by_group:
            return read_message<GetConsumerListRequest>(command);
        case notify_consumer_ids_changed:
            return read_message<NotifyConsumerIdsChanged>(command);
        case lock_batch_mq:
            return read_message<LockBatchRequest>(command);
        case unlock_batch_mq:
            return read_message<UnlockBatchRequest>(command);
        case register_broker:
            return read_message<RegisterBrokerRequest>(command);
        case unregister_broker:
            return read_message<UnregisterBrokerRequest>(command);
        case get_route_info_by_topic:
            return read_message<GetRouteRequest>(command);
        case pop_message:
            return read_message<PopMessageRequest>(command);
        case ack_message:
            return read_message<AckMessageRequest>(command);
        case change_message_invisible_time:
            return read_message<ChangeInvisibleTimeRequest>(command);
        case query_assignment:
            return read_message<QueryAssignmentRequest>(command);
        case set_message_request_mode:
            return read_message<SetRequestModeRequest>(command);
    }
    return std::unexpected(
        DecodeError{DecodeErrorCode::unknown_request, fmt::format(" request type {} not supported", command.code)});
}

/// A response that failed need not have the fields of its kind, but may: a pull that found nothing, a message that was
/// stored and not flushed.
template <class Message>
std::expected<Payload, DecodeError> read_answer(const Command& command) {
    auto message = read_message<Message>(command);
    if (!message && command.code != static_cast<std::int32_t>(ResponseCode::success)) return Payload(Empty{});
    return message;
}

std::expected<Payload, DecodeError> read_response(const Command& command, std::optional<RequestCode> answers) {
    using enum RequestCode;
    switch (answers.value_or(heart_beat)) {
        case send_message:
        case send_message_v2:
        case send_batch_message:
            return read_answer<SendMessageResponse>(command);
        case pull_message:
        case lite_pull_message:
            return read_answer<PullMessageResponse>(command);
        case query_consumer_offset:
        case search_offset_by_timestamp:
        case get_max_offset:
        case get_min_offset:
            return read_answer<OffsetResponse>(command);
        case query_message:
            return read_answer<QueryMessageResponse>(command);
        case view_message_by_id:
            if (command.code != static_cast<std::int32_t>(ResponseCode::success)) return Payload(Empty{});
            return read_answer<ViewMessageResponse>(command);
        case get_consumer_list_by_group:
            return read_answer<GetConsumerListResponse>(command);
        case lock_batch_mq:
            return read_answer<LockBatchResponse>(command);
        case get_route_info_by_topic:
            return read_answer<GetRouteResponse>(command);
        case register_broker:
            if (command.code != static_cast<std::int32_t>(ResponseCode::success)) return Payload(Empty{});
            return read_answer<RegisterBrokerResponse>(command);
        case pop_message:
            return read_answer<PopMessageResponse>(command);
        case change_message_invisible_time:
            return read_answer<ChangeInvisibleTimeResponse>(command);
        case query_assignment:
            return read_answer<QueryAssignmentResponse>(command);
        case ack_message:
        case set_message_request_mode:
        case update_consumer_offset:
        case heart_beat:
        case unregister_client:
        case notify_consumer_ids_changed:
        case unlock_batch_mq:
        case unregister_broker:
            break;
    }
    return Payload(Empty{});
}

}  // namespace

std::size_t encoded_size(const Frame& frame) {
    return visit(
        [&frame](const auto& message) -> std::size_t {
            using Kind = std::remove_cvref_t<decltype(message)>;
            if constexpr (is_kafka<Kind>) {
                return kafka::encoded_size(frame);
            } else {
                const WireOptions options;
                return frame_size(options.header, header_start(frame, message, options.version), fields_of(message),
                                  [&](auto& sink) { write_body(sink, message, options.quoted_integer_keys); });
            }
        },
        frame.payload);
}

Slice encode(const Frame& frame, const WireOptions& options) {
    return visit(
        [&](const auto& message) -> Slice {
            using Kind = std::remove_cvref_t<decltype(message)>;
            if constexpr (is_kafka<Kind>) {
                return kafka::encode(frame);
            } else {
                const HeaderStart start = header_start(frame, message, options.version);
                return write_frame(format_of(start, options), start, fields_of(message),
                                   [&](auto& sink) { write_body(sink, message, options.quoted_integer_keys); });
            }
        },
        frame.payload);
}

std::optional<RequestCode> request_code(const Payload& payload) {
    return visit([](const auto& message) { return code_of(message); }, payload);
}

std::expected<Frame, DecodeError> to_frame(const Command& command, std::optional<RequestCode> answers) {
    auto payload = command.response() ? read_response(command, answers) : read_request(command);
    if (!payload) return std::unexpected(payload.error());
    Frame frame{.opaque = command.opaque, .remark = command.remark.value_or(""), .payload = *std::move(payload)};
    if (command.response()) {
        frame.kind = FrameKind::response;
        frame.code = command.code;
    } else {
        frame.kind = command.one_way() ? FrameKind::one_way : FrameKind::request;
    }
    return frame;
}

std::expected<Frame, DecodeError> decode(const Slice& bytes, std::optional<RequestCode> answers) {
    const auto command = decode_command(bytes);
    if (!command) return std::unexpected(command.error());
    return to_frame(*command, answers);
}

}  // namespace brokersim::protocol
