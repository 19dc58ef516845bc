#include "scenarios/checkers/one_owner.h"

#include <algorithm>

#include <fmt/format.h>

namespace brokersim::scenario {

void OneOwner::accuse_if_late(std::uint32_t group, NameId id, Queue& queue, std::int64_t now) {
    if (healed_at_ == never || queue.doubly_since == never || now <= queue.allowed_until) return;
    const std::int64_t since = std::max(queue.doubly_since, healed_at_);
    too_long_.add(queue.allowed_until, [&] {
        return fmt::format("{} had more than one owner in group {} from {} to {}; {} is allowed",
                           roster().queue(id).text, roster().groups()[group].name, seconds_text(since),
                           seconds_text(now), seconds_text(queue.allowed_until - since));
    });
    queue.allowed_until = never;  // once is enough
}

/// `ends`: the run is over, whoever owns the queue.
void OneOwner::look(std::uint32_t group, NameId id, std::int64_t now, bool ends) {
    Queue& queue = queues_.at(group, id);
    if (history_.owners().queue(group, id).owners.size() > 1 && !ends) {
        if (queue.doubly_since != never) return;
        queue.doubly_since = now;
        queue.allowed_until = now + context_.groups[group].double_owned.count();
        if (group < allowed_until_.size()) queue.allowed_until = std::max(queue.allowed_until, allowed_until_[group]);
        return;
    }
    accuse_if_late(group, id, queue, now);
    queue.doubly_since = never;
}

void OneOwner::look_at_all(std::uint32_t only, std::int64_t now, bool ends) {
    for (std::uint32_t group = 0; group < roster().groups().size(); ++group) {
        if (only != none && only != group) continue;
        const auto names = static_cast<std::uint32_t>(queues_.row(group).size());
        for (std::uint32_t id = 0; id < names; ++id) look(group, NameId{id}, now, ends);
    }
}

/// Two owners are allowed until then. What was too long already stays so.
void OneOwner::allow(std::uint32_t group, std::int64_t now, Duration more) {
    allowed_until_.resize(roster().groups().size(), INT64_MIN);
    allowed_until_[group] = std::max(allowed_until_[group], now + more.count());
    const auto names = static_cast<std::uint32_t>(queues_.row(group).size());
    for (std::uint32_t id = 0; id < names; ++id) {
        Queue& queue = queues_.at(group, NameId{id});
        accuse_if_late(group, NameId{id}, queue, now);
        queue.allowed_until = std::max(queue.allowed_until, allowed_until_[group]);
    }
}

/// From now on members have to be told anew.
void OneOwner::cut(std::int64_t now, bool told_by_nobody) {
    for (std::uint32_t group = 0; group < roster().groups().size(); ++group) {
        const GroupBounds& bounds = context_.groups[group];
        allow(group, now, told_by_nobody ? bounds.double_owned_after_cut : bounds.double_owned_after_broker);
    }
}

void OneOwner::member_changed(std::uint32_t group, const Event& event) {
    const GroupBounds& bounds = context_.groups[group];
    if (event.kind == EventKind::node_power_lost && !bounds.commits_fenced)
        allow(group, event.time, bounds.after_silence);
    look_at_all(group, event.time, false);
}

void OneOwner::broker_changed(const Event& event) {
    memory_lost_ = memory_lost_ || context_.forgets(roster().broker_on(event.node), event.kind);
    const bool first_start = event.kind == EventKind::node_started && history_.owners().life(event.node) == 1;
    if (!first_start) cut(event.time, memory_lost_);
}

void OneOwner::observe(const Event& event) {
    switch (event.kind) {
        case EventKind::owned:
        case EventKind::revoked: {
            const std::uint32_t group = roster().group(event.group);
            if (group != none) look(group, event.queue, event.time, false);
            break;
        }
        case EventKind::healed:
            if (event.time > 0) cut(event.time, true);  // at 0: there was nothing to heal
            healed_at_ = event.time;
            break;
        default:
            if (roster().broker_on(event.node) != none)
                broker_changed(event);
            else if (const std::uint32_t group = roster().nodes()[event.node].group; group != none)
                member_changed(group, event);
            break;
    }
}

Verdict OneOwner::finish(const RunEnd& end) {
    Verdict verdict = empty_verdict();
    if (healed_at_ == never) {
        verdict.not_judged = "faults were active until the end";
        return verdict;
    }
    for (std::uint32_t group = 0; group < roster().groups().size(); ++group)
        if (roster().groups()[group].shares_queues)
            add_reason(verdict.not_judged,
                       fmt::format("nobody owns queues in group {}", roster().groups()[group].name));
    look_at_all(none, end.time, true);
    too_long_.tell(verdict, fmt::format("{} two owners for too long",
                                        count_text(too_long_.count(), "time a queue had", "times queues had")));
    return verdict;
}

}  // namespace brokersim::scenario
