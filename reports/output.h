#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace brokersim::report {

/// Writes a file, making its directories; the reason if it cannot.
std::optional<std::string> write_file(const std::string& path, const std::string& content);
/// Reads a file of at most `most` bytes, or says why not (`error`).
std::optional<std::string> read_file(const std::string& path, std::size_t most, std::string& error);
/// `name` as part of a file name: letters, digits, '-', '_' and '.' stay, everything else becomes '-'.
std::string file_name_of(const std::string& name);
/// The same with the seed.
std::string file_name_of(const std::string& name, std::uint64_t seed);

}  // namespace brokersim::report
