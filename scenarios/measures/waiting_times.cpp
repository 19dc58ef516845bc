#include "scenarios/measures/waiting_times.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/check.h"
#include "scenarios/measures/quantities.h"

namespace brokersim::scenario {

WaitingTimes::WaitingTimes(const History& history, Window window)
    : history_(history), window_(window), counted_(window.from) {}

KindMask WaitingTimes::interests() const {
    return kinds(EventKind::stored, EventKind::dispatched, EventKind::pull_served, EventKind::delivered,
                 EventKind::offset_committed, EventKind::offset_reset, EventKind::node_started);
}

std::int64_t WaitingTimes::clipped(std::int64_t since, std::int64_t now) const {
    return std::max<std::int64_t>(0, std::min(now, window_.until) - std::max(since, window_.from));
}

void WaitingTimes::count_until(std::int64_t time) {
    const std::int64_t until = std::min(time, window_.until);
    if (until <= counted_) return;
    for (Group& group : groups_)
        group.area += static_cast<unsigned __int128>(group.waiting) * static_cast<std::uint64_t>(until - counted_);
    counted_ = until;
}

/// Takes messages out at both ends: those before `position`, and those from `end` on.
void WaitingTimes::leave(Line& line, Group& group, std::int64_t position, std::int64_t end, std::int64_t now) {
    const auto gone = [&](std::int64_t count, std::int64_t since) {
        group.sojourns += static_cast<unsigned __int128>(count) * static_cast<std::uint64_t>(clipped(since, now));
    };
    while (line.position < position && !line.runs.empty()) {
        const std::int64_t reached = std::min(position, line.runs.front().end);
        gone(reached - line.position, line.runs.front().since);
        line.position = reached;
        if (reached == line.runs.front().end) line.runs.pop_front();
    }
    while (end < line.end && !line.runs.empty()) {
        const std::int64_t before = line.runs.size() > 1 ? line.runs[line.runs.size() - 2].end : line.position;
        const std::int64_t reached = std::max(end, before);
        gone(line.end - reached, line.runs.back().since);
        line.end = line.runs.back().end = reached;
        if (reached == before) line.runs.pop_back();
    }
}

/// Messages come in at both ends: from `position` on, and before `end`.
void WaitingTimes::enter(Line& line, std::int64_t position, std::int64_t end, std::int64_t now) {
    if (line.runs.empty()) line.position = line.end = std::min(position, end);
    if (position < line.position) {
        line.runs.push_front({line.position, now});
        line.position = position;
    }
    if (end > line.end) line.runs.push_back({end, now});
    line.end = end;
    line.position = position;
}

void WaitingTimes::follow(NameId id, std::int64_t now) {
    const auto& queues = history_.flow().queues();
    if (id.value >= queues.size() || queues[id.value].readings.empty()) return;
    const Flow::Queue& queue = queues[id.value];
    if (id.value >= lines_.size()) lines_.resize(queues.size());
    std::vector<Line>& lines = lines_[id.value];
    lines.resize(queue.readings.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const Flow::Reading& reading = queue.readings[i];
        if (reading.position < 0) {  // nowhere yet, or again: a reader that began anew
            leave(lines[i], groups_[reading.group], lines[i].end, lines[i].end, now);
            continue;
        }
        if (reading.position == lines[i].position && queue.end == lines[i].end) continue;
        leave(lines[i], groups_[reading.group], reading.position, queue.end, now);
        enter(lines[i], reading.position, queue.end, now);
    }
}

void WaitingTimes::observe(const Event& event) {
    count_until(event.time);
    const std::size_t groups = history_.roster().groups().size();
    if (groups_.size() < groups) groups_.resize(groups);
    if (event.kind == EventKind::node_started) {
        const Roster& roster = history_.roster();
        const std::uint32_t of = roster.nodes()[event.node].group;
        const bool reads_for_itself = of != none && !roster.groups()[of].reader_of.empty();
        if (roster.broker_on(event.node) == none && !reads_for_itself) return;
        for (std::uint32_t id = 0; id < history_.flow().queues().size(); ++id) follow(NameId{id}, event.time);
    } else {
        follow(event.queue, event.time);
    }
    for (std::uint32_t group = 0; group < groups; ++group) groups_[group].waiting = history_.flow().waiting(group);
}

void WaitingTimes::finish(std::int64_t end, Metrics& metrics) {
    count_until(end);
    const std::int64_t until = std::min(end, window_.until);
    for (std::uint32_t id = 0; id < lines_.size(); ++id)
        for (std::size_t i = 0; i < lines_[id].size(); ++i) {
            Line& line = lines_[id][i];
            leave(line, groups_[history_.flow().queues()[id].readings[i].group], line.end, line.end, until);
        }
    unsigned __int128 all = 0;
    const std::int64_t length = until - window_.from;
    const auto mean = [&](unsigned __int128 area) {
        const unsigned __int128 thousandths =
            (area * 1000 + static_cast<std::uint64_t>(length) / 2) / static_cast<std::uint64_t>(length);
        return ratio(static_cast<std::int64_t>(thousandths), 1000);
    };
    for (std::uint32_t number = 0; number < groups_.size(); ++number) {
        const Group& group = groups_[number];
        const std::string& name = history_.roster().groups()[number].name;
        BROKERSIM_CHECK(group.area == group.sojourns,
                        "Little's law: what waits for group {} makes {} ns, but its messages waited {} ns", name,
                        group.area, group.sojourns);
        all += group.area;
        if (length > 0) metrics[fmt::format("group.{}.backlog.mean", name)] = mean(group.area);
    }
    if (length > 0) metrics["backlog.mean"] = mean(all);
}

}  // namespace brokersim::scenario
