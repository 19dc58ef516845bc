#include "core/broker/consumer_requests.h"

namespace brokersim::broker {

using protocol::ResponseCode;

void ConsumerRequests::work(Request request) {
    const Origin& origin = request.origin;
    if (const auto* listed = get_if<protocol::GetConsumerListRequest>(&request.payload))
        list_members(origin, *listed);
    else if (const auto* asked = get_if<protocol::QueryConsumerOffsetRequest>(&request.payload))
        query(origin, *asked);
    else if (const auto* told = get_if<protocol::UpdateConsumerOffsetRequest>(&request.payload))
        update(origin, *told);
    else if (const auto* newest = get_if<protocol::GetMaxOffsetRequest>(&request.payload))
        give(origin, around_.store.max_offset(newest->topic, newest->queue_id).value);
    else if (const auto* oldest = get_if<protocol::GetMinOffsetRequest>(&request.payload))
        give(origin, around_.store.min_offset(oldest->topic, oldest->queue_id).value);
    else if (const auto* lock = get_if<protocol::LockBatchRequest>(&request.payload))
        around_.answers.respond(
            origin, ResponseCode::success, {},
            protocol::LockBatchResponse{around_.locks.lock(*lock, epoch_ms(around_.host.wall_ms()))});
    else if (const auto* unlock = get_if<protocol::UnlockBatchRequest>(&request.payload)) {
        around_.locks.unlock(*unlock);
        around_.answers.respond(origin, ResponseCode::success, {});
    } else {
        const auto& search = get<protocol::SearchOffsetRequest>(request.payload);
        const WallTime time{Millis(search.timestamp)};
        give(origin, around_.store.offset_by_time(search.topic, search.queue_id, time).value);
    }
}

void ConsumerRequests::list_members(const Origin& origin, const protocol::GetConsumerListRequest& request) {
    const ConsumerGroup* group = around_.consumers.find(request.consumer_group);
    if (group == nullptr) {
        around_.answers.refuse(origin,
                               {ResponseCode::system_error, "no consumer for this group, " + request.consumer_group});
        return;
    }
    around_.answers.respond(origin, ResponseCode::success, {}, protocol::GetConsumerListResponse{group->members()});
}

/// A group without an offset begins at 0 where the first message is still there and in memory, whatever the group's
/// ConsumeFromWhere says; elsewhere the client decides.
void ConsumerRequests::query(const Origin& origin, const protocol::QueryConsumerOffsetRequest& request) {
    const std::int64_t stored = around_.offsets.query(request.consumer_group, request.topic, request.queue_id);
    if (stored >= 0) {
        give(origin, stored);
        return;
    }
    const QueueOffset first{0};
    if (around_.store.min_offset(request.topic, request.queue_id) <= first &&
        around_.store.in_memory(request.topic, request.queue_id, first)) {
        give(origin, 0);
        return;
    }
    around_.answers.respond(origin, ResponseCode::query_not_found,
                            "Not found, V3_0_6_SNAPSHOT maybe this group consumer boot first");
}

void ConsumerRequests::update(const Origin& origin, const protocol::UpdateConsumerOffsetRequest& request) {
    if (around_.groups.find(request.consumer_group) == nullptr) {
        around_.answers.refuse(
            origin, {ResponseCode::subscription_group_not_exist, "Group " + request.consumer_group + " not exist!"});
        return;
    }
    if (around_.topics.find(request.topic) == nullptr) {
        around_.answers.refuse(origin, {ResponseCode::topic_not_exist, "Topic " + request.topic + " not exist!"});
        return;
    }
    around_.offsets.commit(request.consumer_group, request.topic, request.queue_id, request.commit_offset);
    around_.answers.respond(origin, ResponseCode::success, {});
}

void ConsumerRequests::give(const Origin& origin, std::int64_t offset) {
    around_.answers.respond(origin, ResponseCode::success, {}, protocol::OffsetResponse{offset});
}

}  // namespace brokersim::broker
