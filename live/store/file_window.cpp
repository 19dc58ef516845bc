#include "live/store/file_window.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "live/system_error.h"

namespace brokersim::live {

FileWindow::~FileWindow() { close_file(); }

void FileWindow::close_file() {
    if (file_ >= 0) close(file_);
    file_ = -1;
    held_ = 0;
    at_end_ = false;
}

std::expected<void, std::string> FileWindow::open(const std::string& path) {
    close_file();
    path_ = path;
    file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat about{};
    if (file_ < 0 || fstat(file_, &about) != 0) return std::unexpected(system_error(path).what);
    if (!S_ISREG(about.st_mode)) return std::unexpected(path + ": no regular file");
    posix_fadvise(file_, 0, 0, POSIX_FADV_SEQUENTIAL);
    return {};
}

std::expected<std::span<const std::byte>, std::string> FileWindow::at(std::int64_t offset, std::size_t wanted) {
    if (offset >= start_ && offset - start_ <= static_cast<std::int64_t>(held_)) {
        const auto used = static_cast<std::size_t>(offset - start_);
        if (held_ - used >= wanted || at_end_) return std::span(bytes_).subspan(used, held_ - used);
        if (held_ > used) std::memmove(bytes_.data(), bytes_.data() + used, held_ - used);
        held_ -= used;
    } else {
        held_ = 0;
    }
    start_ = offset;
    at_end_ = false;
    const std::size_t most = std::max(wanted, step_);
    if (bytes_.size() < most) bytes_.resize(most);
    while (held_ < most) {
        const ssize_t got = pread(file_, bytes_.data() + held_, most - held_, offset + static_cast<off_t>(held_));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            held_ = 0;
            return std::unexpected(system_error(path_).what);
        }
        if (got == 0) {
            at_end_ = true;
            break;
        }
        held_ += static_cast<std::size_t>(got);
    }
    return std::span(bytes_).first(held_);
}

}  // namespace brokersim::live
