#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "live/store/layout.h"

/// A file that was cut short and is the only one of its kind looks like one of a smaller size. What it was configured
/// with stands nowhere, but its content may tell.
namespace brokersim::live {

/// Why the only file of a log must have been longer; nothing if it need not have been. Files hold whole records, at
/// least 8 bytes of each are left for the marker at its end, and the marker tells how many are. A cut behind all
/// records leaves no trace but an odd size, and loses nothing.
std::optional<std::string> sign_of_cut_log(const std::string& root, const StoreFile& file);

/// Why the only file of all queues must have been longer: it is full to its end, and the log has the next message of
/// the queue, for which there would be another file.
std::optional<std::string> sign_of_cut_queue(const std::string& root, const std::vector<StoreFile>& log,
                                             const StoreQueue& queue);

}  // namespace brokersim::live
