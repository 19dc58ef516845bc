#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "scenarios/measures/measures.h"
#include "sim/disk.h"
#include "sim/page_cache.h"
#include "sim/world.h"

namespace brokersim::scenario {

/// What page caches and disks of some machines did during a run: page_cache.*, disk.* and broker.throttled_ms. Counts
/// are sums, peaks and ratios those of the machine that has the greatest; the hit ratio is that of all together.
/// Measures nothing where storage costs are constant.
class StorageMeters {
public:
    /// The machines that are measured, each once; to be said before begin().
    void watch(sim::Machine& machine);
    /// The load begins.
    void begin(std::int64_t now);
    /// A point of the series. To be called at equal distances.
    void sample();
    /// Adds what was measured until `now` (ns of the world).
    void finish(std::int64_t now, Metrics& metrics, std::map<std::string, Series>& series) const;

private:
    struct Watched {
        sim::Machine* machine;
        sim::PageCacheCounters cache;  // at the beginning
        sim::DiskCounters disk;
    };

    std::vector<Watched> machines_;
    std::set<std::uint32_t> numbers_;
    std::int64_t begun_ = 0;
    std::uint64_t uses_ = 0;  // at the last sample
    std::uint64_t misses_ = 0;
    Series hits_;   // millionths, of each step
    Series dirty_;  // bytes
};

}  // namespace brokersim::scenario
