#pragma once

#include "scenarios/checkers/cases.h"
#include "scenarios/checkers/checker.h"

namespace brokersim::scenario {

/// `bounded`: no queue, buffer, cache or window that is sampled exceeds its bound. It holds always.
class Bounded final : public Checker {
public:
    using Checker::Checker;
    std::string_view promise() const override { return "bounded"; }
    KindMask interests() const override { return kinds(EventKind::level_sampled); }
    void observe(const Event& event) override;
    Verdict finish(const RunEnd& end) override;

private:
    Cases above_;
};

}  // namespace brokersim::scenario
