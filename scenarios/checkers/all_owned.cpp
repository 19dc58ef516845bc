#include "scenarios/checkers/all_owned.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/check.h"

namespace brokersim::scenario {

namespace {

constexpr std::size_t most_named_queues = 3;

}  // namespace

AllOwned::Group& AllOwned::group_of(std::uint32_t group) {
    BROKERSIM_CHECK(context_.groups.size() == roster().groups().size(), "{} groups have bounds, there are {}",
                    context_.groups.size(), roster().groups().size());
    if (groups_.size() < context_.groups.size()) groups_.resize(context_.groups.size());
    return groups_[group];
}

/// Moves the deadline of each group that the event disturbs.
void AllOwned::disturb(const Event& event) {
    // Brokers are there, and at rest, when the load begins; and if all is healed then, there was nothing to heal.
    if (event.time < 0 || (event.kind == EventKind::healed && event.time == 0)) return;
    for (std::uint32_t number = 0; number < roster().groups().size(); ++number) {
        const GroupBounds& bounds = context_.groups[number];
        const bool member = event.kind != EventKind::healed && roster().nodes()[event.node].group == number;
        const bool broker = event.kind == EventKind::healed || roster().broker_on(event.node) != none;
        if (!member && !broker) continue;
        Duration allowed = member ? bounds.after_silence : bounds.after_broker;
        if (!member && event.kind == EventKind::node_power_lost) allowed = bounds.after_dark_broker;
        if (member && (event.kind == EventKind::node_started || event.kind == EventKind::node_stopped))
            allowed = bounds.after_leave;
        if (member && event.kind == EventKind::node_killed) allowed = bounds.after_kill;
        Group& group = group_of(number);
        group.deadline = std::max(group.deadline, event.time + allowed.count());
    }
}

std::int64_t AllOwned::limit(std::uint32_t number) const {
    const Group& group = groups_[number];
    return std::max(group.deadline, group.unsettled_since + context_.groups[number].after_leave.count());
}

std::string AllOwned::open_queues(std::uint32_t number) const {
    const auto& open = groups_[number].open;
    std::string text;
    std::size_t named = 0;
    for (const auto& [queue, owners] : open) {
        if (++named > most_named_queues) break;
        text += fmt::format("{}{} has {}", text.empty() ? "" : ", ", roster().queue(queue).text,
                            owners.empty() ? "no owner" : "the owners ");
        for (std::size_t i = 0; i < owners.size(); ++i)
            text += fmt::format("{}{}", i == 0 ? "" : " and ", node_text(roster(), owners[i]));
    }
    if (open.size() > most_named_queues) text += fmt::format(", and {} more", open.size() - most_named_queues);
    return text;
}

void AllOwned::accuse_if_late(std::uint32_t number, std::int64_t now) {
    Group& group = group_of(number);
    if (!healed_ || group.unsettled_since == settled || group.accused || now <= limit(number)) return;
    group.accused = true;
    const std::int64_t at = limit(number);
    late_.add(at, [&] {
        return fmt::format("group {} was unsettled from {} on; at {}, when its bound was up, it still was: {}{}",
                           roster().groups()[number].name, seconds_text(group.unsettled_since), seconds_text(at),
                           open_queues(number), group.failures.empty() ? "" : "; " + group.failures);
    });
}

void AllOwned::look_at(std::uint32_t number, NameId queue) {
    if (roster().queue(queue).kind != QueueKind::ordinary) return;
    const auto& owners = history_.owners().queue(number, queue).owners;
    if (owners.size() == 1)
        group_of(number).open.erase(queue);
    else
        group_of(number).open[queue] = owners;
}

void AllOwned::look_at_all(std::uint32_t number) {
    group_of(number).looked = true;
    for (const std::uint32_t topic : roster().groups()[number].topics)
        for (const NameId queue : roster().topics()[topic].queues) look_at(number, queue);
}

void AllOwned::look(std::uint32_t number, std::int64_t now) {
    Group& group = group_of(number);
    const bool quiet = history_.owners().settled(number) || history_.owners().members_alive(number) == 0 ||
                       roster().groups()[number].shares_queues;
    if (quiet) {
        group.unsettled_since = settled;
        group.accused = false;
        return;
    }
    if (group.unsettled_since == settled) group.unsettled_since = now;
}

void AllOwned::member_failed(const Event& event) {
    const std::uint32_t number = roster().nodes()[event.node].group;
    if (number == none) return;
    Group& group = group_of(number);
    if (++group.failed > most_named_queues) return;
    add_reason(group.failures, fmt::format("at {} {} gave its membership up: {}", seconds_text(event.time),
                                           node_text(roster(), event.node),
                                           roster().text(event.other.name).substr(failed_membership.size())));
}

void AllOwned::observe(const Event& event) {
    if (event.kind == EventKind::member_failed) return member_failed(event);
    const bool ownership = event.kind == EventKind::owned || event.kind == EventKind::revoked;
    if (ownership) {
        const std::uint32_t group = roster().group(event.group);
        if (group == none) return;
        accuse_if_late(group, event.time);
        look_at(group, event.queue);
        look(group, event.time);
        return;
    }
    for (std::uint32_t group = 0; group < roster().groups().size(); ++group) accuse_if_late(group, event.time);
    if (event.kind == EventKind::healed) healed_ = true;
    disturb(event);
    for (std::uint32_t group = 0; group < roster().groups().size(); ++group) {
        if (!group_of(group).looked || history_.owners().group(group).changed_at == event.time) look_at_all(group);
        look(group, event.time);
    }
}

void AllOwned::compare_with_strategy(std::uint32_t number, const RunEnd& end) {
    std::vector<std::uint32_t> living;
    for (std::uint32_t node : roster().groups()[number].members)
        if (history_.owners().alive(node)) living.push_back(node);
    const auto expected = context_.expected(number, living);
    if (!expected) return;
    for (const auto& [queue, node] : *expected) {
        const auto& owners = history_.owners().queue(number, queue).owners;
        if (owners.size() == 1 && owners.front() == node) continue;
        different_.add(end.time, [&] {
            return fmt::format("{} of group {} belongs to {}; its strategy gives it to {}", roster().queue(queue).text,
                               roster().groups()[number].name,
                               owners.empty() ? "nobody" : node_text(roster(), owners.front()),
                               node_text(roster(), node));
        });
    }
}

Verdict AllOwned::finish(const RunEnd& end) {
    Verdict verdict = empty_verdict();
    if (!healed_) {
        verdict.not_judged = "faults were active until the end";
        return verdict;
    }
    for (std::uint32_t number = 0; number < roster().groups().size(); ++number) {
        const std::string& name = roster().groups()[number].name;
        const auto leave_out = [&](const char* why) {
            add_reason(verdict.not_judged, fmt::format("group {}: {}", name, why));
        };
        if (roster().groups()[number].shares_queues) {
            leave_out("nobody owns queues in it");
            continue;
        }
        accuse_if_late(number, end.time);
        const Group& group = group_of(number);
        if (history_.owners().members_alive(number) == 0)
            leave_out("it has no living member");
        else if (!history_.owners().settled(number) && !group.accused)
            leave_out("the run ended before its bound was up");
        else if (history_.owners().settled(number) && context_.expected && end.time > group.deadline)
            compare_with_strategy(number, end);
        // An application would have seen its poll fail, and ended.
        if (!group.failures.empty() && !group.accused) leave_out(group.failures.c_str());
    }
    late_.tell(verdict, fmt::format("{} not come to one owner for each queue within its bound",
                                    count_text(late_.count(), "time a group did", "times groups did")));
    different_.tell(verdict, fmt::format("{} another owner at the end than the group's strategy names",
                                         count_text(different_.count(), "queue has", "queues have")));
    return verdict;
}

}  // namespace brokersim::scenario
