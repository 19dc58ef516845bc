#include "faults/misdirected_write.h"

namespace brokersim::faults {

const Kind misdirected_write_kind{
    .name = "misdirected-write",
    .about = "of the broker's next flush one page lands on another page of the file, unnoticed",
    .heals = "never; it comes to light when the pages leave the page cache",
    .may_last = false,
    .on_brokers_only = true,
    .strike =
        [](World& world, const Strike& strike) {
            if (world.running(strike.target)) world.misdirect_write(strike.target);
        },
};

}  // namespace brokersim::faults
