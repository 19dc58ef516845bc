#include "scenarios/checkers/one_owner.h"

#include <algorithm>

#include <fmt/format.h>

namespace brokersim::scenario {

/// From when on double owners of the group count; `never` while faults are active.
std::int64_t OneOwner::judged_from(std::uint32_t group) const {
    if (healed_at_ == never) return never;
    const std::int64_t unaware = context_.groups[group].unaware.count();
    std::int64_t from = healed_at_ > 0 ? healed_at_ + unaware : healed_at_;
    if (unaware > 0 && forgetful_.newest_return() > 0) from = std::max(from, forgetful_.newest_return() + unaware);
    return from;
}

/// `ends`: the run is over, whoever owns the queue.
void OneOwner::look(std::uint32_t group, NameId id, std::int64_t now, bool ends) {
    Queue& queue = queues_.at(group, id);
    const bool doubly = history_.owners().queue(group, id).owners.size() > 1;
    if (doubly && !ends) {
        if (queue.doubly_since == never) queue.doubly_since = now;
        return;
    }
    const std::int64_t since = std::max(queue.doubly_since, judged_from(group));
    queue.doubly_since = never;
    const std::int64_t bound = context_.groups[group].double_owned.count();
    if (since >= now || now - since <= bound) return;
    too_long_.add(since + bound, [&] {
        return fmt::format("{} had more than one owner in group {} from {} to {}; {} is allowed",
                           roster().queue(id).text, roster().groups()[group].name, seconds_text(since),
                           seconds_text(now), seconds_text(bound));
    });
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
            healed_at_ = event.time;
            break;
        default: {
            const std::uint32_t group = roster().nodes()[event.node].group;
            forgetful_.observe(event);
            if (group == none) break;
            const auto names = static_cast<std::uint32_t>(queues_.row(group).size());
            for (std::uint32_t id = 0; id < names; ++id) look(group, NameId{id}, event.time, false);
            break;
        }
    }
}

Verdict OneOwner::finish(const RunEnd& end) {
    Verdict verdict = empty_verdict();
    if (healed_at_ == never) {
        verdict.not_judged = "faults were active until the end";
        return verdict;
    }
    for (std::uint32_t group = 0; group < roster().groups().size(); ++group) {
        const auto names = static_cast<std::uint32_t>(queues_.row(group).size());
        for (std::uint32_t id = 0; id < names; ++id) look(group, NameId{id}, end.time, true);
    }
    too_long_.tell(verdict, fmt::format("{} two owners for too long",
                                        count_text(too_long_.count(), "time a queue had", "times queues had")));
    return verdict;
}

}  // namespace brokersim::scenario
