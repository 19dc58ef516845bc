#pragma once

#include "faults/fault.h"

namespace brokersim::faults {

/// A share of the frames is lost, in both directions. Streams stay whole: TCP repeats what is lost after its
/// retransmission time-out (200 ms at least, doubling), and what follows waits for it. Realistic: 0.01 % to 1 %; a bad
/// cable up to 30 %.
extern const Kind loss_kind;

}  // namespace brokersim::faults
