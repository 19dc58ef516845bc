#include "scenarios/measures/group_stops.h"

#include <algorithm>

namespace brokersim::scenario {

/// The earliest instant since when a queue stands still; far away if none does.
std::int64_t GroupStops::waits_since(std::uint32_t number) const {
    std::int64_t since = INT64_MAX;
    for (const std::uint32_t topic : history_.roster().groups()[number].topics)
        for (const NameId queue : history_.roster().topics()[topic].queues) {
            const std::int64_t still = history_.flow().reading(number, queue).still_since;
            if (still != Flow::moving) since = std::min(since, still);
        }
    return since;
}

void GroupStops::observe(const Event& event) {
    const bool started = event.kind == EventKind::node_started;
    const std::uint32_t number =
        started ? history_.roster().nodes()[event.node].group : history_.roster().group(event.group);
    if (number == none) return;
    if (number >= groups_.size()) groups_.resize(history_.roster().groups().size());
    Group& group = groups_[number];
    if (started) {
        if (group.counts_since == INT64_MAX) group.counts_since = event.time;
        return;
    }
    if (group.counts_since == INT64_MAX) return;
    if (event.time - group.counts_since >= shortest) {
        std::int64_t since = waits_since(number);
        // Of the delivery's own queue only the event still knows.
        if (history_.roster().queue(event.queue).kind == QueueKind::ordinary)
            since = std::min(since, event.time - event.message.stood_still);
        const std::int64_t stop = event.time - std::max(group.counts_since, std::min(since, event.time));
        if (stop >= shortest) group.stopped += stop;
    }
    group.counts_since = event.time;
}

std::int64_t GroupStops::at(std::uint32_t number, std::int64_t now) const {
    if (number >= groups_.size() || groups_[number].counts_since == INT64_MAX) return 0;
    const Group& group = groups_[number];
    if (now - group.counts_since < shortest) return group.stopped;
    const std::int64_t since = std::max(group.counts_since, std::min(waits_since(number), now));
    return group.stopped + (now - since >= shortest ? now - since : 0);
}

}  // namespace brokersim::scenario
