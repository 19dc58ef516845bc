#include "scenarios/measures/event_windows.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/check.h"
#include "scenarios/measures/quantities.h"

namespace brokersim::scenario {

namespace {

/// Calls `visit(queue)` for each queue that the group ought to consume.
template <class Visit>
void for_each_queue(const Roster& roster, std::uint32_t group, Visit&& visit) {
    for (std::uint32_t topic : roster.groups()[group].topics)
        for (NameId queue : roster.topics()[topic].queues) visit(queue);
}

}  // namespace

std::int64_t least_moves(const std::vector<std::int64_t>& kept, std::int64_t queues, std::int64_t homeless) {
    if (kept.empty()) return 0;
    const auto members = static_cast<std::int64_t>(kept.size());
    const std::int64_t share = queues / members;
    std::int64_t larger_shares = queues % members;
    std::int64_t moves = homeless;
    for (std::int64_t count : kept) {
        const bool larger = count > share && larger_shares > 0;
        if (larger) --larger_shares;
        moves += std::max<std::int64_t>(0, count - share - (larger ? 1 : 0));
    }
    return moves;
}

EventWindows::EventWindows(History& history, const GroupTallies& tallies, Window window)
    : history_(history), tallies_(tallies), window_(window) {
    if (window.until != INT64_MAX) history.wake(window.until, *this);
}

KindMask EventWindows::interests() const {
    return kinds(EventKind::named_event, EventKind::delivered, EventKind::node_started);
}

EventWindows::Group& EventWindows::group_of(std::uint32_t number) {
    if (number >= groups_.size()) groups_.resize(history_.roster().groups().size());
    return groups_[number];
}

void EventWindows::reached(std::int64_t time) {
    close(time);
    ended_ = true;
}

void EventWindows::observe(const Event& event) {
    if (ended_) return;
    switch (event.kind) {
        case EventKind::named_event:
            if (event.time < window_.from) break;
            close(event.time);
            open(event);
            break;
        case EventKind::node_started: {
            const std::uint32_t group = history_.roster().nodes()[event.node].group;
            if (group != none && group_of(group).began == INT64_MAX) groups_[group].began = event.time;
            break;
        }
        default:
            deliver(event);
            break;
    }
}

void EventWindows::deliver(const Event& event) {
    const bool twice = event.repeat == Repeat::duplicate;
    const std::uint32_t group = history_.roster().group(event.group);
    if (group == none) return;
    if (event.message.stood_still == 0 && !twice) return;
    if (twice) ++group_of(group).came_twice;
    stand_still(group, event.queue, event.time - event.message.stood_still, event.time);
}

void EventWindows::stand_still(std::uint32_t number, NameId queue, std::int64_t since, std::int64_t now) {
    Group& group = group_of(number);
    if (history_.roster().queue(queue).kind != QueueKind::ordinary) return;
    const std::int64_t counts_since = std::max({since, std::min(group.began, now), window_.from});
    group.stopped = std::max(group.stopped, now - counts_since);
    const std::int64_t here = now - std::max(since, began_);
    if (open_ && here > group.worst_still) {
        group.worst_still = here;
        group.worst_queue = queue;
    }
}

void EventWindows::look_at_standing_queues(std::int64_t now) {
    const auto& queues = history_.flow().queues();
    for (std::uint32_t id = 0; id < queues.size(); ++id) {
        if (queues[id].entry == nullptr) continue;
        const auto readers = history_.roster().readers(*queues[id].entry);
        for (std::size_t i = 0; i < queues[id].readings.size(); ++i)
            if (queues[id].readings[i].still_since != Flow::moving)
                stand_still(readers[i], NameId{id}, queues[id].readings[i].still_since, now);
    }
}

void EventWindows::open(const Event& event) {
    open_ = true;
    name_ = event.other.name;
    began_ = event.time;
    groups_.resize(history_.roster().groups().size());
    for (std::uint32_t number = 0; number < groups_.size(); ++number) {
        Group& group = groups_[number];
        group.before = tallies_.at(number, event.time);
        group.owner_before.clear();
        for_each_queue(history_.roster(), number, [&](NameId queue) {
            group.owner_before.push_back(history_.owners().queue(number, queue).last);
        });
        group.worst_still = 0;
        group.worst_queue = no_name;
        group.came_twice = 0;
    }
}

void EventWindows::close(std::int64_t now) {
    look_at_standing_queues(now);
    if (!open_) return;
    for (std::uint32_t number = 0; number < groups_.size(); ++number) reports_.push_back(report(number, now));
}

std::int64_t EventWindows::least(std::uint32_t number) const {
    const Owners& owners = history_.owners();
    std::vector<Owners::Member> living;
    for (std::uint32_t node : history_.roster().groups()[number].members)
        if (owners.alive(node)) living.push_back({node, owners.life(node)});
    std::vector<std::int64_t> kept(living.size());
    std::int64_t homeless = 0;
    for (const Owners::Member& owner : groups_[number].owner_before) {
        const auto found = std::ranges::find(living, owner);
        if (found != living.end())
            ++kept[static_cast<std::size_t>(found - living.begin())];
        else if (owner.node != none)
            ++homeless;
    }
    return least_moves(kept, static_cast<std::int64_t>(groups_[number].owner_before.size()), homeless);
}

GroupEventReport EventWindows::report(std::uint32_t number, std::int64_t now) const {
    const Group& group = groups_[number];
    const GroupTally tally = tallies_.at(number, now).since(group.before);
    GroupEventReport report{.event = history_.roster().text(name_),
                            .group = history_.roster().groups()[number].name,
                            .at = began_,
                            .window_end = now,
                            .agreed_after = std::nullopt,
                            .queues_moved = tally.queues_moved,
                            .queues_moved_least = least(number),
                            .worst_still = group.worst_still,
                            .worst_queue = {},
                            .came_twice = group.came_twice,
                            .unowned = tally.ownership.unowned_ns,
                            .doubly_owned = tally.ownership.doubly_owned_ns,
                            .all_stopped = tally.stopped_ns,
                            .handed_twice = static_cast<std::uint64_t>(tally.handed_twice)};
    report.owns = has_owners(history_.roster().groups()[number]);
    if (report.owns && history_.owners().settled(number))
        report.agreed_after = std::max<std::int64_t>(0, history_.owners().group(number).changed_at - began_);
    if (group.worst_queue != no_name) report.worst_queue = history_.roster().queue(group.worst_queue).text;
    return report;
}

void EventWindows::finish(std::int64_t end, MeasureResults& results) {
    groups_.resize(history_.roster().groups().size());
    if (!ended_) close(std::min(end, window_.until));
    for (std::uint32_t number = 0; number < groups_.size(); ++number) {
        const std::string& name = history_.roster().groups()[number].name;
        const std::string prefix = fmt::format("group.{}.", name);
        results.metrics[prefix + "stopped_ms"] = milliseconds(groups_[number].stopped);
        if (!has_owners(history_.roster().groups()[number])) continue;
        if (!open_) continue;
        std::int64_t converge = 0;
        std::int64_t least_sum = 0;
        for (const GroupEventReport& report : reports_) {
            if (report.group != name) continue;
            converge = std::max(converge, report.agreed_after.value_or(report.window_end - report.at));
            least_sum += report.queues_moved_least;
        }
        results.metrics[prefix + "converge_ms"] = milliseconds(converge);
        results.metrics[prefix + "queues_moved_least"] = ratio(least_sum, 1);
    }
    results.events = std::move(reports_);
}

}  // namespace brokersim::scenario
