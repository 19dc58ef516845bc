#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "live/calibrate/disk_probes.h"

/// Measurements of what work on memory costs: page faults on a mapping of a file, and the store's own code.
namespace brokersim::live {

struct FaultCosts {
    Spread minor;           // ns: first touch of a page that is in memory; its neighbours are mapped with it
    Spread fresh;           // ns: first write to a page of a new file
    Spread write;           // ns: first write to a page that is in memory, clean, and on the disk
    Spread major;           // ns: first touch of a page that is not in memory
    std::int64_t kept = 0;  // of 1000 pages, that the kernel would not forget before `major` was measured
};
/// The first two on the first 64 MiB of the file at most.
Probed<FaultCosts> touch_mapping(const ProbeFile& file, const Pace& pace);

struct StoreWork {          // CPU time
    Spread crc_per_kib;     // ns
    Spread append;          // ns of a message without a body, in warm pages, lock and host's work not counted
    Spread append_per_kib;  // ns for each KiB of body more
};
/// Runs the store's own checksum and CommitLog over memory. `directory` is only looked at.
StoreWork run_store(const std::string& directory, const Pace& pace);

}  // namespace brokersim::live
