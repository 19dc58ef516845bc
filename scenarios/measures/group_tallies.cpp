#include "scenarios/measures/group_tallies.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "scenarios/measures/quantities.h"

namespace brokersim::scenario {

GroupTally GroupTally::since(const GroupTally& before) const {
    GroupTally part{.ownership = ownership.since(before.ownership),
                    .queues_moved = queues_moved - before.queues_moved,
                    .stopped_ns = stopped_ns - before.stopped_ns,
                    .handed_twice = handed_twice - before.handed_twice,
                    .requests = requests};
    for (std::size_t kind = 0; kind < group_request_count; ++kind) part.requests[kind] -= before.requests[kind];
    return part;
}

GroupTallies::GroupTallies(History& history)
    : history_(history), times_(history), stops_(history), handovers_(history), load_(history) {
    history.add(times_);
    history.add(stops_);
    history.add(handovers_);
    history.add(load_);
    history.add(*this);
}

void GroupTallies::observe(const Event& event) {
    const std::uint32_t group = history_.roster().group(event.group);
    if (group == none || event.time < 0) return;
    if (group >= requests_.size()) requests_.resize(history_.roster().groups().size());
    ++requests_[group].at(static_cast<std::size_t>(event.count));
}

GroupTally GroupTallies::at(std::uint32_t group, std::int64_t now) const {
    GroupTally tally{.ownership = times_.at(group, now),
                     .queues_moved = history_.owners().group(group).moved,
                     .stopped_ns = stops_.at(group, now),
                     .handed_twice = handovers_.duplicates(group)};
    if (group < requests_.size()) tally.requests = requests_[group];
    return tally;
}

std::vector<GroupTally> GroupTallies::at(std::int64_t now) const {
    std::vector<GroupTally> all;
    for (std::uint32_t group = 0; group < history_.roster().groups().size(); ++group) all.push_back(at(group, now));
    return all;
}

GroupPart::GroupPart(History& history, const GroupTallies& tallies, Window window)
    : history_(history), tallies_(tallies), window_(window) {
    if (!whole(window)) {
        history.wake(window.from, *this);
        history.wake(window.until, *this);
    }
}

void GroupPart::reached(std::int64_t time) {
    if (time == window_.until)
        end_at(time);
    else
        begin_at(time);
}

void GroupPart::begin_at(std::int64_t time) {
    begun_ = true;
    before_ = tallies_.at(time);
    load_before_ = tallies_.load().spent();
}

void GroupPart::end_at(std::int64_t time) {
    ended_ = true;
    after_ = tallies_.at(time);
    load_after_ = tallies_.load().spent();
}

void GroupPart::finish(std::int64_t end, Metrics& metrics) {
    // Where no event came so late, nothing has changed since.
    if (!begun_ && !whole(window_)) begin_at(std::min(end, window_.from));
    if (!ended_) end_at(std::min(end, window_.until));
    std::int64_t handed_twice = 0;
    for (std::uint32_t number = 0; number < after_.size(); ++number) {
        const GroupTally part = number < before_.size() ? after_[number].since(before_[number]) : after_[number];
        put(number, part, metrics);
        handed_twice += part.handed_twice;
    }
    metrics["messages.handed_twice"] = ratio(handed_twice, 1);
}

void GroupPart::put(std::uint32_t number, const GroupTally& tally, Metrics& metrics) const {
    const GroupEntry& group = history_.roster().groups()[number];
    const auto name = [&](std::string_view what) { return fmt::format("group.{}.{}", group.name, what); };
    if (has_owners(group)) {
        metrics[name("rebalances")] = ratio(tally.ownership.rebalances, 1);
        metrics[name("unowned_ms")] = milliseconds(tally.ownership.unowned_ns);
        metrics[name("double_owned_ms")] = milliseconds(tally.ownership.doubly_owned_ns);
        metrics[name("queues_moved")] = ratio(tally.queues_moved, 1);
    }
    metrics[name("all_stopped_ms")] = milliseconds(tally.stopped_ns);
    metrics[name("messages.handed_twice")] = ratio(tally.handed_twice, 1);
    if (const std::int64_t settled = tally.ownership.settled_ns; settled > 0 && has_owners(group)) {
        const __int128 thousandths = (tally.ownership.unevenness / 1000 + settled / 2) / settled;
        metrics[name("imbalance")] = ratio(static_cast<std::int64_t>(thousandths), 1000);
    }
    if (const auto load = load_imbalance(group.members, load_before_, load_after_))
        metrics[name("load_imbalance")] = ratio(*load, 1000);
    for (std::size_t kind = 0; kind < group_request_count; ++kind)
        metrics[fmt::format("group.{}.requests.{}", group.name, word(static_cast<GroupRequest>(kind)))] =
            ratio(tally.requests[kind], 1);
    metrics[name("requests.all")] =
        ratio(std::accumulate(tally.requests.begin(), tally.requests.end(), std::int64_t{0}), 1);
}

}  // namespace brokersim::scenario
