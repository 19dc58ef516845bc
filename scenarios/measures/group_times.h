#pragma once

#include <vector>

#include "scenarios/history.h"
#include "scenarios/measures/measures.h"

namespace brokersim::scenario {

/// How a group's ownership fared over the whole run, from the first time that it was settled on (each declared queue
/// with one living owner; retry queues are left out; nothing is told of groups in which nobody owns queues):
///
///   rebalances       times that ownership began to change after it had been settled, without a change, for at least
///                    two seconds
///   unowned_ms       time without a living owner, summed over queues
///   double_owned_ms  time with more than one living owner, summed over queues
///   imbalance        queues of the living member that has most, less those of the one that has fewest, at the end
class GroupTimes final : public Observer {
public:
    explicit GroupTimes(const History& history) : history_(history) {}
    KindMask interests() const override;
    void observe(const Event& event) override;
    void finish(std::int64_t end, Metrics& metrics);

private:
    struct Group {
        bool began = false;  // was settled once
        bool settled = false;
        std::int64_t changed_at = INT64_MIN;
        std::int64_t looked_at = 0;
        std::int64_t unowned = 0;
        std::int64_t doubly_owned = 0;
        std::int64_t unowned_ns = 0;
        std::int64_t doubly_owned_ns = 0;
        std::int64_t rebalances = 0;
    };
    void look(std::uint32_t number, std::int64_t now);
    std::int64_t imbalance(std::uint32_t number) const;

    const History& history_;
    std::vector<Group> groups_;
};

}  // namespace brokersim::scenario
