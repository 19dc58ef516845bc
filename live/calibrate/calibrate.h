#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "live/calibrate/disk_probes.h"
#include "live/calibrate/memory_probes.h"
#include "live/calibrate/place.h"

/// Measuring this machine: its disk, its page faults, and what the store's work costs here.
namespace brokersim::live {

struct CalibrationOptions {
    std::string directory;                            // on the disk that is to be measured
    std::uint64_t bytes = 1 << 30;                    // of the one file that is made
    std::int64_t ns = 60'000'000'000;                 // for all measurements together, about
    std::function<void(std::string_view step)> tick;  // called many times a second; may throw to end everything
};

struct Measured {
    Place place;
    MemoryFacts memory;
    bool direct = false;  // whether random writes went past the page cache
    Throughput sequential_write;
    SyncedWrites random_write;
    std::int64_t kept = 0;  // of 1000 pages, that the kernel would not forget before reads were measured
    Spread random_read;
    struct AtOnce {
        int threads;
        std::int64_t reads_per_second;
    };
    std::vector<AtOnce> at_once;
    Throughput sequential_read;
    FaultCosts faults;
    StoreWork store;

    /// Reads that the disk works on at a time: the most that it did in a second by the time of one.
    int channels() const;
};

struct CalibrationError {
    std::string what;
    bool unusable = false;  // of the directory that was given: nothing was measured
};

/// Makes one file without a name, fills it, and measures. Refuses a directory that is in memory, or has less than twice
/// the room.
std::expected<Measured, CalibrationError> calibrate(const CalibrationOptions& options);

}  // namespace brokersim::live
