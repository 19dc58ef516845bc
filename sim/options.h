#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "core/types.h"
#include "sim/disk_spec.h"
#include "sim/page_cache_spec.h"

/// What can be chosen about a simulated world, with the defaults of the LAN and the machine that the manual describes.
namespace brokersim::sim {

struct NetworkOptions {
    Duration latency_median{50'000};  // one way, log-normal; both zero: no latency
    Duration latency_p99{300'000};
    Duration loopback_latency{20'000};             // between nodes of one machine, constant, no bandwidth limit
    std::int64_t window_bytes = 256 << 10;         // in flight on one stream, not acknowledged
    std::int64_t socket_buffer_bytes = 128 << 10;  // waiting at the sender; beyond, a connection is not writable
    Duration retransmission_timeout{200'000'000};  // doubling, up to
    Duration retransmission_longest{120'000'000'000};
    Duration retransmission_give_up{924'600'000'000};  // then the stream breaks: Linux's 15 repetitions
    Duration connect_retry{1'000'000'000};             // first repetition of a lost SYN, doubling
};

/// How the time is told that files take.
enum class StorageModel : std::uint8_t {
    constant,  // by the constants of StorageOptions
    modelled,  // by a page cache and a disk for each machine
};

struct StorageOptions {
    StorageModel model = StorageModel::constant;
    // Of StorageModel::constant:
    Duration read_cost{0};   // I/O time owed for each read() of a mapping
    Duration write_cost{0};  // for each write()
    Duration flush_cost{50'000};
    std::int64_t flush_bytes_per_second = 2'000'000'000;
    // Of both:
    std::uint64_t limit_bytes = 8ULL << 30;  // pages really used by all files of the world; beyond, the run stops
    std::string keep_directory;              // not empty: files are real files below it (one folder for each node)

    /// How long the transfer of so many dirty bytes takes.
    Duration flush_transfer(std::uint64_t bytes) const {
        return Duration(static_cast<std::int64_t>(static_cast<unsigned __int128>(bytes) * 1'000'000'000 /
                                                  static_cast<std::uint64_t>(flush_bytes_per_second)));
    }
};

struct WorldOptions {
    NetworkOptions network;
    StorageOptions storage;
    Duration core_slice{1'000'000};             // longest piece of CPU time that a core gives at once
    bool shuffle_equal_times = false;           // events of one instant fire in an order drawn from the seed
    std::uint64_t livelock_limit = 1'000'000;   // events at one instant, beyond which the run stops
    bool check_unpaid = false;                  // assert that nobody reads what an unpaid handler wrote
    bool torn_writes = true;                    // a killed process leaves some part of its unpaid writes
    std::uint32_t buggify_places_ppm = 0;       // share of the places that are unlucky in this run
    std::uint32_t buggify_fires_ppm = 250'000;  // how often such a place is
};

struct MachineSpec {
    std::string name;  // "broker/0"; unique
    int cores = 4;
    std::uint64_t memory_bytes = 8ULL << 30;
    std::uint64_t disk_bytes = 1ULL << 50;  // for the files of each of its nodes
    Duration wall_skew{0};                  // added to the true wall time
    std::int64_t drift_ppm = 0;             // its monotonic clock gains so many microseconds a second; > -1,000,000
    std::int64_t nic_bits_per_second = 10'000'000'000;
    DiskSpec disk;  // with the page cache, where storage is modelled
    PageCacheSpec page_cache;
};

}  // namespace brokersim::sim
