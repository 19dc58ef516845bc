#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/host.h"

namespace brokersim::sim {

inline constexpr std::uint64_t page_size = 4096;

/// Where the bytes of a file lie in this process's memory.
struct Extent {
    std::byte* data = nullptr;
    std::uint64_t size = 0;  // whole pages
};

/// What backs the files of a world: anonymous memory in large segments (no system call and no mapping for each file),
/// or real files below a directory, one mapping each. Counts the pages that are really used, against a limit and
/// against what this computer has left; past it, full() tells the run to stop.
class Store {
public:
    /// `directory` empty: memory.
    Store(std::uint64_t limit_bytes, std::string directory);
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    bool keeps_files() const { return !directory_.empty(); }
    /// Real path of a file of a kept store.
    std::string real_path(const std::string& root, const std::string& path) const;

    /// Zero bytes for a file of `size` (> 0).
    FileResult<Extent> allocate(std::uint64_t size);
    /// Takes the extent back and frees its pages.
    void release(Extent extent);

    /// A new real file of `size` zero bytes, or one that exists, mapped. `limit`, `no_space`, `io`.
    FileResult<Extent> map_file(const std::string& real_path, std::uint64_t size, bool make);
    void unmap_file(Extent extent);

    /// More pages of some file were used for the first time, or freed.
    void count_pages(std::int64_t pages) {
        used_bytes_ += pages * static_cast<std::int64_t>(page_size);
        if (used_bytes_ > next_check_) check_room();
    }
    std::uint64_t used_bytes() const { return static_cast<std::uint64_t>(used_bytes_); }
    bool full() const { return full_; }

private:
    struct Segment {
        std::byte* data;
        std::uint64_t size;
        std::uint64_t used;
    };
    void check_room();
    bool add_segment(std::uint64_t at_least);

    std::int64_t limit_bytes_;
    std::string directory_;
    std::int64_t used_bytes_ = 0;
    std::int64_t next_check_ = 0;
    bool full_ = false;
    std::uint64_t mapped_files_ = 0;
    std::vector<Segment> segments_;
    std::map<std::uint64_t, std::vector<std::byte*>> free_extents_;  // by size; the most recent is used first
};

}  // namespace brokersim::sim
