#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/store/store_config.h"
#include "tests/support/bare_host.h"

/// Store directories that the real Java store wrote, and what it read back from them (tests/vectors/store/README.md).
namespace brokersim::store::testing {

struct StoreVector {
    std::string name;
    std::map<std::string, std::string> files;  // paths within the store
    std::vector<nlohmann::json> lines;         // of the real store's dump
    StoreConfig config;                        // with the sizes that it was written with

    /// The dump's lines of one kind, in order.
    std::vector<nlohmann::json> of(const std::string& kind) const;
    nlohmann::json one(const std::string& kind) const { return of(kind).at(0); }
};

/// `dump` is "expected" or "recovered".
StoreVector load_vector(const std::string& name, const std::string& dump);

/// Puts the files into a node's root.
void copy_into(const StoreVector& vector, Host& host);

/// The node's files whose path begins with `prefix`, by path.
std::map<std::string, std::string> files_under(Host& host, const std::string& prefix);

/// Names of the files in a directory, sorted.
std::vector<std::string> names_in(Host& host, const std::string& directory);

/// Paths of files that are in one of both only, or differ.
std::vector<std::string> differing(const std::map<std::string, std::string>& a,
                                   const std::map<std::string, std::string>& b);

}  // namespace brokersim::store::testing
