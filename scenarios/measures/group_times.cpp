#include "scenarios/measures/group_times.h"

#include <algorithm>

namespace brokersim::scenario {

namespace {

/// Ownership that did not change for so long is at rest: members of one group take their turns within a second.
constexpr std::int64_t rest = 2'000'000'000;

}  // namespace

OwnershipTimes OwnershipTimes::since(const OwnershipTimes& before) const {
    return {.rebalances = rebalances - before.rebalances,
            .unowned_ns = unowned_ns - before.unowned_ns,
            .doubly_owned_ns = doubly_owned_ns - before.doubly_owned_ns,
            .settled_ns = settled_ns - before.settled_ns,
            .unevenness = unevenness - before.unevenness};
}

KindMask GroupTimes::interests() const {
    return kinds(EventKind::owned, EventKind::revoked, EventKind::node_started, EventKind::node_stopped,
                 EventKind::node_killed, EventKind::node_power_lost);
}

void GroupTimes::observe(const Event& event) {
    if (groups_.size() < history_.roster().groups().size()) groups_.resize(history_.roster().groups().size());
    const bool ownership = event.kind == EventKind::owned || event.kind == EventKind::revoked;
    const std::uint32_t group =
        ownership ? history_.roster().group(event.group) : history_.roster().nodes()[event.node].group;
    if (group != none && has_owners(history_.roster().groups()[group])) look(group, event.time);
}

void GroupTimes::look(std::uint32_t number, std::int64_t now) {
    Group& group = groups_[number];
    group.times = at(number, now);
    const Owners& owners = history_.owners();
    const std::int64_t changed_at = owners.group(number).changed_at;
    if (changed_at != group.changed_at) {
        if (group.settled && group.changed_at != INT64_MIN && changed_at - group.changed_at >= rest)
            ++group.times.rebalances;
        group.changed_at = changed_at;
    }
    group.looked_at = now;
    group.unowned = owners.unowned(number);
    group.doubly_owned = owners.group(number).doubly_owned;
    group.settled = owners.settled(number) && owners.queue_count(number) > 0;
    group.began = group.began || owners.members_alive(number) > 0;
    if (group.settled) group.unevenness = unevenness(number);
}

std::int64_t GroupTimes::unevenness(std::uint32_t number) const {
    const Owners& owners = history_.owners();
    std::int64_t most = 0;
    for (const std::uint32_t member : history_.roster().groups()[number].members)
        if (owners.alive(member)) most = std::max(most, owners.queues_of(member));
    return most * owners.members_alive(number) * 1'000'000 / owners.queue_count(number);
}

OwnershipTimes GroupTimes::at(std::uint32_t number, std::int64_t now) const {
    if (number >= groups_.size()) return {};
    const Group& group = groups_[number];
    OwnershipTimes times = group.times;
    const std::int64_t passed = now - group.looked_at;
    if (group.began) {
        times.unowned_ns += group.unowned * passed;
        times.doubly_owned_ns += group.doubly_owned * passed;
    }
    if (group.settled) {
        times.settled_ns += passed;
        times.unevenness += static_cast<__int128>(group.unevenness) * passed;
    }
    return times;
}

}  // namespace brokersim::scenario
