#pragma once

#include "faults/fault.h"

namespace brokersim::faults {

/// The disk acknowledges a write and puts it elsewhere: of the next flush one page lands on another used page of the
/// same file, and its own place keeps what was there. The page cache hides both until the pages leave it (at the end of
/// the process, by the seed; with the power in any case). No durability covers it; checksums find it.
extern const Kind misdirected_write_kind;

}  // namespace brokersim::faults
