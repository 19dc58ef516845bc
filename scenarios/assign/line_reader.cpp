#include "scenarios/assign/line_reader.h"

#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace brokersim::scenario::assign {
namespace {

constexpr std::size_t chunk = 1 << 20;
constexpr std::size_t longest_line = std::size_t{1} << 28;

}  // namespace

std::expected<LineReader, std::string> LineReader::open(const std::string& path) {
    errno = 0;
    gzFile file = nullptr;
    if (path == "-") {
        const int input = dup(STDIN_FILENO);
        file = input < 0 ? nullptr : gzdopen(input, "rb");
        if (file == nullptr && input >= 0) close(input);
    } else {
        file = gzopen(path.c_str(), "rb");
    }
    if (file == nullptr) return std::unexpected(std::string(errno != 0 ? std::strerror(errno) : "it cannot be opened"));
    return LineReader(file);
}

LineReader::LineReader(LineReader&& other) noexcept
    : file_(std::exchange(other.file_, nullptr)),
      number_(other.number_),
      buffer_(std::move(other.buffer_)),
      at_(other.at_),
      ended_(other.ended_) {}

LineReader::~LineReader() {
    if (file_ != nullptr) gzclose(file_);
}

std::expected<std::optional<std::string>, std::string> LineReader::next() {
    std::size_t searched = at_;
    while (true) {
        if (const auto end = buffer_.find('\n', searched); end != std::string::npos) {
            std::string line = buffer_.substr(at_, end - at_);
            at_ = end + 1;
            ++number_;
            return line;
        }
        if (ended_) {
            if (at_ == buffer_.size()) return std::nullopt;
            ++number_;
            return buffer_.substr(std::exchange(at_, buffer_.size()));
        }
        buffer_.erase(0, std::exchange(at_, 0));
        searched = buffer_.size();
        if (searched > longest_line) {
            ended_ = true;
            buffer_.clear();
            return std::unexpected(fmt::format("line {} is longer than {} bytes", number_ + 1, longest_line));
        }
        buffer_.resize(searched + chunk);
        const int got = gzread(file_, buffer_.data() + searched, chunk);
        buffer_.resize(searched + static_cast<std::size_t>(got > 0 ? got : 0));
        if (got > 0) continue;
        ended_ = true;
        int code = Z_OK;
        const char* what = gzerror(file_, &code);
        if (code == Z_ERRNO) what = std::strerror(errno);
        if (code != Z_OK && code != Z_STREAM_END) {
            buffer_.clear();
            return std::unexpected(fmt::format("after line {}: {}", number_, what));
        }
    }
}

}  // namespace brokersim::scenario::assign
