#include "faults/one_way_partition.h"

namespace brokersim::faults {

const Kind one_way_partition_kind{
    .name = "one-way-partition",
    .about = "nothing that the first side sends reaches the second; the other way round all arrives",
    .heals = "what was sent is repeated and arrives, with `for` after that time, else when the load ends",
    .may_last = true,
    .target = Target::direction,
    .parameter = Parameter::none,
    .unseen = true,
    .strike = [](World& world, const Strike& strike) { trouble_links(world, strike, {.silent = true}, false); },
};

}  // namespace brokersim::faults
