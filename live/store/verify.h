#pragma once

#include <cstdint>
#include <functional>

#include "core/store/delay_levels.h"
#include "live/store/findings.h"
#include "live/store/layout.h"

namespace brokersim::live {

struct VerifyCounts {
    std::int64_t log_files = 0;
    std::int64_t log_bytes = 0;  // up to the end of the last record
    std::int64_t records = 0;
    std::int64_t end_markers = 0;
    std::int64_t queues = 0;
    std::int64_t units = 0;
    std::int64_t index_files = 0;
    std::int64_t entries = 0;
    std::int64_t configs = 0;
    std::int64_t problems = 0;
};

struct VerifyOptions {
    store::DelayLevels delay_levels;
    /// Told now and then how many of how many bytes have been read; may throw to stop. May be empty.
    std::function<void(std::int64_t done, std::int64_t all)> progress;
};

/// Checks everything that the files of a store say of each other, reading each once, never writing:
///
/// - names and sizes (from the layout);
/// - the log: each record's magic, size, parts, own position, body checksum, record checksum if it has one; end-of-file
///   markers; that only zeros follow the last record;
/// - consume queues: each record of the log has its unit (position, size, tags code) at its queue offset, queue offsets
///   have no holes, and there are no units that no record stands behind (but those of records that were deleted);
/// - index files: each record's keys have their entries, in the log's order, with hash and time; slots and links; the
///   header. A store without index files has none to check;
/// - checkpoint, JSON of the config files; that there is no abort file.
///
/// The log is read in order and leads: units and entries lie in the same order as records, so they are compared as in a
/// merge. Memory holds windows, a few numbers for each queue, and the slots of one index file: nothing that grows with
/// the number of messages. What no checksum covers can't be checked (a record without record checksum: flags, hosts,
/// born time, user properties).
VerifyCounts verify(const StoreLayout& layout, const VerifyOptions& options, Findings& findings);

}  // namespace brokersim::live
