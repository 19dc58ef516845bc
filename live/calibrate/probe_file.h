#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <utility>

namespace brokersim::live {

/// A file for measuring. It has no name from its first moment on: whatever ends the process, its room is free again.
/// Errors are sentences' ends with the path and the reason.
class ProbeFile {
public:
    /// A new, empty file in `directory`.
    static std::expected<ProbeFile, std::string> make(const std::string& directory);
    ~ProbeFile();
    ProbeFile(ProbeFile&& other) noexcept
        : fd_(std::exchange(other.fd_, -1)), direct_(std::exchange(other.direct_, -1)), size_(other.size_) {}
    ProbeFile(const ProbeFile&) = delete;
    ProbeFile& operator=(const ProbeFile&) = delete;
    ProbeFile& operator=(ProbeFile&&) = delete;

    int fd() const { return fd_; }
    /// The same file past the page cache (O_DIRECT); -1 where that is not possible.
    int direct() const { return direct_; }
    std::uint64_t size() const { return size_; }
    void set_size(std::uint64_t bytes) { size_ = bytes; }
    std::uint64_t pages() const { return size_ / page; }

    /// Writes what is dirty and asks the kernel to forget the pages. Returns how many of 1000 are still in memory.
    std::expected<std::int64_t, std::string> drop() const;

    static constexpr std::uint64_t page = 4096;

private:
    ProbeFile(int fd, int direct) : fd_(fd), direct_(direct) {}

    int fd_;
    int direct_;
    std::uint64_t size_ = 0;
};

/// A mapping of the first `bytes` of a file, MAP_SHARED.
class ProbeMapping {
public:
    static std::expected<ProbeMapping, std::string> make(const ProbeFile& file, std::uint64_t bytes);
    ~ProbeMapping();
    ProbeMapping(ProbeMapping&& other) noexcept : at_(std::exchange(other.at_, nullptr)), bytes_(other.bytes_) {}
    ProbeMapping(const ProbeMapping&) = delete;
    ProbeMapping& operator=(const ProbeMapping&) = delete;
    ProbeMapping& operator=(ProbeMapping&&) = delete;

    volatile std::byte* at() const { return static_cast<std::byte*>(at_); }
    void* start() const { return at_; }
    std::uint64_t bytes() const { return bytes_; }

private:
    ProbeMapping(void* at, std::uint64_t bytes) : at_(at), bytes_(bytes) {}

    void* at_;
    std::uint64_t bytes_;
};

/// "what: " and what errno says now.
std::string errno_text(const std::string& what);

}  // namespace brokersim::live
