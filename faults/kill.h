#pragma once

#include "faults/fault.h"

namespace brokersim::faults {

/// `kill -9`: the process dies between two handlers. The kernel closes its sockets, so that peers see a reset after one
/// network latency; the page cache of its machine stays, so that its files hold whatever was written.
extern const Kind kill_kind;

}  // namespace brokersim::faults
