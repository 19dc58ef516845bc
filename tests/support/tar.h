#pragma once

#include <map>
#include <string>

namespace brokersim::testing {

/// The regular files of a ustar archive that was compressed with gzip, by path as it stands in the archive. Throws
/// std::runtime_error if the file is not there or is no such archive.
std::map<std::string, std::string> read_tar_gz(const std::string& path);

/// A file's content, inflated if it is compressed with gzip. Throws std::runtime_error if it cannot be read.
std::string read_gz(const std::string& path);

}  // namespace brokersim::testing
