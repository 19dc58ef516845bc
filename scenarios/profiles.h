#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/types.h"
#include "sim/disk_spec.h"

/// Hardware by name: the starting points that `[hardware] profile` and `network` choose from.
namespace brokersim::scenario {

struct DiskProfile {
    std::string_view name;
    sim::DiskSpec disk;
    std::string_view about;
};

struct NetworkProfile {
    std::string_view name;
    Duration latency_median;  // one way
    Duration latency_p99;
    std::int64_t bytes_per_second;  // of each machine, in each direction
    std::int64_t window;            // bytes in flight, per direction of a connection
    std::int64_t socket_buffer;     // bytes
    std::string_view about;
};

/// `profile` where no figure comes from a table: all stand in the scenario itself.
inline constexpr std::string_view own_profile = "own";

/// In a fixed order, the default first.
std::span<const DiskProfile> disk_profiles();
std::span<const NetworkProfile> network_profiles();

/// The profile of that name; null if there is none.
const DiskProfile* find_disk_profile(std::string_view name);
const NetworkProfile* find_network_profile(std::string_view name);

}  // namespace brokersim::scenario
