#include "scenarios/measures/drain_rate.h"

#include <algorithm>

#include <fmt/format.h>

#include "scenarios/measures/quantities.h"

namespace brokersim::scenario {

namespace {

constexpr std::int64_t second = 1'000'000'000;

/// So many in so many ns, for each second, in thousandths.
Rational per_second(std::int64_t count, std::int64_t ns) {
    const __int128 thousandths = (static_cast<__int128>(count) * second * 1000 + ns / 2) / ns;
    return ratio(static_cast<std::int64_t>(thousandths), 1000);
}

}  // namespace

std::int64_t busy_threads(std::int64_t members, std::int64_t queues, std::int64_t threads, bool orderly) {
    if (members == 0) return 0;
    if (!orderly) return std::min(members, queues) * threads;
    const std::int64_t share = queues / members;
    const std::int64_t larger_shares = queues % members;
    return larger_shares * std::min(threads, share + 1) + (members - larger_shares) * std::min(threads, share);
}

DrainRate::DrainRate(const History& history, Window window) : history_(history), window_(window) {}

KindMask DrainRate::interests() const {
    return kinds(EventKind::owned, EventKind::revoked, EventKind::delivered, EventKind::node_started,
                 EventKind::node_stopped, EventKind::node_killed, EventKind::node_power_lost);
}

DrainRate::Group& DrainRate::group_of(std::uint32_t number) {
    if (number >= groups_.size()) groups_.resize(history_.roster().groups().size());
    return groups_[number];
}

void DrainRate::begin_anew(Group& group, std::int64_t time) {
    if (group.in_stretch) {
        group.now.until = time;
        if (group.now.length() >= second && group.now.handed > group.busiest.handed) group.busiest = group.now;
    }
    group.in_stretch = false;
    group.seen = 0;
    ++group.attempt;
}

void DrainRate::owners_changed(std::uint32_t number, std::int64_t time) {
    Group& group = group_of(number);
    begin_anew(group, std::min(time, window_.until));
    group.settled = history_.owners().settled(number);
}

void DrainRate::handed_out(std::uint32_t number, const Event& event) {
    Group& group = group_of(number);
    if (!group.settled || !contains(window_, event.time)) return;
    if (history_.roster().queue(event.queue).kind != QueueKind::ordinary) return;
    if (history_.flow().waiting(number, event.queue) == 0) {
        begin_anew(group, event.time);
        return;
    }
    if (group.in_stretch) {
        ++group.now.handed;
        return;
    }
    if (event.queue.value >= group.seen_in.size()) group.seen_in.resize(event.queue.value + 1);
    if (group.seen_in[event.queue.value] == group.attempt) return;
    group.seen_in[event.queue.value] = group.attempt;
    if (++group.seen < history_.owners().queue_count(number)) return;
    group.in_stretch = true;
    group.now = {.from = event.time, .members = history_.owners().members_alive(number)};
}

void DrainRate::observe(const Event& event) {
    if (event.kind == EventKind::delivered || event.kind == EventKind::owned || event.kind == EventKind::revoked) {
        const std::uint32_t number = history_.roster().group(event.group);
        if (number == none || history_.roster().groups()[number].shares_queues) return;
        if (event.kind == EventKind::delivered)
            handed_out(number, event);
        else
            owners_changed(number, event.time);
        return;
    }
    const std::uint32_t number = history_.roster().nodes()[event.node].group;
    if (number != none) owners_changed(number, event.time);
}

void DrainRate::finish(std::int64_t end, Metrics& metrics) {
    for (std::uint32_t number = 0; number < groups_.size(); ++number) {
        Group& group = groups_[number];
        begin_anew(group, std::min(end, window_.until));
        const Stretch& busiest = group.busiest;
        if (busiest.handed == 0) continue;
        const GroupEntry& entry = history_.roster().groups()[number];
        metrics[fmt::format("group.{}.drain_rate", entry.name)] = per_second(busiest.handed, busiest.length());
        const std::int64_t busy =
            busy_threads(busiest.members, history_.owners().queue_count(number), entry.threads, entry.orderly);
        if (busy > 0 && entry.handler_mean > 0)
            metrics[fmt::format("group.{}.drain_rate_expected", entry.name)] = per_second(busy, entry.handler_mean);
    }
}

}  // namespace brokersim::scenario
