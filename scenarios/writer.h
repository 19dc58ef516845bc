#pragma once

#include <string>

#include "scenarios/scenario.h"

namespace brokersim::scenario {

/// A resolved scenario as TOML with every key written out: read_scenario gives the same scenario again, as its only
/// variant (a seed beyond 2^63 - 1, which TOML cannot write, is left out). Promises and expectations that the file had
/// for this variant are part of it.
std::string write_scenario(const Scenario& scenario);

}  // namespace brokersim::scenario
