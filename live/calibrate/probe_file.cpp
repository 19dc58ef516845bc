#include "live/calibrate/probe_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <fmt/format.h>

namespace brokersim::live {

std::string errno_text(const std::string& what) { return fmt::format("{}: {}", what, std::strerror(errno)); }

std::expected<ProbeFile, std::string> ProbeFile::make(const std::string& directory) {
    int fd = open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
        std::string name = directory + "/brokersim-calibrate-XXXXXX";
        fd = mkostemp(name.data(), O_CLOEXEC);
        if (fd >= 0) unlink(name.c_str());
    }
    if (fd < 0) return std::unexpected(errno_text("no file can be made in " + directory));
    return ProbeFile(fd, open(fmt::format("/proc/self/fd/{}", fd).c_str(), O_RDWR | O_DIRECT | O_CLOEXEC));
}

ProbeFile::~ProbeFile() {
    if (direct_ >= 0) close(direct_);
    if (fd_ >= 0) close(fd_);
}

std::expected<std::int64_t, std::string> ProbeFile::drop() const {
    if (fsync(fd_) != 0) return std::unexpected(errno_text("fsync"));
    if (const int failed = posix_fadvise(fd_, 0, 0, POSIX_FADV_DONTNEED); failed != 0) {
        errno = failed;
        return std::unexpected(errno_text("posix_fadvise"));
    }
    const auto mapping = ProbeMapping::make(*this, size_);
    if (!mapping) return std::unexpected(mapping.error());
    std::vector<unsigned char> resident(pages());
    if (mincore(mapping->start(), pages() * page, resident.data()) != 0) return std::unexpected(errno_text("mincore"));
    const auto kept = std::ranges::count_if(resident, [](unsigned char flags) { return (flags & 1) != 0; });
    return kept * 1000 / std::max<std::int64_t>(static_cast<std::int64_t>(pages()), 1);
}

std::expected<ProbeMapping, std::string> ProbeMapping::make(const ProbeFile& file, std::uint64_t bytes) {
    void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.fd(), 0);
    if (at == MAP_FAILED) return std::unexpected(errno_text("mmap"));
    return ProbeMapping(at, bytes);
}

ProbeMapping::~ProbeMapping() {
    if (at_ != nullptr) munmap(at_, bytes_);
}

}  // namespace brokersim::live
