#pragma once

#include <map>
#include <string>
#include <vector>

#include "scenarios/checkers/cases.h"
#include "scenarios/checkers/checker.h"

namespace brokersim::scenario {

/// `all-owned`: once the last fault has healed, each queue of a group's topics has exactly one living owner, and at the
/// end it is the one whom the group's strategy names for the members that live.
///
/// After a disturbance (a member or a broker started, stopped, killed, silent; the last fault healed) the group has its
/// protocol's convergence bound to get there; a queue that changes hands without a disturbance may be without owner, or
/// with two, no longer than after a member left. Brokers that run when the load begins, and a healing then, disturb
/// nothing. Condition: the group has a living member, and its
/// members own queues at all.
class AllOwned final : public Checker {
public:
    using Checker::Checker;
    std::string_view promise() const override { return "all-owned"; }
    KindMask interests() const override {
        return kinds(EventKind::owned, EventKind::revoked, EventKind::node_started, EventKind::node_stopped,
                     EventKind::node_killed, EventKind::node_power_lost, EventKind::healed, EventKind::member_failed);
    }
    void observe(const Event& event) override;
    Verdict finish(const RunEnd& end) override;

private:
    static constexpr std::int64_t settled = INT64_MIN;
    struct Group {
        std::int64_t deadline = INT64_MIN;  // of the newest disturbances
        std::int64_t unsettled_since = settled;
        bool accused = false;    // of this unsettled time
        bool looked = false;     // at every queue, at least once
        std::size_t failed = 0;  // members that gave up for good
        std::string failures;    // the first of them, and why
        /// Queues without exactly one owner, and whom they had, after the newest event.
        std::map<NameId, std::vector<std::uint32_t>> open;
    };
    Group& group_of(std::uint32_t group);
    void disturb(const Event& event);
    void member_failed(const Event& event);
    void look(std::uint32_t group, std::int64_t now);
    /// Sees to it that `open` is right for one queue, or for all of the group.
    void look_at(std::uint32_t group, NameId queue);
    void look_at_all(std::uint32_t group);
    void accuse_if_late(std::uint32_t group, std::int64_t now);
    std::int64_t limit(std::uint32_t group) const;
    std::string open_queues(std::uint32_t group) const;
    void compare_with_strategy(std::uint32_t group, const RunEnd& end);

    std::vector<Group> groups_;
    bool healed_ = false;
    Cases late_;
    Cases different_;
};

}  // namespace brokersim::scenario
