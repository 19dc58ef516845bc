#include "reports/output.h"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>

namespace brokersim::report {

std::optional<std::string> write_file(const std::string& path, const std::string& content) {
    std::error_code error;
    const auto parent = std::filesystem::path(path).parent_path();
    if (!parent.empty()) std::filesystem::create_directories(parent, error);
    if (error) return fmt::format("{}: {}", parent.string(), error.message());
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << content;
    file.close();
    if (!file) return fmt::format("{}: cannot be written", path);
    return std::nullopt;
}

std::optional<std::string> read_file(const std::string& path, std::size_t most, std::string& error) {
    std::ifstream file(path, std::ios::binary);
    if (!file || !std::filesystem::is_regular_file(path)) {
        error = fmt::format("{}: cannot be read", path);
        return std::nullopt;
    }
    std::string content(most + 1, '\0');
    file.read(content.data(), static_cast<std::streamsize>(content.size()));
    content.resize(static_cast<std::size_t>(file.gcount()));
    if (content.size() > most) {
        error = fmt::format("{}: longer than {} bytes", path, most);
        return std::nullopt;
    }
    return content;
}

std::string file_name_of(const std::string& name) {
    std::string made;
    for (const char c : name) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '_' || c == '.';
        made += plain ? c : '-';
    }
    return made.empty() || made.front() == '.' ? "x" + made : made;
}

std::string file_name_of(const std::string& name, std::uint64_t seed) {
    return fmt::format("{}-{}", file_name_of(name), seed);
}

}  // namespace brokersim::report
