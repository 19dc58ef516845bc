#pragma once

#include <vector>

#include "scenarios/checkers/cases.h"
#include "scenarios/checkers/checker.h"

namespace brokersim::scenario {

/// `progress`: after the last fault healed, a producer that sends gets an acknowledgement, and a queue with messages
/// that wait for a group has a delivery, within the liveness bound.
///
/// A producer waits from its first send after its last acknowledgement; a queue stands still as Flow says. Condition:
/// the producer, the queue's broker, and some member of the group are up all that time.
class Progress final : public Checker {
public:
    using Checker::Checker;
    std::string_view promise() const override { return "progress"; }
    KindMask interests() const override {
        return kinds(EventKind::sent, EventKind::acknowledged, EventKind::delivered, EventKind::node_started,
                     EventKind::node_stopped, EventKind::node_killed, EventKind::node_power_lost, EventKind::healed);
    }
    void observe(const Event& event) override;
    Verdict finish(const RunEnd& end) override;

private:
    static constexpr std::int64_t never = INT64_MAX;
    struct Producer {
        std::int64_t waiting_since = never;
        std::uint32_t node = none;
    };
    void answer(std::uint32_t number, std::int64_t now);
    void deliver(std::uint32_t group, NameId queue, std::int64_t since, std::int64_t now);
    void node_changed(const Event& event);
    /// Since when a group has a member without a break; never: it has none.
    std::int64_t members_since(std::uint32_t group) const;
    std::int64_t broker_since(std::uint32_t broker) const;

    std::int64_t healed_at_ = never;
    std::vector<Producer> producers_;
    std::vector<std::int64_t> members_since_;  // by group
    std::vector<std::int64_t> broker_since_;   // by broker
    Cases sends_;
    Cases deliveries_;
};

}  // namespace brokersim::scenario
