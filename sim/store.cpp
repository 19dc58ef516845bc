#include "sim/store.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "core/check.h"

namespace brokersim::sim {
namespace {

constexpr std::uint64_t segment_size = 64ULL << 30;  // of address space; pages come when they are touched
constexpr std::int64_t check_step = 64LL << 20;
constexpr std::int64_t spare_memory = 256LL << 20;   // left for everything else
constexpr std::uint64_t most_mapped_files = 60'000;  // vm.max_map_count is 65,530

/// Memory that this computer can still give, in bytes (Linux: MemAvailable).
std::int64_t available_memory() {
    std::ifstream info("/proc/meminfo");
    std::string key;
    std::int64_t kib = 0;
    for (std::string rest; info >> key >> kib; std::getline(info, rest))
        if (key == "MemAvailable:") return kib * 1024;
    return INT64_MAX;
}

std::int64_t available_disk(const std::string& directory) {
    struct statvfs stats{};
    if (::statvfs(directory.c_str(), &stats) != 0) return INT64_MAX;
    return static_cast<std::int64_t>(stats.f_bavail * stats.f_frsize);
}

std::uint64_t whole_pages(std::uint64_t size) { return (size + page_size - 1) / page_size * page_size; }

FileError system_error(FileErrorCode code, const std::string& what) {
    return {code, what + ": " + std::strerror(errno)};
}

/// Maps the whole of `descriptor` and closes it.
std::byte* map_and_close(int descriptor, std::uint64_t size) {
    void* data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, descriptor, 0);
    const int error = errno;
    ::close(descriptor);
    errno = error;
    return data == MAP_FAILED ? nullptr : static_cast<std::byte*>(data);
}

}  // namespace

Store::Store(std::uint64_t limit_bytes, std::string directory)
    : limit_bytes_(static_cast<std::int64_t>(limit_bytes)), directory_(std::move(directory)) {}

Store::~Store() {
    for (const Segment& segment : segments_) ::munmap(segment.data, segment.size);
}

std::string Store::real_path(const std::string& root, const std::string& path) const {
    return directory_ + "/" + root + "/" + path;
}

FileResult<Extent> Store::allocate(std::uint64_t size) {
    const std::uint64_t bytes = whole_pages(size);
    if (auto found = free_extents_.find(bytes); found != free_extents_.end() && !found->second.empty()) {
        std::byte* data = found->second.back();
        found->second.pop_back();
        return Extent{data, bytes};
    }
    if (segments_.empty() || segments_.back().size - segments_.back().used < bytes)
        if (!add_segment(bytes)) return std::unexpected(system_error(FileErrorCode::limit, "no address space left"));
    Segment& segment = segments_.back();
    std::byte* data = segment.data + segment.used;
    segment.used += bytes;
    return Extent{data, bytes};
}

bool Store::add_segment(std::uint64_t at_least) {
    for (std::uint64_t size = std::max(segment_size, at_least);; size = std::max(size / 4, at_least)) {
        void* data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (data != MAP_FAILED) {
            segments_.push_back({static_cast<std::byte*>(data), size, 0});
            return true;
        }
        if (size == at_least) return false;
    }
}

void Store::release(Extent extent) {
    if (::madvise(extent.data, extent.size, MADV_DONTNEED) != 0) std::memset(extent.data, 0, extent.size);
    free_extents_[extent.size].push_back(extent.data);
}

FileResult<Extent> Store::map_file(const std::string& real_path, std::uint64_t size, bool make) {
    if (mapped_files_ >= most_mapped_files)
        return std::unexpected(FileError{FileErrorCode::limit, real_path + ": too many mapped files"});
    const int descriptor = ::open(real_path.c_str(), O_RDWR | O_CLOEXEC | (make ? O_CREAT | O_EXCL : 0), 0644);
    if (descriptor < 0) return std::unexpected(system_error(FileErrorCode::io, real_path));
    if (make && ::ftruncate(descriptor, static_cast<off_t>(size)) != 0) {
        const auto error = system_error(errno == ENOSPC ? FileErrorCode::no_space : FileErrorCode::io, real_path);
        ::close(descriptor);
        return std::unexpected(error);
    }
    if (size == 0) {
        ::close(descriptor);
        return Extent{};
    }
    std::byte* data = map_and_close(descriptor, size);
    if (data == nullptr) return std::unexpected(system_error(FileErrorCode::limit, real_path));
    ++mapped_files_;
    return Extent{data, whole_pages(size)};
}

void Store::unmap_file(Extent extent) {
    ::munmap(extent.data, extent.size);
    --mapped_files_;
}

void Store::check_room() {
    const std::int64_t left = keeps_files() ? available_disk(directory_) : available_memory();
    if (used_bytes_ > limit_bytes_ || left < spare_memory) full_ = true;
    next_check_ = std::min(used_bytes_ + check_step, std::max(limit_bytes_, used_bytes_));
}

}  // namespace brokersim::sim
