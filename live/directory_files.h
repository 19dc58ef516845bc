#pragma once

#include "live/files.h"

namespace brokersim::live {

/// The files of a real directory, changed in place.
class DirectoryFiles final : public Files {
public:
    DirectoryFiles(TaskLoop& loop, std::string root) : loop_(loop), root_(std::move(root)) {}

    FileResult<std::vector<FileInfo>> list(const std::string& directory) override;
    FileResult<MappedRegionPtr> map(const std::string& path) override;
    FileResult<MappedRegionPtr> create(const std::string& path, std::uint64_t size) override;
    FileResult<void> remove(const std::string& path) override;
    FileResult<void> rename(const std::string& from, const std::string& to) override;
    FileResult<void> set_length(const std::string& path, std::uint64_t size) override;
    FileResult<std::string> read_file(const std::string& path) override;
    FileResult<void> write_file(const std::string& path, std::string_view content) override;
    FileResult<WallTime> modified_time(const std::string& path) override;
    FileResult<void> sync(const std::string& path) override;
    DiskUsage disk_usage() const override;

    /// The file as the system knows it.
    std::string real(const std::string& path) const { return root_ + "/" + path; }

private:
    /// Makes the directories above a file.
    FileResult<void> make_parents(const std::string& path);

    TaskLoop& loop_;
    std::string root_;
};

}  // namespace brokersim::live
