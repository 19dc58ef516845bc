#pragma once

#include "faults/fault.h"

namespace brokersim::faults {

/// Linux's rule for a write that the disk refuses: the flush that waits for it is told once, the pages are marked clean
/// all the same, and are not on the disk. A second flush succeeds and hides the loss. When such pages leave the page
/// cache (at the end of the process, by the seed; with the power in any case) their old content is back. What had been
/// flushed before is not touched: acknowledgements under SYNC_FLUSH stay good.
extern const Kind fsync_error_kind;

}  // namespace brokersim::faults
