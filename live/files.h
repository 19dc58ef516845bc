#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/host.h"
#include "live/file_region.h"

/// The file part of core/host.h, without time: what FileHost hands its calls to.
namespace brokersim::live {

/// The files below one directory, by paths relative to it. Each call's errors are those of the call of Host with its
/// name. A path that leads out of the directory ("..", absolute) is refused with `io`.
class Files {
public:
    virtual ~Files() = default;
    virtual FileResult<std::vector<FileInfo>> list(const std::string& directory) = 0;
    virtual FileResult<MappedRegionPtr> map(const std::string& path) = 0;
    virtual FileResult<MappedRegionPtr> create(const std::string& path, std::uint64_t size) = 0;
    virtual FileResult<void> remove(const std::string& path) = 0;
    virtual FileResult<void> rename(const std::string& from, const std::string& to) = 0;
    virtual FileResult<void> set_length(const std::string& path, std::uint64_t size) = 0;
    virtual FileResult<std::string> read_file(const std::string& path) = 0;
    virtual FileResult<void> write_file(const std::string& path, std::string_view content) = 0;
    virtual FileResult<WallTime> modified_time(const std::string& path) = 0;
    /// fsync of a file or of a directory.
    virtual FileResult<void> sync(const std::string& path) = 0;
    virtual DiskUsage disk_usage() const = 0;
};

/// Refuses a path that leads out of the root.
FileResult<void> require_within(const std::string& path);

}  // namespace brokersim::live
