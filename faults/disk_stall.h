#pragma once

#include "faults/fault.h"

namespace brokersim::faults {

/// The disk of the broker's machine does nothing: no operation begins, goes on or is complete. Reads of what is not in
/// memory wait, so do flushes; dirty pages pile up until writers are blocked. What a controller that resets, a
/// snapshot, a neighbour on the same device or a firmware's own housekeeping does to a disk.
extern const Kind disk_stall_kind;

}  // namespace brokersim::faults
