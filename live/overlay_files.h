#pragma once

#include <map>

#include "live/directory_files.h"

namespace brokersim::live {

/// The files of a real directory as they would be after changes that are never made: every write, creation and removal
/// is kept in memory and forgotten with this object, and the directory is only read. What a dry run works on.
class OverlayFiles final : public Files {
public:
    OverlayFiles(TaskLoop& loop, std::string root) : loop_(loop), below_(loop, std::move(root)) {}

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
    DiskUsage disk_usage() const override { return below_.disk_usage(); }

    enum class Kind : std::uint8_t { created, removed, resized, rewritten };
    struct Change {
        std::string path;
        Kind kind;
        std::uint64_t size = 0;  // of the file as it would be; of a removed one, as it is
        std::uint64_t from = 0;  // of what would be rewritten: first byte that differs ...
        std::uint64_t to = 0;    // ... and the one behind the last
        bool operator==(const Change&) const = default;
    };
    /// What would have to be done to the directory, by path. Files whose bytes are what they were are left out.
    FileResult<std::vector<Change>> changes();

private:
    struct Entry {
        FileRegionPtr region;  // null: an empty file, if it is there at all
        bool there = true;
        bool replaced = false;  // the region does not map the file that lies below
        std::uint64_t size() const { return region == nullptr ? 0 : region->size(); }
    };
    /// The file as it is here; null if it is not there. Maps one from below when `touch` is set.
    FileResult<Entry*> find(const std::string& path, bool touch);
    bool there(const std::string& path);
    FileResult<FileRegionPtr> copy(const std::string& path, std::uint64_t size);

    TaskLoop& loop_;
    DirectoryFiles below_;
    std::map<std::string, Entry> entries_;  // what was touched
};

}  // namespace brokersim::live
