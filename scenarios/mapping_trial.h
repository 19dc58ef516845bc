#pragma once

#include <cstdint>
#include <vector>

#include "scenarios/figures.h"
#include "sim/page_cache_spec.h"

/// What the model says of one thread that touches a mapping of a file: a machine of a simulated world with such
/// figures, its disk and its page cache. What `brokersim calibrate` compares the machine with.
namespace brokersim::scenario {

struct TrialMachine {
    Figures figures;
    std::uint64_t memory_bytes = 8ULL << 30;
    sim::PageCacheSpec cache;  // its faults cost what the figures say, if they do
};

/// Each page of a file of `bytes` that is on the disk only, from the first to the last.
Duration touch_in_order(const TrialMachine& machine, std::uint64_t bytes);
/// These pages of such a file; it is not read ahead.
Duration touch_at_random(const TrialMachine& machine, std::uint64_t bytes, const std::vector<std::uint64_t>& pages);
/// Fills a new file in pieces, and flushes each `flush_every` bytes when they are there; 0: never.
Duration append(const TrialMachine& machine, std::uint64_t bytes, std::uint64_t piece, std::uint64_t flush_every);

}  // namespace brokersim::scenario
