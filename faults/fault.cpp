#include "faults/fault.h"

#include <array>

#include "faults/bit_rot.h"
#include "faults/fsync_error.h"
#include "faults/kill.h"
#include "faults/misdirected_write.h"
#include "faults/power_cut.h"

namespace brokersim::faults {

std::span<const Kind> catalogue() {
    static const std::array kinds{bit_rot_kind, fsync_error_kind, kill_kind, misdirected_write_kind, power_cut_kind};
    return kinds;
}

const Kind* find(std::string_view name) {
    for (const Kind& kind : catalogue())
        if (kind.name == name) return &kind;
    return nullptr;
}

void heal_by_start(World& world, const Strike& strike) {
    if (!strike.lasts) return;
    world.heal_after(*strike.lasts, [&world, target = strike.target] {
        if (!world.running(target)) world.start(target);
    });
}

}  // namespace brokersim::faults
