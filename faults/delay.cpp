#include "faults/delay.h"

namespace brokersim::faults {

const Kind delay_kind{
    .name = "delay",
    .about = "each frame between the two sides takes `delay` longer, in either direction",
    .heals = "frames are as fast as before with `for` after that time, else when the load ends",
    .may_last = true,
    .target = Target::links,
    .parameter = Parameter::delay,
    .unseen = true,
    .strike = [](World& world, const Strike& strike) { trouble_links(world, strike, {.delay = strike.delay}, true); },
};

}  // namespace brokersim::faults
