#include "core/client/message_service.h"

#include <algorithm>
#include <utility>

namespace brokersim::client {

void MessageService::call_begins(OwnedQueue& queue) {
    ++queue.handling;
    ++handling_;
}

void MessageService::call_ended(OwnedQueue& queue) {
    --queue.handling;
    --handling_;
}

bool MessageService::Waiting::idle(const MessageService& service) const {
    if (all) return service.handling_ == 0;
    return std::all_of(queues.begin(), queues.end(), [](const OwnedQueuePtr& queue) { return queue->handling == 0; });
}

void MessageService::when_idle(std::vector<OwnedQueuePtr> queues, Task done) {
    waiting_.push_back({std::move(queues), false, std::move(done)});
    tell_waiting();
}

void MessageService::when_all_idle(Task done) {
    waiting_.push_back({{}, true, std::move(done)});
    tell_waiting();
}

void MessageService::tell_waiting() {
    for (std::size_t i = 0; i < waiting_.size();) {
        if (!waiting_[i].idle(*this)) {
            ++i;
            continue;
        }
        host_.soon(std::move(waiting_[i].done));
        waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
    }
}

}  // namespace brokersim::client
