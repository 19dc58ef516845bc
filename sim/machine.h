#pragma once

#include <memory>

#include "core/types.h"
#include "sim/clock.h"
#include "sim/cores.h"
#include "sim/disk.h"
#include "sim/network_card.h"
#include "sim/options.h"
#include "sim/page_cache.h"
#include "sim/types.h"

namespace brokersim::sim {

/// What the nodes of one machine share.
class Machine {
public:
    Machine(World& world, MachineId machine_id, MachineSpec machine_spec, std::int64_t epoch_start_ms)
        : id(machine_id),
          spec(std::move(machine_spec)),
          clock(epoch_start_ms, spec.wall_skew, spec.drift_ppm),
          cores(world, spec.cores),
          outgoing(spec.nic_bits_per_second),
          incoming(spec.nic_bits_per_second) {}

    const MachineId id;
    const MachineSpec spec;
    Clock clock;
    Cores cores;
    Wire outgoing;
    Wire incoming;
    NetworkCounters traffic;
    bool powered = true;
    std::unique_ptr<Disk> disk;  // both null where storage costs are constant
    std::unique_ptr<PageCache> page_cache;
};

}  // namespace brokersim::sim
