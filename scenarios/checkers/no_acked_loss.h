#pragma once

#include <vector>

#include "scenarios/checkers/checker.h"

namespace brokersim::scenario {

/// `no-acked-loss`: an acknowledged message is in the log at the end, or every group that wants it has got it.
///
/// Condition, for each broker: what it acknowledges survives a kill of its process in any case (the page cache lives
/// on), a loss of power only under SYNC_FLUSH, and damage to its storage never. Where retention deleted the beginning
/// of a log nothing is judged.
class NoAckedLoss final : public Checker {
public:
    using Checker::Checker;
    std::string_view promise() const override { return "no-acked-loss"; }
    KindMask interests() const override {
        return kinds(EventKind::acknowledged, EventKind::node_power_lost, EventKind::storage_damaged);
    }
    void observe(const Event& event) override;
    Verdict finish(const RunEnd& end) override;

private:
    struct Broker {
        std::vector<Bits> acknowledged;  // by producer
        bool power_lost = false;
        bool damaged = false;
    };
    Broker& broker(std::uint32_t number);
    bool missed(MessageId id) const;

    std::vector<Broker> brokers_;
};

}  // namespace brokersim::scenario
