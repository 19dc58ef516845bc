#include "scenarios/checkers/owner_consumes.h"

#include <algorithm>

#include <fmt/format.h>

namespace brokersim::scenario {

void OwnerConsumes::observe(const Event& event) {
    const std::uint32_t group = roster().group(event.group);
    if (group == none || roster().groups()[group].shares_queues) return;
    const std::vector<std::uint32_t>& owners = history_.owners().queue(group, event.queue).owners;
    if (std::ranges::find(owners, event.node) != owners.end()) return;
    const MessageId id{event.message.producer, event.message.sequence};
    by_others_.add(
        event.time,
        [&] {
            return fmt::format("at {} {} handled offset {} of {}, which it does not own: {}", seconds_text(event.time),
                               node_text(roster(), event.node), event.offset, roster().queue(event.queue).text,
                               owners.empty() ? "nobody does" : node_text(roster(), owners.front()) + " does");
        },
        id);
}

Verdict OwnerConsumes::finish(const RunEnd&) {
    Verdict verdict = empty_verdict();
    for (const GroupEntry& group : roster().groups())
        if (group.shares_queues)
            add_reason(verdict.not_judged, fmt::format("nobody owns queues in group {}", group.name));
    by_others_.tell(verdict, fmt::format("{} to a member that did not own the queue",
                                         count_text(by_others_.count(), "message was handed", "messages were handed")));
    return verdict;
}

}  // namespace brokersim::scenario
