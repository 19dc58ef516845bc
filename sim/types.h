#pragma once

#include <chrono>
#include <cstdint>

#include "core/types.h"

namespace brokersim::sim {

/// Tag of the world's own clock: the true time of a run, from 0 on. Nodes see their own clocks only (sim/clock.h).
struct WorldClock {
    using rep = std::int64_t;
    using period = std::nano;
    using duration = Duration;
    using time_point = std::chrono::time_point<WorldClock, Duration>;
    static constexpr bool is_steady = true;
};
using WorldTime = WorldClock::time_point;

/// Nanoseconds since the world began.
constexpr std::int64_t ns_of(WorldTime time) { return time.time_since_epoch().count(); }

/// A machine, a node, in the order in which they were added to the world, from 0.
using MachineId = Quantity<struct MachineIdTag, std::uint32_t>;
using NodeId = Quantity<struct NodeIdTag, std::uint32_t>;
/// Stands for the world itself where a node is expected (digest, crash reports).
inline constexpr NodeId no_node{UINT32_MAX};

}  // namespace brokersim::sim
