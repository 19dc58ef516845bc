#include "scenarios/measures/member_load.h"

#include <algorithm>

namespace brokersim::scenario {

KindMask MemberLoad::interests() const {
    return kinds(EventKind::handled, EventKind::node_started, EventKind::node_stopped, EventKind::node_killed,
                 EventKind::node_power_lost);
}

void MemberLoad::observe(const Event& event) {
    const std::uint32_t number = history_.roster().nodes()[event.node].group;
    if (number == none) return;
    if (event.node >= members_.size()) members_.resize(history_.roster().nodes().size());
    if (number >= groups_.size()) groups_.resize(history_.roster().groups().size());
    Member& member = members_[event.node];
    Group& group = groups_[number];
    if (event.kind == EventKind::handled) {
        const std::int64_t took = event.time - event.message.began;
        member.spent.busy_ns += took;
        group.even_ns += took / std::max<std::int64_t>(group.living, 1);
        return;
    }
    if (member.alive) {
        member.spent.even_ns += group.even_ns - member.joined;
        --group.living;
    }
    member.alive = event.kind == EventKind::node_started;
    member.joined = group.even_ns;
    member.group = number;
    if (member.alive) ++group.living;
}

std::vector<MemberLoad::Spent> MemberLoad::spent() const {
    std::vector<Spent> all;
    for (const Member& member : members_) {
        all.push_back(member.spent);
        if (member.alive) all.back().even_ns += groups_[member.group].even_ns - member.joined;
    }
    return all;
}

std::optional<std::int64_t> load_imbalance(const std::vector<std::uint32_t>& nodes,
                                           const std::vector<MemberLoad::Spent>& before,
                                           const std::vector<MemberLoad::Spent>& after) {
    std::vector<MemberLoad::Spent> parts;
    std::int64_t largest_share = 0;
    for (const std::uint32_t node : nodes) {
        if (node >= after.size()) continue;
        MemberLoad::Spent part = after[node];
        if (node < before.size()) {
            part.busy_ns -= before[node].busy_ns;
            part.even_ns -= before[node].even_ns;
        }
        largest_share = std::max(largest_share, part.even_ns);
        parts.push_back(part);
    }
    std::int64_t most = 0;
    for (const MemberLoad::Spent& part : parts) {
        if (part.even_ns == 0 || part.even_ns < largest_share / 10) continue;
        const __int128 thousandths = (static_cast<__int128>(part.busy_ns) * 1000 + part.even_ns / 2) / part.even_ns;
        most = std::max(most, static_cast<std::int64_t>(thousandths));
    }
    return largest_share == 0 ? std::nullopt : std::optional(most);
}

}  // namespace brokersim::scenario
