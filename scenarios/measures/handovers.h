#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "scenarios/history.h"

namespace brokersim::scenario {

/// Duplicates that changes of ownership caused. A *tenure* is a member's time with a queue, from its Owned note to the
/// next of the same member; each life of a node is another one. A duplicate counts if its record lies between the first
/// and the last record of the queue that another tenure was handed, whatever made the owner change: a rebalance, or a
/// death. Duplicates of other causes do not: a second record of the same message (a send that was retried), a record
/// that came to one tenure twice.
class Handovers final : public Observer {
public:
    explicit Handovers(const History& history) : history_(history) {}
    KindMask interests() const override { return kinds(EventKind::owned, EventKind::delivered); }
    void observe(const Event& event) override;

    /// Such duplicates of the group so far.
    std::int64_t duplicates(std::uint32_t group) const { return group < groups_.size() ? groups_[group].found : 0; }

private:
    struct Tenure {
        std::uint32_t node = none;
        std::int64_t first = INT64_MAX;  // offsets that it was handed lie in [first, end)
        std::int64_t end = 0;
    };
    struct Queue {
        std::vector<Tenure> tenures;                // the newest of each member
        std::map<std::int64_t, std::int64_t> past;  // [first, end) of older ones; disjoint, not touching
    };
    struct Group {
        std::vector<Queue> queues;  // by NameId
        std::int64_t found = 0;
    };
    static Tenure& tenure_of(Queue& queue, std::uint32_t node);
    static void bury(Queue& queue, const Tenure& tenure);
    static bool handed_to_another(const Queue& queue, std::uint32_t node, std::int64_t offset);

    const History& history_;
    std::vector<Group> groups_;
};

}  // namespace brokersim::scenario
