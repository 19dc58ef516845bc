#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "live/calibrate/probe_file.h"
#include "live/calibrate/spread.h"
#include "live/calibrate/stopwatch.h"

/// Measurements of the disk below a file. Each ends when its pace says so, or when it has gone once over the file.
/// Errors are the kernel's.
namespace brokersim::live {

template <class T>
using Probed = std::expected<T, std::string>;

/// How fast many bytes pass: the second half of them, for many disks are faster for a while; and the pieces of all.
struct Throughput {
    std::int64_t bytes_per_second = 0;
    std::int64_t at_first = 0;  // bytes a second of the first half
    std::uint64_t bytes = 0;
    std::int64_t ns = 0;
    Spread pieces;  // ns for each 16 MiB
};

/// Writes up to `bytes` from the file's beginning on, at least 16 MiB (or `bytes`): by write(), with writeback of each
/// 8 MiB begun at once and no more than 32 MiB under way, so that the page cache hides nothing. Sets the file's size.
Probed<Throughput> write_sequentially(ProbeFile& file, std::uint64_t bytes, const Pace& pace);
/// Reads the file, which should be cold, with the kernel's readahead.
Probed<Throughput> read_sequentially(const ProbeFile& file, const Pace& pace);

struct SyncedWrites {
    Spread write;  // ns of 4 KiB until it is with the device
    Spread flush;  // ns of the fdatasync() behind it: the barrier
};
/// Overwrites pages here and there, past the page cache where that is possible, each with an fdatasync() behind it.
Probed<SyncedWrites> write_at_random(const ProbeFile& file, const Pace& pace);

/// Reads pages here and there, none twice; the file should be cold. ns of each.
Probed<Spread> read_at_random(const ProbeFile& file, const Pace& pace);
/// The same from many threads at once: reads a second of all of them.
Probed<std::int64_t> read_at_once(const ProbeFile& file, int threads, std::int64_t ns);

/// All pages of the file in no order, always the same.
std::vector<std::uint64_t> scattered_pages(const ProbeFile& file);

}  // namespace brokersim::live
