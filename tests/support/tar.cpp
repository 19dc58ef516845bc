#include "tests/support/tar.h"

#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <zlib.h>

namespace brokersim::testing {
namespace {

constexpr std::size_t block = 512;

/// A text field of a header: up to its size, or to the first zero.
std::string_view field(std::string_view header, std::size_t from, std::size_t size) {
    const auto whole = header.substr(from, size);
    return whole.substr(0, whole.find('\0'));
}

std::size_t octal(std::string_view digits) {
    std::size_t value = 0;
    for (const char c : digits)
        if (c >= '0' && c <= '7') value = value * 8 + static_cast<std::size_t>(c - '0');
    return value;
}

/// The path in a pax header, whose records are "LENGTH KEY=VALUE\n"; empty if it has none.
std::string_view pax_path(std::string_view records) {
    while (!records.empty()) {
        std::size_t length = 0;
        std::size_t digits = 0;
        for (; digits < records.size() && records[digits] != ' '; ++digits)
            length = length * 10 + static_cast<std::size_t>(records[digits] - '0');
        if (length <= digits || length > records.size()) return {};
        const auto record = records.substr(digits + 1, length - digits - 2);
        if (record.starts_with("path=")) return record.substr(5);
        records.remove_prefix(length);
    }
    return {};
}

}  // namespace

std::string read_gz(const std::string& path) {
    const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose);
    if (file == nullptr) throw std::runtime_error(path + ": cannot be opened");
    std::string content;
    std::array<char, 65536> part;
    int got = 0;
    while ((got = gzread(file.get(), part.data(), part.size())) > 0)
        content.append(part.data(), static_cast<std::size_t>(got));
    if (got < 0) throw std::runtime_error(path + ": cannot be read");
    return content;
}

std::map<std::string, std::string> read_tar_gz(const std::string& path) {
    const std::string archive = read_gz(path);
    std::map<std::string, std::string> files;
    std::string long_name;  // the name of the next entry, if it does not fit into a header
    for (std::size_t at = 0; at + block <= archive.size();) {
        const std::string_view header = std::string_view(archive).substr(at, block);
        if (header[0] == '\0') break;
        const std::size_t size = octal(header.substr(124, 12));
        at += block;
        if (at + size > archive.size()) throw std::runtime_error(path + ": truncated");
        std::string name = std::exchange(long_name, {});
        if (name.empty()) {
            const auto prefix = header.substr(257, 6) == std::string_view("ustar\0", 6) ? field(header, 345, 155) : "";
            name = prefix.empty() ? "" : std::string(prefix) + "/";
            name += field(header, 0, 100);
        }
        const char type = header[156];
        if (type == 'L')  // GNU tar's way
            long_name = field(archive, at, size);
        else if (type == 'x')  // pax's way
            long_name = pax_path(std::string_view(archive).substr(at, size));
        else if (type == '0' || type == '\0')
            files[name] = archive.substr(at, size);
        at += (size + block - 1) / block * block;
    }
    return files;
}

}  // namespace brokersim::testing
