#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <vector>

/// Reading a file of any size in bounded memory, never changing it.
namespace brokersim::live {

/// A part of a file, read with read(2): an error of the disk is a value here, and no signal; a file that shrinks
/// meanwhile only gives fewer bytes.
class FileWindow {
public:
    /// The window reads `step` bytes (> 0) in one go; more only when at() asks for more.
    explicit FileWindow(std::size_t step) : step_(step) {}
    ~FileWindow();
    FileWindow(const FileWindow&) = delete;
    FileWindow& operator=(const FileWindow&) = delete;

    /// Turns to another file; the error is the system's own.
    std::expected<void, std::string> open(const std::string& path);
    /// At least `wanted` bytes from `offset` on, or all there are to the end of the file: fewer mean the end. Valid
    /// until the next call. The window grows to the largest `wanted`.
    std::expected<std::span<const std::byte>, std::string> at(std::int64_t offset, std::size_t wanted);

private:
    void close_file();

    std::size_t step_;
    std::string path_;
    int file_ = -1;
    std::vector<std::byte> bytes_;
    std::size_t held_ = 0;    // bytes of bytes_ that are from the file
    std::int64_t start_ = 0;  // position of the first
    bool at_end_ = false;     // the file ends behind them
};

}  // namespace brokersim::live
