#pragma once

#include <cstdint>
#include <vector>

#include "scenarios/history.h"

namespace brokersim::scenario {

/// Whether its members share queues out among them, so that a queue has one owner, and moves.
inline bool has_owners(const GroupEntry& group) { return !group.shares_queues && group.reader_of.empty(); }

/// How a group's ownership fared up to some instant, from when its first member was started. It is settled when each
/// declared queue has one living owner (retry queues are left out). Of a group that has no owners nothing is told.
struct OwnershipTimes {
    std::int64_t rebalances = 0;       // times that ownership began to change after it had been settled, without a
                                       // change, for at least two seconds
    std::int64_t unowned_ns = 0;       // time without a living owner, summed over queues
    std::int64_t doubly_owned_ns = 0;  // time with more than one living owner, summed over queues
    std::int64_t settled_ns = 0;       // time in which the group was settled
    /// The sum over that time of: queues of the living member that has most, over the mean of all living members; in
    /// millionths of a ns.
    __int128 unevenness = 0;

    OwnershipTimes since(const OwnershipTimes& before) const;
};

/// Follows that for each group.
class GroupTimes final : public Observer {
public:
    explicit GroupTimes(const History& history) : history_(history) {}
    KindMask interests() const override;
    void observe(const Event& event) override;

    /// Up to `now`, which is not before the last event that was observed.
    OwnershipTimes at(std::uint32_t group, std::int64_t now) const;

private:
    struct Group {
        OwnershipTimes times;  // up to looked_at
        bool began = false;    // a member was started
        bool settled = false;
        std::int64_t changed_at = INT64_MIN;
        std::int64_t looked_at = 0;
        std::int64_t unowned = 0;
        std::int64_t doubly_owned = 0;
        std::int64_t unevenness = 0;  // while settled, in millionths
    };
    void look(std::uint32_t number, std::int64_t now);
    std::int64_t unevenness(std::uint32_t number) const;

    const History& history_;
    std::vector<Group> groups_;
};

}  // namespace brokersim::scenario
