#pragma once

#include <vector>

#include "scenarios/history.h"
#include "scenarios/measures/group_tallies.h"
#include "scenarios/measures/measures.h"

namespace brokersim::scenario {

/// The fewest queues that must change their owner so that each of `members` ends with its even share (counts differ by
/// one at most). `kept` are, for each member who is still there, the queues that it has now; `queues` is how many there
/// are in all, `homeless` how many of them no longer have, but once had, an owner.
std::int64_t least_moves(const std::vector<std::int64_t>& kept, std::int64_t queues, std::int64_t homeless);

/// What each named event did to each group, in the window from the event to the next named event or to the end:
///
///   agreed_after        from the event to the last change of ownership in its window, if each queue has one living
///                       owner at the window's end; 0 if nothing changed; nothing if it does not
///   queues_moved        changes of a queue's sole owner in the window; there and back is two
///   queues_moved_least  the fewest that lead from the owners before the event to an even share among the members that
///                       live at the window's end (a strategy that does not aim at even shares may need fewer)
///   worst_still         the longest time in the window that a queue stood still (see Flow)
///   came_twice          duplicates that were delivered in the window
///   unowned, doubly_owned, all_stopped, handed_twice   see GroupTallies
///
/// Where nobody owns queues, the first three are not told.
///
/// And for the part of the run: group.NAME.converge_ms is the longest agreed_after of its events (a window without
/// agreement counts as a whole; absent without events), .queues_moved_least the sum over its events, .stopped_ms the
/// longest time in it that a queue stood still since the group's first member was started. At the end of the part its
/// last event window ends, too.
class EventWindows final : public Observer {
public:
    EventWindows(History& history, const GroupTallies& tallies, Window window);
    KindMask interests() const override;
    void observe(const Event& event) override;
    void reached(std::int64_t time) override;
    void finish(std::int64_t end, MeasureResults& results);

private:
    struct Group {
        GroupTally before;                         // the window
        std::vector<Owners::Member> owner_before;  // of each declared queue, in order
        std::int64_t worst_still = 0;
        NameId worst_queue = no_name;
        std::uint64_t came_twice = 0;
        std::int64_t began = INT64_MAX;  // its first member's start
        std::int64_t stopped = 0;        // the run's worst
    };
    Group& group_of(std::uint32_t number);
    void open(const Event& event);
    void close(std::int64_t now);
    void deliver(const Event& event);
    void stand_still(std::uint32_t number, NameId queue, std::int64_t since, std::int64_t now);
    void look_at_standing_queues(std::int64_t now);
    std::int64_t least(std::uint32_t number) const;
    GroupEventReport report(std::uint32_t number, std::int64_t now) const;

    const History& history_;
    const GroupTallies& tallies_;
    Window window_;
    std::vector<Group> groups_;
    bool ended_ = false;  // the part has
    bool open_ = false;
    NameId name_ = no_name;
    std::int64_t began_ = 0;
    std::vector<GroupEventReport> reports_;
};

}  // namespace brokersim::scenario
