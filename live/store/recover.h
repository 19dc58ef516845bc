#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "core/store/store_config.h"
#include "live/store/layout.h"

namespace brokersim::live {

/// What a recovery does to one file.
struct RecoveryStep {
    std::string path;
    std::string what;
};

struct RecoveryReport {
    bool needed = false;  // false: the store is as a broker leaves it; nothing was or would be done
    std::string why;      // what the store looked like
    std::int64_t log_begin = 0;
    std::int64_t log_end = 0;
    std::vector<RecoveryStep> steps;  // by path
};

/// Opens a store as RocketMQ's broker does after an orderly exit or, with `abort` there, after a crash, and closes it
/// in order. What lies behind the ends of log and queues then is overwritten with zeros: the real broker leaves it
/// there for the next crash to find. The abort file is gone at the end and everything is forced to the disk.
///
/// The whole of it is done on an overlay first, which tells the steps and whether the store can be opened at all; a
/// `dry_run` ends there. Otherwise the files are made what they are in the overlay, the abort file last: whatever
/// interrupts that leaves a store that is recovered again. Memory holds what is written anew. The error says why the
/// store was refused (nothing has changed then) or what failed.
std::expected<RecoveryReport, std::string> recover(const StoreLayout& layout, const store::StoreConfig& config,
                                                   bool dry_run);

}  // namespace brokersim::live
