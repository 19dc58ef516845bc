#pragma once

#include <cstdint>
#include <vector>

#include "scenarios/history.h"
#include "scenarios/measures/measures.h"

namespace brokersim::scenario {

/// How fast each group works while all of it is busy.
///
/// A *stretch* begins when the group's owners are settled and each of its queues has been handed out since, and ends
/// when an owner changes, when a queue has nothing that waits, or with the part of the run. group.NAME.drain_rate is
/// the messages handed out in the stretch of at least a second that has most of them, for each second of it;
/// group.NAME.drain_rate_expected is what arithmetic says of the members that lived then: so many messages are handled
/// at a time as busy_threads() tells, each for the mean of the handler's time. Both are absent where there was no such
/// stretch, or where nobody owns queues.
class DrainRate final : public Observer {
public:
    DrainRate(const History& history, Window window);
    KindMask interests() const override;
    void observe(const Event& event) override;
    void finish(std::int64_t end, Metrics& metrics);

private:
    struct Stretch {
        std::int64_t from = 0;
        std::int64_t until = 0;
        std::int64_t handed = 0;  // after `from`
        std::int64_t members = 0;

        std::int64_t length() const { return until - from; }
    };
    struct Group {
        bool settled = false;
        bool in_stretch = false;
        std::uint32_t attempt = 1;
        std::int64_t seen = 0;               // queues that were handed out in this attempt
        std::vector<std::uint32_t> seen_in;  // by NameId value: the attempt in which a queue was, last
        Stretch now;
        Stretch busiest;
    };
    void owners_changed(std::uint32_t number, std::int64_t time);
    void handed_out(std::uint32_t number, const Event& event);
    static void begin_anew(Group& group, std::int64_t time);
    Group& group_of(std::uint32_t number);

    const History& history_;
    Window window_;
    std::vector<Group> groups_;
};

/// Messages that a group handles at a time when no queue is empty and queues are shared out evenly: each member that
/// has a queue keeps all of its threads busy; of an orderly group, no more threads than it has queues.
std::int64_t busy_threads(std::int64_t members, std::int64_t queues, std::int64_t threads, bool orderly);

}  // namespace brokersim::scenario
