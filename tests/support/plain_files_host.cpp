#include "tests/support/plain_files_host.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/check.h"

namespace brokersim::testing {
namespace {

namespace fs = std::filesystem;

/// What errno says of a failed call on `path`.
std::unexpected<FileError> failed(const std::string& path) {
    FileErrorCode code = FileErrorCode::io;
    if (errno == ENOENT) code = FileErrorCode::not_found;
    if (errno == EEXIST) code = FileErrorCode::exists;
    if (errno == ENOSPC) code = FileErrorCode::no_space;
    return std::unexpected(FileError{code, path + ": " + std::strerror(errno)});
}

class RealRegion final : public MappedRegion {
public:
    RealRegion(BareHost& host, std::byte* data, std::uint64_t size) : host_(host), data_(data), size_(size) {}
    ~RealRegion() override { ::munmap(data_, size_); }
    std::uint64_t size() const override { return size_; }
    std::span<const std::byte> read(std::uint64_t offset, std::uint64_t length) override {
        return view(offset, length);
    }
    std::span<std::byte> write(std::uint64_t offset, std::uint64_t length) override { return view(offset, length); }
    void flush(std::uint64_t offset, std::uint64_t length, Callback<void(FileResult<void>)> done) override {
        view(offset, length);
        FileResult<void> result;
        if (::msync(data_, size_, MS_SYNC) != 0) result = failed("msync");
        host_.soon([done = std::move(done), result = std::move(result)]() mutable { done(std::move(result)); });
    }

private:
    std::span<std::byte> view(std::uint64_t offset, std::uint64_t length) {
        BROKERSIM_CHECK(offset <= size_ && length <= size_ - offset, "{}+{} of {}", offset, length, size_);
        return {data_ + offset, length};
    }
    BareHost& host_;
    std::byte* data_;
    std::uint64_t size_;
};

/// Maps what `descriptor` is open on, and closes it.
FileResult<MappedRegionPtr> map_and_close(BareHost& host, int descriptor, const std::string& path) {
    struct stat info{};
    const bool known = ::fstat(descriptor, &info) == 0;
    const auto size = static_cast<std::uint64_t>(info.st_size);
    void* data = MAP_FAILED;
    if (known && size > 0) data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    ::close(descriptor);
    if (known && size == 0) return std::unexpected(FileError{FileErrorCode::wrong_size, path + ": empty file"});
    if (data == MAP_FAILED) return failed(path);
    return MappedRegionPtr(new RealRegion(host, static_cast<std::byte*>(data), size));
}

}  // namespace

void PlainFilesHost::make_parents(const std::string& path) {
    fs::create_directories(fs::path(real(path)).parent_path());
}

FileResult<std::vector<FileInfo>> PlainFilesHost::list(const std::string& directory) {
    std::vector<FileInfo> found;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(real(directory), error))
        found.push_back({entry.path().filename(), entry.is_directory() ? 0 : entry.file_size(), entry.is_directory()});
    if (error) return std::unexpected(FileError{FileErrorCode::not_found, directory + ": " + error.message()});
    std::ranges::sort(found, {}, &FileInfo::name);
    return found;
}

FileResult<MappedRegionPtr> PlainFilesHost::map(const std::string& path) {
    const int descriptor = ::open(real(path).c_str(), O_RDWR | O_CLOEXEC);
    if (descriptor < 0) return failed(path);
    return map_and_close(host_, descriptor, path);
}

FileResult<MappedRegionPtr> PlainFilesHost::create(const std::string& path, std::uint64_t size) {
    make_parents(path);
    const int descriptor = ::open(real(path).c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (descriptor < 0) return failed(path);
    if (::ftruncate(descriptor, static_cast<off_t>(size)) != 0) {
        const auto error = failed(path);
        ::close(descriptor);
        return error;
    }
    return map_and_close(host_, descriptor, path);
}

FileResult<void> PlainFilesHost::remove(const std::string& path) {
    if (::remove(real(path).c_str()) != 0) return failed(path);
    return {};
}

FileResult<void> PlainFilesHost::rename(const std::string& from, const std::string& to) {
    make_parents(to);
    if (::rename(real(from).c_str(), real(to).c_str()) != 0) return failed(from);
    return {};
}

FileResult<void> PlainFilesHost::set_length(const std::string& path, std::uint64_t size) {
    if (::truncate(real(path).c_str(), static_cast<off_t>(size)) != 0) return failed(path);
    return {};
}

FileResult<std::string> PlainFilesHost::read_file(const std::string& path) {
    std::ifstream file(real(path), std::ios::binary);
    if (!file) return std::unexpected(FileError{FileErrorCode::not_found, path + ": cannot be opened"});
    return std::string(std::istreambuf_iterator<char>(file), {});
}

FileResult<void> PlainFilesHost::write_file(const std::string& path, std::string_view content) {
    make_parents(path);
    std::ofstream file(real(path), std::ios::binary | std::ios::trunc);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    file.close();
    if (!file) return std::unexpected(FileError{FileErrorCode::io, path + ": cannot be written"});
    return {};
}

FileResult<WallTime> PlainFilesHost::modified_time(const std::string& path) {
    struct stat info{};
    if (::stat(real(path).c_str(), &info) != 0) return failed(path);
    return WallTime(std::chrono::milliseconds(info.st_mtim.tv_sec * 1000 + info.st_mtim.tv_nsec / 1'000'000));
}

void PlainFilesHost::sync(const std::string& path, Callback<void(FileResult<void>)> done) {
    FileResult<void> result;
    const int descriptor = ::open(real(path).c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 || ::fsync(descriptor) != 0) result = failed(path);
    if (descriptor >= 0) ::close(descriptor);
    host_.soon([done = std::move(done), result = std::move(result)]() mutable { done(std::move(result)); });
}

void PlainFilesHost::sync_file(const std::string& path, Callback<void(FileResult<void>)> done) {
    sync(path, std::move(done));
}

void PlainFilesHost::sync_directory(const std::string& path, Callback<void(FileResult<void>)> done) {
    sync(path, std::move(done));
}

}  // namespace brokersim::testing
