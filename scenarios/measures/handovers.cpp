#include "scenarios/measures/handovers.h"

#include <algorithm>

namespace brokersim::scenario {

Handovers::Tenure& Handovers::tenure_of(Queue& queue, std::uint32_t node) {
    for (Tenure& tenure : queue.tenures)
        if (tenure.node == node) return tenure;
    return queue.tenures.emplace_back(Tenure{.node = node});
}

/// Adds what an ended tenure was handed to what all ended ones were.
void Handovers::bury(Queue& queue, const Tenure& tenure) {
    if (tenure.first >= tenure.end) return;
    std::int64_t first = tenure.first;
    std::int64_t end = tenure.end;
    auto next = queue.past.upper_bound(first);
    if (next != queue.past.begin() && std::prev(next)->second >= first) --next;
    while (next != queue.past.end() && next->first <= end) {
        first = std::min(first, next->first);
        end = std::max(end, next->second);
        next = queue.past.erase(next);
    }
    queue.past.emplace(first, end);
}

bool Handovers::handed_to_another(const Queue& queue, std::uint32_t node, std::int64_t offset) {
    const auto after = queue.past.upper_bound(offset);
    if (after != queue.past.begin() && offset < std::prev(after)->second) return true;
    return std::ranges::any_of(queue.tenures, [&](const Tenure& tenure) {
        return tenure.node != node && offset >= tenure.first && offset < tenure.end;
    });
}

void Handovers::observe(const Event& event) {
    const std::uint32_t number = history_.roster().group(event.group);
    if (number == none) return;
    if (number >= groups_.size()) groups_.resize(history_.roster().groups().size());
    Group& group = groups_[number];
    if (event.queue.value >= group.queues.size()) group.queues.resize(event.queue.value + 1);
    Queue& queue = group.queues[event.queue.value];
    Tenure& tenure = tenure_of(queue, event.node);
    if (event.kind == EventKind::owned) {
        bury(queue, tenure);
        tenure = {.node = event.node};
        return;
    }
    if (event.repeat == Repeat::duplicate && handed_to_another(queue, event.node, event.offset)) ++group.found;
    tenure.first = std::min(tenure.first, event.offset);
    tenure.end = std::max(tenure.end, event.offset + 1);
}

}  // namespace brokersim::scenario
