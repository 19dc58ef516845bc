#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "scenarios/history.h"
#include "scenarios/measures/measures.h"

namespace brokersim::scenario {

/// The time that messages wait for their groups (see Flow), counted twice: as the number that Flow says is waiting,
/// over time, and as the time of each message from when it began to wait until it no longer did, both clipped to the
/// part of the run. Little's law says that the two are equal, exactly; finish() asserts it for each group. backlog.mean
/// is the mean number over time, of all groups together; group.NAME.backlog.mean of each.
class WaitingTimes final : public Observer {
public:
    WaitingTimes(const History& history, Window window);
    KindMask interests() const override;
    void observe(const Event& event) override;
    void finish(std::int64_t end, Metrics& metrics);

private:
    /// Messages of one queue that began to wait at one instant: those before `end` that no run before has.
    struct Run {
        std::int64_t end;
        std::int64_t since;
    };
    /// What waits for one group in one queue: the offsets from `position` on.
    struct Line {
        std::int64_t position = 0;
        std::int64_t end = 0;
        std::deque<Run> runs;  // none is empty
    };
    struct Group {
        unsigned __int128 area = 0;      // number x ns
        unsigned __int128 sojourns = 0;  // ns, of those that no longer wait
        std::int64_t waiting = 0;        // after the last event
    };
    void follow(NameId queue, std::int64_t now);
    void enter(Line& line, std::int64_t position, std::int64_t end, std::int64_t now);
    void leave(Line& line, Group& group, std::int64_t position, std::int64_t end, std::int64_t now);
    void count_until(std::int64_t time);
    /// The part of [since, now) that lies in the window.
    std::int64_t clipped(std::int64_t since, std::int64_t now) const;

    const History& history_;
    Window window_;
    std::int64_t counted_;                  // the areas reach until then
    std::vector<Group> groups_;             // by group
    std::vector<std::vector<Line>> lines_;  // by NameId value of a queue, beside its readings in Flow
};

}  // namespace brokersim::scenario
