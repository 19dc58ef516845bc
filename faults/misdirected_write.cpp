#include "faults/misdirected_write.h"

namespace brokersim::faults {

const Kind misdirected_write_kind{
    .name = "misdirected-write",
    .about = "of the next flush of the broker's message log one page lands on another, unnoticed",
    .heals = "never; it comes to light when the pages leave the page cache",
    .may_last = false,
    .target = Target::broker,
    .strike =
        [](World& world, const Strike& strike) {
            if (world.running(strike.target)) world.misdirect_write(strike.target);
        },
};

}  // namespace brokersim::faults
