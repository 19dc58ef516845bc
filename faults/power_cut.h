#pragma once

#include "faults/fault.h"

namespace brokersim::faults {

/// The machine of a node loses power. Nobody closes its connections: peers see silence, and learn of it by their own
/// time-outs only. For a client, which keeps nothing on disk, that is all there is to it. Of a broker's files every
/// page that was flushed is there; any other is old, new, or torn at a sector boundary, by the seed; and changes of
/// names that were not synced are kept up to some moment of the last five seconds, and then lost (sim/platter.h,
/// sim/name_journal.h).
extern const Kind power_cut_kind;

}  // namespace brokersim::faults
