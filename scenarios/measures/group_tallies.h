#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "scenarios/measures/group_stops.h"
#include "scenarios/measures/group_times.h"
#include "scenarios/measures/handovers.h"
#include "scenarios/measures/measures.h"
#include "scenarios/measures/member_load.h"

namespace brokersim::scenario {

/// All that is added up for one group from the beginning of a run to some instant. What lies between two instants is
/// the difference.
struct GroupTally {
    OwnershipTimes ownership;
    std::int64_t queues_moved = 0;  // see Owners
    std::int64_t stopped_ns = 0;    // see GroupStops
    std::int64_t handed_twice = 0;  // see Handovers
    std::array<std::int64_t, group_request_count> requests{};

    GroupTally since(const GroupTally& before) const;
};

/// The tallies of all groups while a history is told.
class GroupTallies final : public Observer {
public:
    /// Adds its folds, and itself, to `history`, which must outlive it.
    explicit GroupTallies(History& history);
    KindMask interests() const override { return kinds(EventKind::group_request); }
    void observe(const Event& event) override;

    /// `now` is not before the last event.
    GroupTally at(std::uint32_t group, std::int64_t now) const;
    std::vector<GroupTally> at(std::int64_t now) const;  // by group
    const MemberLoad& load() const { return load_; }

private:
    const History& history_;
    GroupTimes times_;
    GroupStops stops_;
    Handovers handovers_;
    MemberLoad load_;
    std::vector<std::array<std::int64_t, group_request_count>> requests_;  // by group
};

/// The metrics of groups over a part of a run: group.NAME.
///
///   rebalances, unowned_ms, double_owned_ms    see OwnershipTimes
///   imbalance       queues of the living member that has most, over the mean: averaged over the time in which the
///                   group was settled; absent if it never was
///   load_imbalance  see load_imbalance(); absent if nothing was handled
///   queues_moved    changes of a queue's sole owner; there and back is two
///   all_stopped_ms  see GroupStops
///   requests.KIND   see GroupRequest; requests.all is their sum
///   messages.handed_twice  see Handovers; messages.handed_twice (without a group) is the sum over groups
class GroupPart final : public Observer {
public:
    GroupPart(History& history, const GroupTallies& tallies, Window window);
    KindMask interests() const override { return 0; }
    void observe(const Event& /*event*/) override {}
    void reached(std::int64_t time) override;
    void finish(std::int64_t end, Metrics& metrics);

private:
    void begin_at(std::int64_t time);
    void end_at(std::int64_t time);
    void put(std::uint32_t number, const GroupTally& tally, Metrics& metrics) const;

    const History& history_;
    const GroupTallies& tallies_;
    Window window_;
    std::vector<GroupTally> before_, after_;
    std::vector<MemberLoad::Spent> load_before_, load_after_;
    bool begun_ = false;
    bool ended_ = false;
};

}  // namespace brokersim::scenario
