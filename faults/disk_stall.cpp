#include "faults/disk_stall.h"

namespace brokersim::faults {

const Kind disk_stall_kind{
    .name = "disk-stall",
    .about = "the disk of the broker's machine stands still: nothing begins, goes on, or is complete",
    .heals = "it goes on with `for` after that time, else when the load ends; nothing that was asked of it is lost",
    .may_last = true,
    .target = Target::broker,
    .parameter = Parameter::none,
    .unseen = true,
    .strike =
        [](World& world, const Strike& strike) {
            const StallId stall = world.stall_disk(strike.target);
            world.heal_after(strike.lasts, [&world, target = strike.target, stall] { world.free_disk(target, stall); });
        },
};

}  // namespace brokersim::faults
