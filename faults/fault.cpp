#include "faults/fault.h"

#include <array>

#include "faults/bit_rot.h"
#include "faults/delay.h"
#include "faults/disk_stall.h"
#include "faults/fsync_error.h"
#include "faults/kill.h"
#include "faults/loss.h"
#include "faults/misdirected_write.h"
#include "faults/one_way_partition.h"
#include "faults/partition.h"
#include "faults/pause.h"
#include "faults/power_cut.h"

namespace brokersim::faults {

std::span<const Kind> catalogue() {
    static const std::array kinds{bit_rot_kind,   delay_kind, disk_stall_kind,        fsync_error_kind,
                                  kill_kind,      loss_kind,  misdirected_write_kind, one_way_partition_kind,
                                  partition_kind, pause_kind, power_cut_kind};
    return kinds;
}

const Kind* find(std::string_view name) {
    for (const Kind& kind : catalogue())
        if (kind.name == name) return &kind;
    return nullptr;
}

bool on_links(const Kind& kind) { return kind.target == Target::links || kind.target == Target::direction; }

void heal_by_start(World& world, const Strike& strike) {
    if (!strike.lasts) return;
    world.heal_after(strike.lasts, [&world, target = strike.target] { world.start(target); });
}

void trouble_links(World& world, const Strike& strike, LinkTrouble trouble, bool both_ways) {
    std::vector<TroubleId> laid{world.trouble(strike.from, strike.to, trouble)};
    if (both_ways) laid.push_back(world.trouble(strike.to, strike.from, trouble));
    world.heal_after(strike.lasts, [&world, laid] {
        for (const TroubleId id : laid) world.lift(id);
    });
}

}  // namespace brokersim::faults
