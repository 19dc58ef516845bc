#include "faults/bit_rot.h"

namespace brokersim::faults {

const Kind bit_rot_kind{
    .name = "bit-rot",
    .about = "one bit of a used page of the broker's commit log flips, in memory and on the disk",
    .heals = "never; whoever checks a checksum finds it",
    .may_last = false,
    .target = Target::broker,
    .strike =
        [](World& world, const Strike& strike) {
            if (world.running(strike.target)) world.flip_bit(strike.target);
        },
};

}  // namespace brokersim::faults
