#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/store/delay_levels.h"
#include "live/store/opened_store.h"

namespace brokersim::live {

struct DumpOptions {
    store::DelayLevels delay_levels;
    std::function<void(std::string_view piece)> out;       // lines with their ends; a long one comes in pieces
    std::function<void(const std::string& text)> warning;  // what could not be read
};

/// Every record and end-of-file marker in the log's order (`msg`, `blank`), every queue with its units (`cq`), the
/// headers of the index files (`indexFile`). False if something could not be read.
bool dump_all(OpenedStore& store, const DumpOptions& options);

/// The records of one queue in its order, then its `cq` line.
bool dump_queue(OpenedStore& store, const OpenedStore::Queue& queue, const DumpOptions& options);

/// The records that stand in the index under `key` ("topic#key") and have that key, newest first, each once. `slots`
/// is the number of hash slots of the index files.
bool dump_key(OpenedStore& store, const std::string& key, std::int64_t slots, const DumpOptions& options);

}  // namespace brokersim::live
