#pragma once

#include "faults/fault.h"

namespace brokersim::faults {

/// Silence in one direction: what nodes of the first side send does not reach the second, the other way round all
/// arrives. Who does not hear is not who believes to be heard: an answer, or its acknowledgement, never comes back.
extern const Kind one_way_partition_kind;

}  // namespace brokersim::faults
