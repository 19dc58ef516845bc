#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "core/kafka/messages.h"
#include "core/protocol/messages.h"

namespace brokersim::protocol {

using Payload =
    std::variant<Empty, SendMessageRequest, SendMessageResponse, PullMessageRequest, PullMessageResponse,
                 QueryConsumerOffsetRequest, UpdateConsumerOffsetRequest, GetMaxOffsetRequest, GetMinOffsetRequest,
                 SearchOffsetRequest, OffsetResponse, HeartbeatRequest, UnregisterClientRequest, GetConsumerListRequest,
                 GetConsumerListResponse, NotifyConsumerIdsChanged, GetRouteRequest, GetRouteResponse,
                 RegisterBrokerRequest, RegisterBrokerResponse, UnregisterBrokerRequest, kafka::FindCoordinatorRequest,
                 kafka::FindCoordinatorResponse, kafka::JoinGroupRequest, kafka::JoinGroupResponse,
                 kafka::SyncGroupRequest, kafka::SyncGroupResponse, kafka::HeartbeatRequest, kafka::HeartbeatResponse,
                 kafka::LeaveGroupRequest, kafka::LeaveGroupResponse, kafka::OffsetCommitRequest,
                 kafka::OffsetCommitResponse, kafka::OffsetFetchRequest, kafka::OffsetFetchResponse>;

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
