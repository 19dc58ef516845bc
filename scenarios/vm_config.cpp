#include "scenarios/vm_config.h"

#include <array>

namespace brokersim::scenario {
namespace {

using Key = ConfigKey<VmConfig>;
constexpr std::int64_t most_bytes = 4LL << 40;
constexpr std::array<Key, 12> keys{{
    {"dirty_background_ratio", &VmConfig::dirty_background_ratio, 0, 100},
    {"dirty_background_bytes", &VmConfig::dirty_background_bytes, 0, most_bytes},
    {"dirty_ratio", &VmConfig::dirty_ratio, 0, 100},
    {"dirty_bytes", &VmConfig::dirty_bytes, 0, most_bytes},
    {"dirty_writeback_centisecs", &VmConfig::dirty_writeback_centisecs, 0, 8'640'000},
    {"dirty_expire_centisecs", &VmConfig::dirty_expire_centisecs, 0, 8'640'000},
    {"min_free_kbytes", &VmConfig::min_free_kbytes, 0, most_bytes / 1024},
    {"swappiness"},
    {"extra_free_kbytes"},
    {"overcommit_memory"},
    {"max_map_count"},
    {"drop_caches"},
}};

constexpr Duration centisecond{10'000'000};

}  // namespace

std::span<const Key> vm_config_keys() { return keys; }

sim::PageCacheSpec page_cache_spec(const HardwareSpec& hardware, const VmConfig& vm) {
    const sim::PageCacheSpec usual;
    return {.granule = static_cast<std::uint64_t>(hardware.cache_page),
            .other_bytes = static_cast<std::uint64_t>(hardware.heap),
            .background_ratio = vm.dirty_background_ratio,
            .background_bytes = vm.dirty_background_bytes,
            .hard_ratio = vm.dirty_ratio,
            .hard_bytes = vm.dirty_bytes,
            .wake_interval = centisecond * vm.dirty_writeback_centisecs,
            .expire = centisecond * vm.dirty_expire_centisecs,
            .min_free_bytes = vm.min_free_kbytes < 0 ? -1 : vm.min_free_kbytes * 1024,
            .readahead_bytes = static_cast<std::uint64_t>(hardware.readahead),
            .stable_pages = hardware.stable_pages,
            .minor_fault = hardware.costs.minor_fault.value_or(usual.minor_fault),
            .write_fault = hardware.costs.write_fault.value_or(usual.write_fault)};
}

}  // namespace brokersim::scenario
