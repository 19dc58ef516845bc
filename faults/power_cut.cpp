#include "faults/power_cut.h"

namespace brokersim::faults {

const Kind power_cut_kind{
    .name = "power-cut",
    .about =
        "the node's machine loses power: the process is gone, peers see only silence, and its files are what the disk "
        "holds: what was not flushed is there, or not, or in part",
    .heals = "with `for`, power returns and the node is started again after that time; without, it stays dark",
    .may_last = true,
    .strike =
        [](World& world, const Strike& strike) {
            if (!world.running(strike.target)) return;
            world.cut_power(strike.target);
            heal_by_start(world, strike);
        },
};

}  // namespace brokersim::faults
