#pragma once

#include "faults/fault.h"

namespace brokersim::faults {

/// The machine of a node loses power. Nobody closes its connections: peers see silence, and learn of it by their own
/// time-outs only. For a client, which keeps nothing on disk, that is all there is to it.
extern const Kind power_cut_kind;

}  // namespace brokersim::faults
