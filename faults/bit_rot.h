#pragma once

#include "faults/fault.h"

namespace brokersim::faults {

/// The disk gives back something else than it was given: one bit of one used page of the commit log is flipped, where
/// the broker reads it and on the disk. Checksums find it (in recovery, by consumers, by the auditor); nothing mends
/// it, and no durability covers it.
extern const Kind bit_rot_kind;

}  // namespace brokersim::faults
