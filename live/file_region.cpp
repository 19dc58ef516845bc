#include "live/file_region.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "live/system_error.h"

namespace brokersim::live {
namespace {

constexpr std::uint64_t page = 4096;

class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() {
        if (number_ >= 0) close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return number_; }

private:
    int number_;
};

}  // namespace

FileResult<FileRegionPtr> FileRegion::map(TaskLoop& loop, const std::string& path, Writes writes) {
    const bool kept = writes == Writes::kept;
    const Descriptor file(open(path.c_str(), (kept ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK));
    struct stat about{};
    if (file.number() < 0 || fstat(file.number(), &about) != 0) return std::unexpected(system_error(path));
    if (!S_ISREG(about.st_mode)) return std::unexpected(FileError{FileErrorCode::io, path + ": no regular file"});
    if (about.st_size == 0) return std::unexpected(FileError{FileErrorCode::wrong_size, path + ": empty"});
    const auto size = static_cast<std::uint64_t>(about.st_size);
    void* at =
        mmap(nullptr, size, PROT_READ | PROT_WRITE, kept ? MAP_SHARED : MAP_PRIVATE | MAP_NORESERVE, file.number(), 0);
    if (at == MAP_FAILED) return std::unexpected(system_error(path));
    return FileRegionPtr(new FileRegion(loop, path, static_cast<std::byte*>(at), size, writes));
}

FileResult<FileRegionPtr> FileRegion::zeros(TaskLoop& loop, std::uint64_t size) {
    void* at = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) return std::unexpected(system_error("memory"));
    return FileRegionPtr(new FileRegion(loop, "memory", static_cast<std::byte*>(at), size, Writes::discarded));
}

FileRegion::~FileRegion() { munmap(at_, size_); }

void FileRegion::require_inside(std::uint64_t offset, std::uint64_t length) const {
    BROKERSIM_CHECK(offset <= size_ && length <= size_ - offset, "{}+{} of {} bytes in {}", offset, length, size_,
                    path_);
}

std::span<const std::byte> FileRegion::read(std::uint64_t offset, std::uint64_t length) {
    require_inside(offset, length);
    return {at_ + offset, length};
}

std::span<std::byte> FileRegion::write(std::uint64_t offset, std::uint64_t length) {
    require_inside(offset, length);
    if (length > 0) {
        written_from_ = std::min(written_from_, offset);
        written_to_ = std::max(written_to_, offset + length);
    }
    return {at_ + offset, length};
}

void FileRegion::flush(std::uint64_t offset, std::uint64_t length, Callback<void(FileResult<void>)> done) {
    require_inside(offset, length);
    FileResult<void> result;
    if (writes_ == Writes::kept && length > 0) {
        const std::uint64_t from = offset / page * page;
        if (msync(at_ + from, offset + length - from, MS_SYNC) != 0) result = std::unexpected(system_error(path_));
    }
    loop_.soon([done = std::move(done), result = std::move(result)]() mutable { done(std::move(result)); });
}

}  // namespace brokersim::live
