#include "faults/pause.h"

namespace brokersim::faults {

const Kind pause_kind{
    .name = "pause",
    .about =
        "the node's process stands still (SIGSTOP): connections stay open, what is due and what comes for it piles up",
    .heals = "it goes on with `for` after that time, else when the load ends",
    .may_last = true,
    .target = Target::node,
    .parameter = Parameter::none,
    .unseen = true,
    .strike =
        [](World& world, const Strike& strike) {
            if (!world.running(strike.target)) return;
            const PauseId pause = world.pause(strike.target);
            world.heal_after(strike.lasts, [&world, target = strike.target, pause] { world.resume(target, pause); });
        },
};

}  // namespace brokersim::faults
