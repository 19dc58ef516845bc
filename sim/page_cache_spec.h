#pragma once

#include <cstdint>

#include "core/types.h"

namespace brokersim::sim {

/// What can be chosen about a machine's page cache; the kernel's own defaults.
struct PageCacheSpec {
    std::uint64_t granule = 4096;           // bytes of one page of the model: a power of two from 4 KiB to 64 KiB
    std::uint64_t other_bytes = 0;          // memory of processes (heap, direct memory), which the cache cannot have
    std::int64_t background_ratio = 10;     // vm.dirty_background_ratio, percent of what can be dirty
    std::int64_t background_bytes = 0;      // vm.dirty_background_bytes; counts instead of the ratio unless 0
    std::int64_t hard_ratio = 20;           // vm.dirty_ratio
    std::int64_t hard_bytes = 0;            // vm.dirty_bytes
    Duration wake_interval{5'000'000'000};  // vm.dirty_writeback_centisecs; 0: the flusher never wakes by itself
    Duration expire{30'000'000'000};        // vm.dirty_expire_centisecs
    std::int64_t min_free_bytes = -1;       // vm.min_free_kbytes; -1: by the kernel's formula
    std::uint64_t readahead_bytes = 128 << 10;  // read_ahead_kb; one page or less turns it off
    bool stable_pages = false;                  // a write to a page under writeback waits for its end
    Duration minor_fault{500};                  // the page is there and has to be mapped, with its neighbours
    Duration write_fault{500};                  // the same to write to it, or to a new one
    Duration removal_of_gib{100'000'000};       // disk time that the journal takes to free 1 GiB that lay on the disk

    bool operator==(const PageCacheSpec&) const = default;
};

}  // namespace brokersim::sim
