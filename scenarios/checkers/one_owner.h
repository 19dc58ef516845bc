#pragma once

#include "scenarios/checkers/cases.h"
#include "scenarios/checkers/checker.h"

namespace brokersim::scenario {

/// `one-owner`: two living members own one queue no longer than their protocol allows.
///
/// That is longer for a while after a broker died or was started again, or the last fault healed: members may have been
/// cut off from those who tell them. Without a coordinator it is also longer after a member's machine fell silent: each
/// broker strikes it off at its own time, and views differ until the last one has. Condition: faults may cut a member
/// off and leave it believing that it owns; so only what lies after the last fault healed is judged, and nothing where
/// nobody owns queues.
class OneOwner final : public Checker {
public:
    using Checker::Checker;
    std::string_view promise() const override { return "one-owner"; }
    KindMask interests() const override {
        return kinds(EventKind::owned, EventKind::revoked, EventKind::node_started, EventKind::node_stopped,
                     EventKind::node_killed, EventKind::node_power_lost, EventKind::healed);
    }
    void observe(const Event& event) override;
    Verdict finish(const RunEnd& end) override;

private:
    static constexpr std::int64_t never = INT64_MAX;
    struct Queue {
        std::int64_t doubly_since = never;
        std::int64_t allowed_until = 0;  // while doubly owned
    };
    void look(std::uint32_t group, NameId queue, std::int64_t now, bool ends);
    /// All queues of all groups, or of one.
    void look_at_all(std::uint32_t only, std::int64_t now, bool ends);
    void accuse_if_late(std::uint32_t group, NameId id, Queue& queue, std::int64_t now);
    void allow(std::uint32_t group, std::int64_t now, Duration more);
    void cut(std::int64_t now, bool told_by_nobody);
    void broker_changed(const Event& event);
    void member_changed(std::uint32_t group, const Event& event);

    std::int64_t healed_at_ = never;
    bool memory_lost_ = false;                 // a broker lost power that had not flushed all it knew
    std::vector<std::int64_t> allowed_until_;  // by group, after brokers were struck and faults healed
    ByGroupAndQueue<Queue> queues_;
    Cases too_long_;
};

}  // namespace brokersim::scenario
