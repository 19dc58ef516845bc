#include "scenarios/checkers/offsets_forward.h"

#include <algorithm>

#include <fmt/format.h>

namespace brokersim::scenario {

namespace {

constexpr std::int64_t longest_repetition = 120'000'000'000;  // TCP tries no less often than that

}  // namespace

bool OffsetsForward::excused(std::uint32_t group, NameId queue, Position& position, const Position& before) const {
    if (before.at < broker_started_at_) return true;
    const QueueEntry& entry = roster().queue(queue);
    const std::uint32_t returns = entry.broker == none ? 0 : forgetful_.returns(entry.broker);
    if (before.shortened < returns) {
        position.shortened = returns;
        return true;
    }
    const GroupBounds& bounds = context_.groups[group];
    if (bounds.commits_fenced && position.committed < before.taken_at) return false;
    if (position.at < judged_from_ && !(bounds.commits_fenced && context_.commits_in_order)) return true;
    if (!bounds.commits_fenced && history_.owners().queue(group, queue).owners.size() > 1) return true;
    const std::int64_t changed_at = history_.owners().group(group).changed_at;
    return !bounds.commits_fenced && changed_at != INT64_MIN && position.at - changed_at <= bounds.double_owned.count();
}

void OffsetsForward::observe(const Event& event) {
    if (event.kind == EventKind::healed) {
        judged_from_ = event.time == 0 ? INT64_MIN : event.time + longest_repetition;  // at 0: nothing had to heal
        return;
    }
    if (event.kind == EventKind::node_started || event.kind == EventKind::node_killed ||
        event.kind == EventKind::node_power_lost) {
        forgetful_.observe(event);
        if (event.kind == EventKind::node_started && roster().broker_on(event.node) != none)
            broker_started_at_ = event.time;
        const std::uint32_t group = roster().nodes()[event.node].group;
        if (event.kind == EventKind::node_power_lost && group != none && !roster().groups()[group].reader_of.empty())
            positions_.row(group).clear();
        return;
    }
    const std::uint32_t group = roster().group(event.group);
    if (group == none) return;
    Position& position = positions_.at(group, event.queue);
    if (event.kind == EventKind::owned) {
        position.taken_at = position.committed;
        return;
    }
    const Position before = position;
    position = {event.offset, event.time, std::min(before.taken_at, event.offset), before.shortened};
    if (event.kind == EventKind::offset_reset || event.offset >= before.committed) return;
    if (excused(group, event.queue, position, before)) return;
    back_.add(event.time, [&] {
        return fmt::format("at {} group {} committed offset {} of {} after {}", seconds_text(event.time),
                           roster().groups()[group].name, event.offset, roster().queue(event.queue).text,
                           before.committed);
    });
}

Verdict OffsetsForward::finish(const RunEnd&) {
    Verdict verdict = empty_verdict();
    if (judged_from_ == never) verdict.not_judged = "faults were active until the end";
    back_.tell(verdict, fmt::format("{} back",
                                    count_text(back_.count(), "committed position went", "committed positions went")));
    return verdict;
}

}  // namespace brokersim::scenario
