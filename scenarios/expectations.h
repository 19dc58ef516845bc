#pragma once

#include <map>
#include <memory>
#include <vector>

#include "scenarios/measures/measures.h"
#include "scenarios/result.h"

namespace brokersim::scenario {

/// The expectations of a scenario: holds the measures of those parts of the run that they ask for, and judges them at
/// the end.
class Expectations {
public:
    /// To be made before the run begins; all must outlive it.
    Expectations(const Scenario& scenario, History& history, const CheckerContext& context);

    /// Those who must be told of the auditor's records.
    std::vector<RecordSink*> sinks() const;
    /// `metrics` are those of the whole run.
    std::vector<ExpectationResult> judge(const RunEnd& end, const Metrics& metrics,
                                         const std::vector<Verdict>& promises);

private:
    struct Part {
        Window window;
        std::unique_ptr<Measures> measures;
    };
    std::optional<Window> window_of(const ExpectationSpec& spec) const;
    std::int64_t time_of(const Moment& moment) const;

    const Scenario& scenario_;
    std::vector<Part> parts_;
};

}  // namespace brokersim::scenario
