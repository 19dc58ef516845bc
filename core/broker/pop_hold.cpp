#include "core/broker/pop_hold.h"

#include <algorithm>
#include <vector>

#include "core/broker/tick.h"
#include "core/protocol/pop_messages.h"

namespace brokersim::broker {
namespace {

constexpr Duration look_interval = Millis(20);
constexpr std::int64_t early_ms = 50;  // PopRequest.isTimeout

bool lets_through(const store::TagFilter& filter, std::int64_t tags_code) {
    return filter.empty() ||
           std::find(filter.begin(), filter.end(), static_cast<std::int32_t>(tags_code)) != filter.end();
}

bool timed_out(std::int64_t ends_ms, std::int64_t now_ms) { return now_ms > ends_ms - early_ms; }

}  // namespace

PopHold::PopHold(Host& host, const BrokerConfig& config, std::function<void(Request&&)> wake)
    : host_(host), config_(config), wake_(std::move(wake)), first_look_(host.mono_ns() + look_interval) {}

HoldOutcome PopHold::hold(Request&& request, std::int64_t ends_ms, store::TagFilter filter) {
    const auto& pop = get<protocol::PopMessageRequest>(request.payload);
    Groups& groups = topics_.get_or_make(pop.topic);
    Line& line = groups[pop.consumer_group][std::max(pop.queue_id, protocol::any_queue)];
    if (held_ >= config_.maxPopPollingSize) return HoldOutcome::full;
    if (timed_out(ends_ms, epoch_ms(host_.wall_ms()))) return HoldOutcome::timed_out;
    if (static_cast<std::int64_t>(line.size()) > config_.popPollingSize) return HoldOutcome::full;
    line.emplace(std::pair(ends_ms, numbers_++), Held{std::move(request), std::move(filter)});
    ++held_;
    arm(ends_ms);
    return HoldOutcome::held;
}

void PopHold::arrived(const std::string& topic, std::int32_t queue_id, std::int64_t tags_code) {
    if (held_ == 0) return;
    Groups* groups = topics_.find(topic);
    if (groups == nullptr) return;
    for (auto& [name, group] : *groups) {
        if (const auto any = group.find(protocol::any_queue); any != group.end()) wake_front(any->second, &tags_code);
        if (const auto one = group.find(queue_id); one != group.end()) wake_front(one->second, &tags_code);
    }
}

void PopHold::wake_one(std::string_view topic, std::string_view group, std::int32_t queue_id) {
    if (held_ == 0) return;
    Groups* groups = topics_.find(topic);
    if (groups == nullptr) return;
    const auto found = groups->find(group);
    if (found == groups->end()) return;
    if (const auto line = found->second.find(queue_id); line != found->second.end()) wake_front(line->second, nullptr);
}

/// Only the front is looked at: one that a filter keeps there keeps the others too.
bool PopHold::wake_front(Line& line, const std::int64_t* tags_code) {
    if (line.empty()) return false;
    const auto front = line.begin();
    if (tags_code != nullptr && !lets_through(front->second.filter, *tags_code)) return false;
    Request request = std::move(front->second.request);
    line.erase(front);
    --held_;
    wake_(std::move(request));
    return true;
}

void PopHold::forget(ConnectionId connection) {
    if (held_ == 0) return;
    for (auto& [topic, groups] : topics_)
        for (auto& [name, group] : groups)
            for (auto& [queue_id, line] : group)
                held_ -= static_cast<std::int64_t>(std::erase_if(line, [connection](const auto& entry) {
                    return entry.second.request.origin.connection == connection;
                }));
}

void PopHold::arm(std::int64_t ends_ms) {
    const std::int64_t left = ends_ms - early_ms + 1 - epoch_ms(host_.wall_ms());
    const MonoTime now = host_.mono_ns();
    const Duration wait = std::max(Duration(Millis(std::max<std::int64_t>(left, 0))), Duration(1));
    const MonoTime due = next_tick(first_look_, look_interval, now + wait);
    if (due >= armed_for_) return;
    host_.cancel(timer_);
    armed_for_ = due;
    timer_ = host_.after(due - now, [this] { look(); });
}

void PopHold::look() {
    armed_for_ = MonoTime::max();
    const std::int64_t now_ms = epoch_ms(host_.wall_ms());
    std::vector<Request> woken;
    std::int64_t next = INT64_MAX;
    for (auto& [topic, groups] : topics_)
        for (auto& [name, group] : groups)
            for (auto& [queue_id, line] : group) {
                while (!line.empty() && timed_out(line.begin()->first.first, now_ms)) {
                    woken.push_back(std::move(line.begin()->second.request));
                    line.erase(line.begin());
                }
                if (!line.empty()) next = std::min(next, line.begin()->first.first);
            }
    held_ -= static_cast<std::int64_t>(woken.size());
    if (next != INT64_MAX) arm(next);
    for (Request& request : woken) wake_(std::move(request));
}

}  // namespace brokersim::broker
