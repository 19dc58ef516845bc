#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace brokersim::live {

struct StoreFile;

/// How index files are divided: `slots` hash slots, then room for `entries` entries, of which the first is not used.
struct IndexDivision {
    std::int64_t slots;
    std::int64_t entries;
    bool fits;  // a file's content bears it out, or no file holds an entry that could
};

/// Finds the division of a store's index files; see read_layout. What is given is not looked for.
IndexDivision divide_index(const std::string& root, const std::vector<StoreFile>& files,
                           std::optional<std::int64_t> slots, std::optional<std::int64_t> entries);

}  // namespace brokersim::live
