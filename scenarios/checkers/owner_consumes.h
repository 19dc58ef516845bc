#pragma once

#include "scenarios/checkers/cases.h"
#include "scenarios/checkers/checker.h"

namespace brokersim::scenario {

/// `owner-consumes`: a member hands a message to a handler only while it owns the message's queue. What it had fetched,
/// or was fetching, when it gave the queue up is dropped (ProcessQueue.isDropped); a handler that is under way may end.
///
/// Condition: nothing is judged where nobody owns queues. Two members may own a queue; `one-owner` judges that.
class OwnerConsumes final : public Checker {
public:
    using Checker::Checker;
    std::string_view promise() const override { return "owner-consumes"; }
    KindMask interests() const override { return kinds(EventKind::delivered); }
    void observe(const Event& event) override;
    Verdict finish(const RunEnd& end) override;

private:
    Cases by_others_;
};

}  // namespace brokersim::scenario
