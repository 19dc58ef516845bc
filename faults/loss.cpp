#include "faults/loss.h"

namespace brokersim::faults {

const Kind loss_kind{
    .name = "loss",
    .about = "the share `loss` of the frames between the two sides is lost; TCP repeats them after a time-out",
    .heals = "no frame is lost with `for` after that time, else when the load ends",
    .may_last = true,
    .target = Target::links,
    .parameter = Parameter::loss,
    .unseen = true,
    .strike = [](World& world,
                 const Strike& strike) { trouble_links(world, strike, {.loss_ppm = strike.loss_ppm}, true); },
};

}  // namespace brokersim::faults
