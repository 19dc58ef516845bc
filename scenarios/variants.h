#pragma once

#include <string>
#include <vector>

#include "scenarios/paths.h"

namespace brokersim::scenario {

struct VariantPlan {
    std::string name;  // "base" if the file has no variants
    Place place;
    std::vector<Override> overrides;
};

/// The most variants that a file may have.
inline constexpr std::size_t max_variants = 1000;

/// The variants of a normalized file: every [[variant]], each times every combination of [matrix]'s values. Never
/// empty.
std::vector<VariantPlan> plan_variants(const Item& root, Findings& findings);

}  // namespace brokersim::scenario
