#include "core/broker/queue_locks.h"

namespace brokersim::broker {
namespace {

constexpr std::int64_t longest_life_ms = 60'000;  // REBALANCE_LOCK_MAX_LIVE_TIME

}  // namespace

std::vector<protocol::MessageQueue> QueueLocks::lock(const protocol::LockBatchRequest& request, std::int64_t now_ms) {
    std::vector<protocol::MessageQueue> locked;
    Group& group = groups_[request.consumer_group];
    for (const protocol::MessageQueue& queue : request.queues) {
        const auto [entry, free] = group.try_emplace(queue, Holder{request.client_id, now_ms});
        Holder& holder = entry->second;
        const bool expired = now_ms - holder.renewed_ms > longest_life_ms;
        if (!free && !expired && holder.client_id != request.client_id) continue;
        holder = {request.client_id, now_ms};
        locked.push_back(queue);
    }
    return locked;
}

void QueueLocks::unlock(const protocol::UnlockBatchRequest& request) {
    const auto group = groups_.find(request.consumer_group);
    if (group == groups_.end()) return;
    for (const protocol::MessageQueue& queue : request.queues) {
        const auto entry = group->second.find(queue);
        if (entry != group->second.end() && entry->second.client_id == request.client_id) group->second.erase(entry);
    }
}

}  // namespace brokersim::broker
