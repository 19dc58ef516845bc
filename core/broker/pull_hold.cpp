#include "core/broker/pull_hold.h"

#include <algorithm>
#include <utility>

#include "core/broker/tick.h"

namespace brokersim::broker {

namespace {

bool lets_through(const store::TagFilter& filter, std::int64_t tags_code) {
    return filter.empty() ||
           std::find(filter.begin(), filter.end(), static_cast<std::int32_t>(tags_code)) != filter.end();
}

}  // namespace

PullHold::PullHold(Host& host, Duration check_interval, std::function<void(Request&&)> wake)
    : host_(host), interval_(check_interval), wake_(std::move(wake)), first_check_(host.mono_ns() + check_interval) {}

void PullHold::hold(Request&& request, QueueOffset from, Duration timeout, store::TagFilter filter) {
    const auto& pull = get<protocol::PullMessageRequest>(request.payload);
    BROKERSIM_CHECK(pull.queue_id >= 0, "queue {}", pull.queue_id);
    Queues& queues = topics_.get_or_make(pull.topic);
    const auto queue_id = static_cast<std::size_t>(pull.queue_id);
    if (queues.size() <= queue_id) queues.resize(queue_id + 1);
    const MonoTime due = check_at(host_.mono_ns() + timeout);
    queues[queue_id].push_back({std::move(request), from, std::move(filter), due});
    ++held_;
    arm(due);
}

void PullHold::arrived(const std::string& topic, std::int32_t queue_id, QueueOffset max_offset,
                       std::int64_t tags_code) {
    if (held_ == 0) return;
    Queues* queues = topics_.find(topic);
    if (queues == nullptr || queues->size() <= static_cast<std::size_t>(queue_id)) return;
    auto& queue = (*queues)[static_cast<std::size_t>(queue_id)];
    for (std::size_t i = 0; i < queue.size();) {
        Held& held = queue[i];
        if (max_offset <= held.from) {
            ++i;
        } else if (lets_through(held.filter, tags_code)) {
            Request request = std::move(held.request);
            queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(i));
            --held_;
            wake_(std::move(request));
        } else {
            // The next check does not look at tags: it will wake this pull, and the client skips what it does not want.
            held.due = std::min(held.due, check_at(host_.mono_ns() + Duration(1)));
            arm(held.due);
            ++i;
        }
    }
}

void PullHold::forget(ConnectionId connection) {
    for (auto& [topic, queues] : topics_)
        for (auto& queue : queues)
            held_ -= std::erase_if(
                queue, [connection](const Held& held) { return held.request.origin.connection == connection; });
}

MonoTime PullHold::check_at(MonoTime earliest) const { return next_tick(first_check_, interval_, earliest); }

void PullHold::arm(MonoTime due) {
    if (due >= armed_for_) return;
    host_.cancel(timer_);
    armed_for_ = due;
    timer_ = host_.after(due - host_.mono_ns(), [this] { check(); });
}

void PullHold::check() {
    armed_for_ = MonoTime::max();
    const MonoTime now = host_.mono_ns();
    std::vector<Request> woken;
    MonoTime next = MonoTime::max();
    for (auto& [topic, queues] : topics_)
        for (auto& queue : queues)
            std::erase_if(queue, [&](Held& held) {
                if (held.due > now) {
                    next = std::min(next, held.due);
                    return false;
                }
                woken.push_back(std::move(held.request));
                return true;
            });
    held_ -= woken.size();
    if (next != MonoTime::max()) arm(next);
    for (Request& request : woken) wake_(std::move(request));
}

}  // namespace brokersim::broker
