#pragma once

#include <cstdint>
#include <expected>
#include <string>

namespace brokersim::live {

/// What stands below a directory, as the kernel tells it. Sizes in bytes; -1 where the kernel says nothing.
struct Place {
    std::string file_system;       // "ext4", or its number
    bool in_memory = false;        // tmpfs and the like: there is no disk
    bool layered = false;          // overlay: the disk is another file system's
    bool remote = false;           // the disk is another machine's, or a program's
    std::uint64_t free_bytes = 0;  // for this user
    std::int64_t readahead = -1;
};

/// Of the machine's memory.
struct MemoryFacts {
    std::int64_t total = -1;
    std::int64_t available = -1;
    std::int64_t background_ratio = -1;  // vm.dirty_*: percent; bytes are 0 where the ratio counts
    std::int64_t background_bytes = -1;
    std::int64_t hard_ratio = -1;
    std::int64_t hard_bytes = -1;

    /// How much may be dirty before a writer is blocked, about; -1 if that is not known.
    std::int64_t dirty_limit() const;
};

/// An error is a sentence with the directory and the reason.
std::expected<Place, std::string> look_at(const std::string& directory);
MemoryFacts read_memory_facts();

}  // namespace brokersim::live
