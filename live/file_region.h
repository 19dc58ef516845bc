#pragma once

#include <string>

#include "core/host.h"
#include "live/task_loop.h"

namespace brokersim::live {

/// What becomes of writes into a mapping.
enum class Writes : std::uint8_t {
    kept,       // MAP_SHARED: they reach the file, and flush() forces them to the disk
    discarded,  // MAP_PRIVATE: the mapping alone sees them; the file is opened for reading only
};

/// A file of a real directory, mapped whole. The descriptor is closed after mapping. A page that the disk cannot give
/// raises SIGBUS, as every mapping does: who must survive that reads with read(2).
class FileRegion final : public MappedRegion {
public:
    /// Maps the file at `path` (as the system knows it). Errors as Host::map.
    static FileResult<boost::intrusive_ptr<FileRegion>> map(TaskLoop& loop, const std::string& path, Writes writes);
    /// `size` zero bytes (> 0) that belong to no file; writes are discarded with them.
    static FileResult<boost::intrusive_ptr<FileRegion>> zeros(TaskLoop& loop, std::uint64_t size);
    ~FileRegion() override;
    FileRegion(const FileRegion&) = delete;
    FileRegion& operator=(const FileRegion&) = delete;

    std::uint64_t size() const override { return size_; }
    std::span<const std::byte> read(std::uint64_t offset, std::uint64_t length) override;
    std::span<std::byte> write(std::uint64_t offset, std::uint64_t length) override;
    void flush(std::uint64_t offset, std::uint64_t length, Callback<void(FileResult<void>)> done) override;

    /// Everything that was ever asked for to be written lies in [written_from, written_to).
    std::uint64_t written_from() const { return written_from_; }
    std::uint64_t written_to() const { return written_to_; }

private:
    FileRegion(TaskLoop& loop, std::string path, std::byte* at, std::uint64_t size, Writes writes)
        : loop_(loop), path_(std::move(path)), at_(at), size_(size), writes_(writes) {}
    void require_inside(std::uint64_t offset, std::uint64_t length) const;

    TaskLoop& loop_;
    std::string path_;
    std::byte* at_;
    std::uint64_t size_;
    Writes writes_;
    std::uint64_t written_from_ = UINT64_MAX;
    std::uint64_t written_to_ = 0;
};
using FileRegionPtr = boost::intrusive_ptr<FileRegion>;

}  // namespace brokersim::live
