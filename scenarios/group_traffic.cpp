#include "scenarios/group_traffic.h"

#include <algorithm>

namespace brokersim::scenario {
namespace {

template <class Kind>
constexpr std::optional<GroupRequest> request_of(const Kind&) {
    return std::nullopt;
}
constexpr std::optional<GroupRequest> request_of(const protocol::HeartbeatRequest&) {
    return GroupRequest::client_heartbeat;
}
constexpr std::optional<GroupRequest> request_of(const protocol::GetConsumerListRequest&) {
    return GroupRequest::member_list;
}
constexpr std::optional<GroupRequest> request_of(const protocol::NotifyConsumerIdsChanged&) {
    return GroupRequest::notification;
}
constexpr std::optional<GroupRequest> request_of(const protocol::LockBatchRequest&) { return GroupRequest::queue_lock; }
constexpr std::optional<GroupRequest> request_of(const protocol::UnlockBatchRequest&) {
    return GroupRequest::queue_lock;
}
constexpr std::optional<GroupRequest> request_of(const protocol::QueryAssignmentRequest&) {
    return GroupRequest::assignment;
}
constexpr std::optional<GroupRequest> request_of(const protocol::AckMessageRequest&) { return GroupRequest::ack; }
constexpr std::optional<GroupRequest> request_of(const protocol::ChangeInvisibleTimeRequest&) {
    return GroupRequest::ack;
}
constexpr std::optional<GroupRequest> request_of(const protocol::UnregisterClientRequest&) {
    return GroupRequest::leave;
}
constexpr std::optional<GroupRequest> request_of(const protocol::QueryConsumerOffsetRequest&) {
    return GroupRequest::offset_fetch;
}
constexpr std::optional<GroupRequest> request_of(const protocol::UpdateConsumerOffsetRequest&) {
    return GroupRequest::offset_commit;
}
constexpr std::optional<GroupRequest> request_of(const kafka::FindCoordinatorRequest&) {
    return GroupRequest::coordinator;
}
constexpr std::optional<GroupRequest> request_of(const kafka::JoinGroupRequest&) { return GroupRequest::join; }
constexpr std::optional<GroupRequest> request_of(const kafka::SyncGroupRequest&) { return GroupRequest::sync; }
constexpr std::optional<GroupRequest> request_of(const kafka::HeartbeatRequest&) { return GroupRequest::heartbeat; }
constexpr std::optional<GroupRequest> request_of(const kafka::ConsumerGroupHeartbeatRequest&) {
    return GroupRequest::heartbeat;
}
constexpr std::optional<GroupRequest> request_of(const kafka::LeaveGroupRequest&) { return GroupRequest::leave; }
constexpr std::optional<GroupRequest> request_of(const kafka::OffsetFetchRequest&) {
    return GroupRequest::offset_fetch;
}
constexpr std::optional<GroupRequest> request_of(const kafka::OffsetCommitRequest&) {
    return GroupRequest::offset_commit;
}

}  // namespace

std::optional<GroupRequest> group_request_of(const protocol::Payload& payload) {
    return visit([](const auto& message) { return request_of(message); }, payload);
}

bool names_group(const protocol::Payload& payload, std::string_view group) {
    return visit(
        [group](const auto& message) {
            if constexpr (requires { message.data->consumers; })
                return std::ranges::any_of(message.data->consumers,
                                           [group](const auto& consumer) { return consumer.group == group; });
            else if constexpr (requires { message.consumer_group == group; })
                return message.consumer_group == group;
            else if constexpr (requires { message.group == group; })
                return message.group == group;
            else
                return false;
        },
        payload);
}

}  // namespace brokersim::scenario
