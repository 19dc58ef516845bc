#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <vector>

struct gzFile_s;

namespace brokersim::scenario::assign {

/// Lines of a file, plain or compressed with gzip.
class LineReader {
public:
    /// `-` is standard input.
    static std::expected<LineReader, std::string> open(const std::string& path);
    LineReader(LineReader&& other) noexcept;
    LineReader& operator=(LineReader&&) = delete;
    ~LineReader();

    /// The next line without its end; none behind the last one. After an error there is no more to read.
    std::expected<std::optional<std::string>, std::string> next();
    /// Number of the line that was read last, from 1.
    std::size_t number() const { return number_; }

private:
    explicit LineReader(gzFile_s* file) : file_(file) {}

    gzFile_s* file_;
    std::size_t number_ = 0;
    std::string buffer_;
    std::size_t at_ = 0;  // what lies before it in the buffer has been given out
    bool ended_ = false;
};

}  // namespace brokersim::scenario::assign
