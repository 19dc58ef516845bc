#pragma once

#include <vector>

#include "scenarios/checkers/cases.h"
#include "scenarios/checkers/checker.h"

namespace brokersim::scenario {

/// `no-phantom`: nothing is delivered, and nothing lies in a topic's queues, that nobody sent, or with another body,
/// and nothing comes to a group that does not subscribe to its topic. Records in the log are whole.
///
/// Condition: what was read off a broker whose storage was damaged is not judged once it is damaged.
class NoPhantom final : public Checker {
public:
    using Checker::Checker;
    std::string_view promise() const override { return "no-phantom"; }
    KindMask interests() const override { return kinds(EventKind::delivered, EventKind::storage_damaged); }
    void observe(const Event& event) override;
    void on_record(const AuditedRecord& record) override;
    Verdict finish(const RunEnd& end) override;

private:
    bool subscribed(std::uint32_t group, std::uint32_t producer) const;
    bool damaged(std::uint32_t broker) const { return broker < damaged_.size() && damaged_[broker]; }

    std::vector<bool> damaged_;  // by broker
    Cases delivered_;
    Cases stored_;
};

}  // namespace brokersim::scenario
