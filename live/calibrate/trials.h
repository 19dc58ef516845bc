#pragma once

#include <cstdint>
#include <string>

#include "live/calibrate/disk_probes.h"

/// Small pieces of work that the model does too: one thread that touches a mapping of a file, as a broker does. Each
/// gives the ns that it took.
namespace brokersim::live {

/// Touches each page of the file from the first to the last; the kernel reads ahead. The file is dropped before.
Probed<std::int64_t> touch_in_order(const ProbeFile& file, const Pace& pace);

/// Touches `count` pages here and there, none twice, of a mapping that is advised to be random. The file is dropped
/// before.
Probed<std::int64_t> touch_at_random(const ProbeFile& file, std::uint64_t count, const Pace& pace);

/// Fills a new file of `bytes` through its mapping, in pieces of 64 KiB, and forces each `flush_every` bytes to the
/// disk (msync) when they are there; 0: never, and what is left for the kernel to write does not count.
Probed<std::int64_t> append(const std::string& directory, std::uint64_t bytes, std::uint64_t flush_every,
                            const Pace& pace);

/// Page numbers of touch_at_random.
std::vector<std::uint64_t> random_pages(const ProbeFile& file, std::uint64_t count);

inline constexpr std::uint64_t append_piece = 64 << 10;

}  // namespace brokersim::live
