#pragma once

#include <span>
#include <string>

#include "scenarios/scenario.h"

namespace brokersim::report {

/// One variant of several that a report holds side by side.
struct NamedScenario {
    std::string_view variant;
    const scenario::Scenario* scenario;
};

/// What runs, for the head of a report: name and purpose; `runs` ("seed 42") with phases and cluster; topics, producers
/// and groups. `variants` are those of one scenario, and not empty; where consumers or threads of a group differ
/// between them, it says so.
std::string scenario_text(std::span<const NamedScenario> variants, const std::string& runs);

}  // namespace brokersim::report
