#pragma once

#include <chrono>
#include <cstdint>

#include "core/types.h"

namespace brokersim::sim {

/// What an operation of the size that the two random figures are given for transfers.
inline constexpr std::int64_t random_operation_bytes = 4096;

/// The figures of one disk.
struct DiskSpec {
    std::int64_t bytes_per_second = 2'000'000'000;  // sequential, shared by all channels; > 0
    Duration random_write{60'000};                  // an operation of 4 KiB that does not begin where another of its
                                                    // stream ended, transfer included
    Duration read{90'000};                          // the same for reads
    Duration flush{50'000};                         // the barrier alone
    std::int64_t operations_per_second = 0;         // of reads and writes: a token bucket; 0: no cap
    int channels = 32;                              // operations that are under way at once; > 0
    std::int64_t read_bytes_per_second = 0;         // sequential, where it is not that of writes; 0: it is

    std::int64_t bytes_read_per_second() const {
        return read_bytes_per_second == 0 ? bytes_per_second : read_bytes_per_second;
    }
    bool operator==(const DiskSpec&) const = default;
};

}  // namespace brokersim::sim
