#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/reader.h"

/// What commands that run scenarios have in common: the files, variants and seeds that the user names.
namespace brokersim::cli {

struct Seeds {
    std::uint64_t first = 0;
    std::uint64_t last = 0;  // included
};

/// "A..B"; prints what is wrong, and gives nothing, if it is something else.
std::optional<Seeds> read_seeds(const std::string& text);

/// The variants of a file that the user asked for by `names` (all, if there are none), with the keys `sets` overridden.
/// Prints what is wrong with file or names, and warnings.
std::optional<std::vector<scenario::Variant>> read_variants(const std::string& path,
                                                            const std::vector<std::string>& sets,
                                                            const std::vector<std::string>& names);

}  // namespace brokersim::cli
