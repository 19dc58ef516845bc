#include "faults/kill.h"

namespace brokersim::faults {

const Kind kill_kind{
    .name = "kill",
    .about = "the node's process dies at once (SIGKILL); its sockets are closed, its files and page cache stay",
    .heals = "with `for`, the node is started again after that time; without, it stays dead",
    .may_last = true,
    .strike =
        [](World& world, const Strike& strike) {
            if (!world.running(strike.target)) return;
            world.kill(strike.target);
            heal_by_start(world, strike);
        },
};

}  // namespace brokersim::faults
