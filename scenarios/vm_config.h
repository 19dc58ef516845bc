#pragma once

#include <cstdint>
#include <span>

#include "core/config.h"
#include "scenarios/scenario.h"
#include "sim/page_cache_spec.h"

/// The kernel's vm.* settings, and what becomes of them.
namespace brokersim::scenario {

/// The settings that are modelled, with the kernel's defaults. Bytes count instead of the ratio unless they are 0.
struct VmConfig {
    std::int64_t dirty_background_ratio = 10;
    std::int64_t dirty_background_bytes = 0;
    std::int64_t dirty_ratio = 20;
    std::int64_t dirty_bytes = 0;
    std::int64_t dirty_writeback_centisecs = 500;
    std::int64_t dirty_expire_centisecs = 3000;
    std::int64_t min_free_kbytes = -1;  // by the kernel's formula
};

std::span<const ConfigKey<VmConfig>> vm_config_keys();

/// The page cache of a machine of that hardware.
sim::PageCacheSpec page_cache_spec(const HardwareSpec& hardware, const VmConfig& vm);

}  // namespace brokersim::scenario
