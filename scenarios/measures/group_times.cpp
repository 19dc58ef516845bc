#include "scenarios/measures/group_times.h"

#include <algorithm>

#include <fmt/format.h>

#include "scenarios/measures/quantities.h"

namespace brokersim::scenario {

namespace {

/// Ownership that did not change for so long is at rest: members of one group take their turns within a second.
constexpr std::int64_t rest = 2'000'000'000;

}  // namespace

KindMask GroupTimes::interests() const {
    return kinds(EventKind::owned, EventKind::revoked, EventKind::node_started, EventKind::node_stopped,
                 EventKind::node_killed, EventKind::node_power_lost);
}

void GroupTimes::observe(const Event& event) {
    if (groups_.size() < history_.roster().groups().size()) groups_.resize(history_.roster().groups().size());
    const bool ownership = event.kind == EventKind::owned || event.kind == EventKind::revoked;
    const std::uint32_t group =
        ownership ? history_.roster().group(event.group) : history_.roster().nodes()[event.node].group;
    if (group != none) look(group, event.time);
}

void GroupTimes::look(std::uint32_t number, std::int64_t now) {
    Group& group = groups_[number];
    if (group.began) {
        group.unowned_ns += group.unowned * (now - group.looked_at);
        group.doubly_owned_ns += group.doubly_owned * (now - group.looked_at);
    }
    const Owners& owners = history_.owners();
    const std::int64_t changed_at = owners.group(number).changed_at;
    if (changed_at != group.changed_at) {
        if (group.settled && group.changed_at != INT64_MIN && changed_at - group.changed_at >= rest) ++group.rebalances;
        group.changed_at = changed_at;
    }
    group.looked_at = now;
    group.unowned = owners.unowned(number);
    group.doubly_owned = owners.group(number).doubly_owned;
    group.settled = owners.settled(number);
    group.began = group.began || (group.settled && owners.queue_count(number) > 0);
}

std::int64_t GroupTimes::imbalance(std::uint32_t number) const {
    const Owners& owners = history_.owners();
    std::vector<std::int64_t> counts;
    for (std::uint32_t member : history_.roster().groups()[number].members) {
        if (!owners.alive(member)) continue;
        std::int64_t count = 0;
        for (std::uint32_t topic : history_.roster().groups()[number].topics)
            for (NameId queue : history_.roster().topics()[topic].queues)
                count += std::ranges::count(owners.queue(number, queue).owners, member);
        counts.push_back(count);
    }
    return counts.empty() ? 0 : std::ranges::max(counts) - std::ranges::min(counts);
}

void GroupTimes::finish(std::int64_t end, Metrics& metrics) {
    groups_.resize(history_.roster().groups().size());
    for (std::uint32_t number = 0; number < groups_.size(); ++number) {
        if (history_.roster().groups()[number].shares_queues) continue;
        look(number, end);
        const std::string prefix = fmt::format("group.{}.", history_.roster().groups()[number].name);
        metrics[prefix + "rebalances"] = ratio(groups_[number].rebalances, 1);
        metrics[prefix + "unowned_ms"] = milliseconds(groups_[number].unowned_ns);
        metrics[prefix + "double_owned_ms"] = milliseconds(groups_[number].doubly_owned_ns);
        metrics[prefix + "imbalance"] = ratio(imbalance(number), 1);
    }
}

}  // namespace brokersim::scenario
