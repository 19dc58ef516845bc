#pragma once

#include <string>

#include "scenarios/assign/algorithms.h"

namespace brokersim::report {

/// An answered line (it has an output) for people: who gets what, how many, and how even that is; or its hashes.
std::string assignment_table(const scenario::assign::Json& line);

}  // namespace brokersim::report
