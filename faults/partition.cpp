#include "faults/partition.h"

namespace brokersim::faults {

const Kind partition_kind{
    .name = "partition",
    .about =
        "nothing passes between the two sides, in either direction; connections stay open until a time-out closes them",
    .heals = "what was sent is repeated and arrives, with `for` after that time, else when the load ends",
    .may_last = true,
    .target = Target::links,
    .parameter = Parameter::none,
    .unseen = true,
    .strike = [](World& world, const Strike& strike) { trouble_links(world, strike, {.silent = true}, true); },
};

}  // namespace brokersim::faults
