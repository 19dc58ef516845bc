#include "faults/fsync_error.h"

namespace brokersim::faults {

const Kind fsync_error_kind{
    .name = "fsync-error",
    .about = "the next flush of the broker's message log fails; its pages count as clean and are not on the disk",
    .heals = "never: what was lost stays lost; old content is back when the pages leave the page cache",
    .may_last = false,
    .target = Target::broker,
    .strike =
        [](World& world, const Strike& strike) {
            if (world.running(strike.target)) world.fail_flush(strike.target);
        },
};

}  // namespace brokersim::faults
