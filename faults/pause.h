#pragma once

#include "faults/fault.h"

namespace brokersim::faults {

/// SIGSTOP: the process does nothing, and does not know. Its kernel still answers for its connections until their
/// buffers are full; its timers and what came for it pile up, and are all dealt with when it goes on. What a long
/// garbage collection, a migrated virtual machine or a debugger does to a process. A paused process can be killed.
extern const Kind pause_kind;

}  // namespace brokersim::faults
