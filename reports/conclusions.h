#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/result.h"

namespace brokersim::report {

/// What the rows of an event's block mean, for somebody who did not write the scenario.
std::string_view event_legend();

/// A sentence or two for each named event: what follows from its numbers when the variants are held against each other.
/// Events of one instant, and the repetitions of one event, have one together. Empty if there is nothing to compare.
std::vector<std::string> conclusions(std::span<const scenario::RunResult> results);

/// "= 0", "at least 5", "between 1 and 2": what an expectation about a metric asks for.
std::string wanted_text(const scenario::ExpectationSpec& spec);
/// "expectation in line 12: messages.lost is 3, wanted 0": of one that failed.
std::string failed_text(const scenario::ExpectationResult& expectation);

}  // namespace brokersim::report
