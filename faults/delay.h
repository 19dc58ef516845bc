#pragma once

#include "faults/fault.h"

namespace brokersim::faults {

/// A longer way: `delay` is added to each one-way latency, in both directions. Realistic: 1 ms between zones, 40 ms
/// between continents, seconds where a router is overloaded.
extern const Kind delay_kind;

}  // namespace brokersim::faults
