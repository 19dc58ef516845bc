#pragma once

#include "faults/fault.h"

namespace brokersim::faults {

/// Silence between two sets of nodes, in both directions. Connections stay open on both sides until somebody's time-out
/// closes them; what was sent is repeated by TCP, at doubling distances, so that after a long silence it may take as
/// long again until an old connection speaks.
extern const Kind partition_kind;

}  // namespace brokersim::faults
