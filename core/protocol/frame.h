#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <variant>

#include "core/kafka/messages.h"
#include "core/protocol/messages.h"
#include "core/protocol/pop_messages.h"

namespace brokersim::protocol {

using Message = std::variant<
    Empty, SendMessageRequest, SendMessageResponse, PullMessageRequest, PullMessageResponse, QueryConsumerOffsetRequest,
    UpdateConsumerOffsetRequest, GetMaxOffsetRequest, GetMinOffsetRequest, SearchOffsetRequest, OffsetResponse,
    QueryMessageRequest, QueryMessageResponse, ViewMessageRequest, ViewMessageResponse, HeartbeatRequest,
    UnregisterClientRequest, GetConsumerListRequest, GetConsumerListResponse, NotifyConsumerIdsChanged,
    LockBatchRequest, LockBatchResponse, UnlockBatchRequest, GetRouteRequest, GetRouteResponse, RegisterBrokerRequest,
    RegisterBrokerResponse, UnregisterBrokerRequest, PopMessageRequest, PopMessageResponse, AckMessageRequest,
    ChangeInvisibleTimeRequest, ChangeInvisibleTimeResponse, QueryAssignmentRequest, QueryAssignmentResponse,
    SetRequestModeRequest, kafka::FindCoordinatorRequest, kafka::FindCoordinatorResponse, kafka::JoinGroupRequest,
    kafka::JoinGroupResponse, kafka::SyncGroupRequest, kafka::SyncGroupResponse, kafka::HeartbeatRequest,
    kafka::HeartbeatResponse, kafka::LeaveGroupRequest, kafka::LeaveGroupResponse, kafka::OffsetCommitRequest,
    kafka::OffsetCommitResponse, kafka::OffsetFetchRequest, kafka::OffsetFetchResponse,
    kafka::ConsumerGroupHeartbeatRequest, kafka::ConsumerGroupHeartbeatResponse>;

/// What a frame says: one of the messages, on the heap, so that a frame is moved from hand to hand for the price of a
/// pointer. Used like a std::variant (get, get_if, holds_alternative, visit, found by their argument). Moved from, or
/// made by default, it is Empty.
class Payload {
public:
    Payload() = default;
    template <class Kind>
        requires std::is_constructible_v<Message, Kind&&> && (!std::is_same_v<std::remove_cvref_t<Kind>, Payload>)
    Payload(Kind&& kind) {
        if constexpr (!std::is_same_v<std::remove_cvref_t<Kind>, Empty>)
            message_ = std::make_unique<Message>(std::forward<Kind>(kind));
    }
    Payload(Payload&&) noexcept = default;
    Payload& operator=(Payload&&) noexcept = default;
    Payload(const Payload& other) : message_(other.message_ ? std::make_unique<Message>(*other.message_) : nullptr) {}
    Payload& operator=(const Payload& other) { return *this = Payload(other); }

    /// Which alternative of Message it is.
    std::size_t index() const { return message_ ? message_->index() : 0; }
    void reset() { message_.reset(); }

    template <class Kind>
    friend Kind* get_if(Payload* payload) {
        return std::get_if<Kind>(payload->message_.get());
    }
    template <class Kind>
    friend const Kind* get_if(const Payload* payload) {
        return std::get_if<Kind>(payload->message_.get());
    }
    template <class Kind>
    friend Kind& get(Payload& payload) {
        return std::get<Kind>(payload.whole());
    }
    template <class Kind>
    friend const Kind& get(const Payload& payload) {
        return std::get<Kind>(payload.whole());
    }
    template <class Kind>
    friend Kind get(Payload&& payload) {
        return std::get<Kind>(std::move(payload.whole()));
    }
    template <class Kind>
    friend bool holds_alternative(const Payload& payload) {
        return std::holds_alternative<Kind>(payload.whole());
    }
    template <class Visitor>
    friend decltype(auto) visit(Visitor&& visitor, Payload& payload) {
        return std::visit(std::forward<Visitor>(visitor), payload.whole());
    }
    template <class Visitor>
    friend decltype(auto) visit(Visitor&& visitor, const Payload& payload) {
        return std::visit(std::forward<Visitor>(visitor), payload.whole());
    }

private:
    static const Message& nothing() {
        static const Message empty;
        return empty;
    }
    const Message& whole() const { return message_ ? *message_ : nothing(); }
    Message& whole() {
        if (!message_) message_ = std::make_unique<Message>();
        return *message_;
    }

    std::unique_ptr<Message> message_;
};

enum class FrameKind : std::uint8_t { request, one_way, response };

/// One command on a connection. A response carries the `opaque` of its request.
struct Frame {
    FrameKind kind = FrameKind::request;
    std::int32_t opaque = 0;
    std::int32_t code = 0;  // of a response: ResponseCode; 0 in requests (the payload's type tells)
    Text remark;
    Payload payload;
};

/// Bytes that this frame takes on the wire, length fields included; what the encoder writes, without writing it.
/// RocketMQ's payloads count as a 4.x remoting frame with a JSON header, Kafka's as Kafka's own binary frames.
std::size_t encoded_size(const Frame& frame);

}  // namespace brokersim::protocol
