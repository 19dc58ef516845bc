#include "faults/power_cut.h"

namespace brokersim::faults {

const Kind power_cut_kind{
    .name = "power-cut",
    .about = "the node's machine loses power: the process is gone and peers see only silence",
    .heals = "with `for`, power returns and the node is started again after that time; without, it stays dark",
    .not_for_brokers = "what a disk loses with the power is not modelled yet",
    .strike =
        [](World& world, const Strike& strike) {
            if (!world.running(strike.target)) return;
            world.cut_power(strike.target);
            heal_by_start(world, strike);
        },
};

}  // namespace brokersim::faults
