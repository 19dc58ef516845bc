#pragma once

#include <cstdint>
#include <map>

#include "scenarios/checkers/context.h"
#include "scenarios/roster.h"

namespace brokersim::scenario {

/// Brokers that came back after a power cut which may have taken what they had acknowledged: those that do not flush
/// first; with a pool of buffers, after a kill too.
class ForgetfulBrokers {
public:
    ForgetfulBrokers(const Roster& roster, const CheckerContext& context) : roster_(roster), context_(context) {}

    /// Needs node_started, node_killed and node_power_lost.
    void observe(const Event& event) {
        const std::uint32_t number = roster_.broker_on(event.node);
        if (number == none || context_.flushes_first(number)) return;
        Broker& broker = brokers_[number];
        if (context_.forgets(number, event.kind)) {
            broker.dark = true;
        } else if (event.kind == EventKind::node_started && broker.dark) {
            broker.dark = false;
            ++broker.returns;
            newest_return_ = event.time;
        }
    }
    /// INT64_MIN: never.
    std::int64_t newest_return() const { return newest_return_; }
    /// How often that broker came back.
    std::uint32_t returns(std::uint32_t broker) const {
        const auto found = brokers_.find(broker);
        return found == brokers_.end() ? 0 : found->second.returns;
    }

private:
    struct Broker {
        bool dark = false;
        std::uint32_t returns = 0;
    };
    const Roster& roster_;
    const CheckerContext& context_;
    std::map<std::uint32_t, Broker> brokers_;
    std::int64_t newest_return_ = INT64_MIN;
};

}  // namespace brokersim::scenario
