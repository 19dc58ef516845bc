#include "live/directory_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "live/system_error.h"

namespace brokersim::live {
namespace {

namespace fs = std::filesystem;

FileResult<void> done_or_error(int result, const std::string& path) {
    if (result == 0) return {};
    return std::unexpected(system_error(path));
}

}  // namespace

FileResult<void> require_within(const std::string& path) {
    bool within = !path.starts_with('/') && path.find('\0') == std::string::npos;
    for (std::size_t at = 0; at <= path.size() && within;) {
        const std::size_t end = std::min(path.find('/', at), path.size());
        within = path.compare(at, end - at, "..") != 0;
        at = end + 1;
    }
    if (within) return {};
    return std::unexpected(FileError{FileErrorCode::io, "\"" + path + "\" leads out of the directory"});
}

FileResult<std::vector<FileInfo>> DirectoryFiles::list(const std::string& directory) {
    if (auto within = require_within(directory); !within) return std::unexpected(within.error());
    std::error_code failed;
    std::vector<FileInfo> found;
    for (fs::directory_iterator at(real(directory), failed), end; !failed && at != end; at.increment(failed)) {
        std::error_code gone;
        const bool is_directory = at->is_directory(gone);
        const std::uint64_t size = is_directory ? 0 : at->file_size(gone);
        if (!gone) found.push_back({at->path().filename().string(), size, is_directory});
    }
    if (failed) {
        errno = failed.value();
        return std::unexpected(system_error(real(directory)));
    }
    std::ranges::sort(found, {}, &FileInfo::name);
    return found;
}

FileResult<MappedRegionPtr> DirectoryFiles::map(const std::string& path) {
    if (auto within = require_within(path); !within) return std::unexpected(within.error());
    return FileRegion::map(loop_, real(path), Writes::kept);
}

FileResult<void> DirectoryFiles::make_parents(const std::string& path) {
    if (auto within = require_within(path); !within) return within;
    std::error_code failed;
    fs::create_directories(fs::path(real(path)).parent_path(), failed);
    if (!failed) return {};
    errno = failed.value();
    return std::unexpected(system_error(real(path)));
}

FileResult<MappedRegionPtr> DirectoryFiles::create(const std::string& path, std::uint64_t size) {
    if (auto made = make_parents(path); !made) return std::unexpected(made.error());
    const std::string file = real(path);
    const int number = open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (number < 0) return std::unexpected(system_error(file));
    // Blocks are taken now: a full disk is told here, and not by SIGBUS at some later write.
    const int failed = posix_fallocate(number, 0, static_cast<off_t>(size));
    close(number);
    if (failed != 0) {
        unlink(file.c_str());
        errno = failed;
        return std::unexpected(system_error(file));
    }
    return map(path);
}

FileResult<void> DirectoryFiles::remove(const std::string& path) {
    if (auto within = require_within(path); !within) return within;
    return done_or_error(unlink(real(path).c_str()), real(path));
}

FileResult<void> DirectoryFiles::rename(const std::string& from, const std::string& to) {
    if (auto within = require_within(from); !within) return within;
    if (auto made = make_parents(to); !made) return made;
    return done_or_error(std::rename(real(from).c_str(), real(to).c_str()), real(from));
}

FileResult<void> DirectoryFiles::set_length(const std::string& path, std::uint64_t size) {
    if (auto within = require_within(path); !within) return within;
    return done_or_error(truncate(real(path).c_str(), static_cast<off_t>(size)), real(path));
}

FileResult<std::string> DirectoryFiles::read_file(const std::string& path) {
    if (auto within = require_within(path); !within) return std::unexpected(within.error());
    const std::string file = real(path);
    const int number = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (number < 0) return std::unexpected(system_error(file));
    std::string content;
    char part[65536];
    ssize_t got = 0;
    while ((got = read(number, part, sizeof part)) > 0) content.append(part, static_cast<std::size_t>(got));
    const FileResult<void> result = done_or_error(got < 0 ? -1 : 0, file);
    close(number);
    if (!result) return std::unexpected(result.error());
    return content;
}

FileResult<void> DirectoryFiles::write_file(const std::string& path, std::string_view content) {
    if (auto made = make_parents(path); !made) return made;
    const std::string file = real(path);
    const int number = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (number < 0) return std::unexpected(system_error(file));
    FileResult<void> result;
    while (!content.empty() && result) {
        const ssize_t put = write(number, content.data(), content.size());
        if (put < 0)
            result = std::unexpected(system_error(file));
        else
            content.remove_prefix(static_cast<std::size_t>(put));
    }
    if (close(number) != 0 && result) result = std::unexpected(system_error(file));
    return result;
}

FileResult<WallTime> DirectoryFiles::modified_time(const std::string& path) {
    if (auto within = require_within(path); !within) return std::unexpected(within.error());
    struct stat about{};
    if (stat(real(path).c_str(), &about) != 0) return std::unexpected(system_error(real(path)));
    return WallTime(std::chrono::milliseconds(about.st_mtim.tv_sec * 1000 + about.st_mtim.tv_nsec / 1'000'000));
}

FileResult<void> DirectoryFiles::sync(const std::string& path) {
    if (auto within = require_within(path); !within) return within;
    const int number = open(real(path).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (number < 0) return std::unexpected(system_error(real(path)));
    const FileResult<void> result = done_or_error(fsync(number), real(path));
    close(number);
    return result;
}

DiskUsage DirectoryFiles::disk_usage() const {
    std::error_code failed;
    const auto space = std::filesystem::space(root_, failed);
    if (failed) return {};
    return {space.capacity, space.capacity - space.available};
}

}  // namespace brokersim::live
