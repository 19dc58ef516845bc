#include "scenarios/profiles.h"

#include <array>

namespace brokersim::scenario {

namespace {

using namespace std::chrono_literals;

constexpr std::array<DiskProfile, 5> disks{{
    {.name = "nvme",
     .disk = {.bytes_per_second = 2'000'000'000,
              .random_write = 60us,
              .read = 90us,
              .flush = 50us,
              .operations_per_second = 0,
              .channels = 32},
     .about = "NVMe drive with power-loss protection"},
    {.name = "sata-ssd",
     .disk = {.bytes_per_second = 500'000'000,
              .random_write = 120us,
              .read = 150us,
              .flush = 1ms,
              .operations_per_second = 0,
              .channels = 8},
     .about = "SATA solid-state drive"},
    {.name = "cloud-block",
     .disk = {.bytes_per_second = 180'000'000,
              .random_write = 700us,
              .read = 700us,
              .flush = 1200us,
              .operations_per_second = 3000,
              .channels = 16},
     .about = "network block device of a cloud, 3000 operations a second"},
    {.name = "hdd",
     .disk = {.bytes_per_second = 160'000'000,
              .random_write = 8ms,
              .read = 8ms,
              .flush = 12ms,
              .operations_per_second = 0,
              .channels = 1},
     .about = "one spinning disk"},
    {.name = "folklore",
     .disk = {.bytes_per_second = 600'000'000,
              .random_write = 40'960us,
              .read = 10ms,
              .flush = 10ms,
              .operations_per_second = 0,
              .channels = 1},
     .about = "the 600 MB/s against 100 KB/s that RocketMQ's literature quotes"},
}};

constexpr std::array<NetworkProfile, 2> networks{{
    {.name = "lan",
     .latency_median = 50us,
     .latency_p99 = 300us,
     .bytes_per_second = 1'250'000'000,
     .window = 256 * 1024,
     .socket_buffer = 128 * 1024,
     .about = "one data centre, 10 Gbit/s"},
    {.name = "gigabit",
     .latency_median = 50us,
     .latency_p99 = 300us,
     .bytes_per_second = 125'000'000,
     .window = 256 * 1024,
     .socket_buffer = 128 * 1024,
     .about = "one data centre, 1 Gbit/s: less than the sequential speed of a good disk"},
}};

template <class Profile>
const Profile* find(std::span<const Profile> profiles, std::string_view name) {
    for (const Profile& profile : profiles)
        if (profile.name == name) return &profile;
    return nullptr;
}

}  // namespace

std::span<const DiskProfile> disk_profiles() { return disks; }
std::span<const NetworkProfile> network_profiles() { return networks; }
const DiskProfile* find_disk_profile(std::string_view name) { return find(disk_profiles(), name); }
const NetworkProfile* find_network_profile(std::string_view name) { return find(network_profiles(), name); }

}  // namespace brokersim::scenario
