#pragma once

#include <vector>

#include "scenarios/histogram.h"
#include "scenarios/history.h"
#include "scenarios/measures/measures.h"

namespace brokersim::scenario {

/// latency.send: from the instant at which a message should have been sent to its acknowledgement (retries of the
/// client included; sends that fail have none). latency.end_to_end: from the same instant to the beginning of its first
/// handler in a group; all groups together, and for each as group.NAME.latency.end_to_end. Preloaded messages have
/// neither.
class Latency final : public Observer {
public:
    Latency(const Roster& roster, Window window) : roster_(roster), window_(window) {}
    KindMask interests() const override { return kinds(EventKind::acknowledged, EventKind::delivered); }
    void observe(const Event& event) override;
    void finish(Metrics& metrics) const;

private:
    const Roster& roster_;
    Window window_;
    Histogram send_;
    std::vector<Histogram> end_to_end_;  // by group
};

}  // namespace brokersim::scenario
