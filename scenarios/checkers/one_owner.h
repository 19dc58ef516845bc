#pragma once

#include "scenarios/checkers/cases.h"
#include "scenarios/checkers/checker.h"
#include "scenarios/checkers/forgetful_brokers.h"

namespace brokersim::scenario {

/// `one-owner`: two living members own one queue no longer than their protocol allows.
///
/// Condition: faults may cut a member off and leave it believing that it owns; so only what lies after the last fault
/// healed is judged, and the protocol's time for learning of one's death later. The same goes for a coordinator that a
/// power cut made forget members, and came back.
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
    };
    std::int64_t judged_from(std::uint32_t group) const;
    void look(std::uint32_t group, NameId queue, std::int64_t now, bool ends);

    std::int64_t healed_at_ = never;
    ForgetfulBrokers forgetful_{roster(), context_};
    ByGroupAndQueue<Queue> queues_;
    Cases too_long_;
};

}  // namespace brokersim::scenario
