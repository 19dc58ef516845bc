#include "tests/live/unpacked_store.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/support/tar.h"

namespace brokersim::live::testing {

namespace fs = std::filesystem;

TestDirectory::TestDirectory() {
    std::string pattern = (fs::temp_directory_path() / "brokersim-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error(pattern);
    root_ = pattern;
}

TestDirectory::~TestDirectory() {
    std::error_code ignored;
    fs::permissions(root_, fs::perms::owner_all, ignored);
    fs::remove_all(root_, ignored);
}

void TestDirectory::write(const std::string& path, const std::string& content) const {
    fs::create_directories(fs::path(root_ + "/" + path).parent_path());
    std::ofstream(root_ + "/" + path, std::ios::binary) << content;
}

std::string TestDirectory::read(const std::string& path) const {
    std::ostringstream content;
    content << std::ifstream(root_ + "/" + path, std::ios::binary).rdbuf();
    return content.str();
}

std::map<std::string, std::string> TestDirectory::files() const {
    std::map<std::string, std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(root_))
        if (entry.is_regular_file()) {
            const std::string path = entry.path().lexically_relative(root_).string();
            found.emplace(path, read(path));
        }
    return found;
}

UnpackedStore::UnpackedStore(const std::string& name, const std::string& lines) {
    const std::string base = std::string(BROKERSIM_VECTORS) + "/store/" + name;
    for (const auto& [path, content] : brokersim::testing::read_tar_gz(base + ".tar.gz"))
        write(path.substr(path.find('/') + 1), content);
    std::istringstream text(brokersim::testing::read_gz(base + "." + lines + ".jsonl.gz"));
    for (std::string line; std::getline(text, line);) lines_.push_back(line);
}

std::vector<std::string> UnpackedStore::lines(const std::vector<std::string>& kinds) const {
    std::vector<std::string> found;
    for (const std::string& line : lines_)
        if (std::ranges::any_of(kinds, [&](const auto& kind) { return line.starts_with("{\"t\": \"" + kind + "\""); }))
            found.push_back(line);
    return found;
}

void UnpackedStore::flip(const std::string& path, std::size_t offset, unsigned char bits) const {
    std::fstream file(root() + "/" + path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(static_cast<std::streamoff>(offset));
    const char byte = static_cast<char>(file.get());
    file.seekp(static_cast<std::streamoff>(offset));
    file.put(static_cast<char>(static_cast<unsigned char>(byte) ^ bits));
}

StoreLayout UnpackedStore::layout() const { return read_layout(root(), {}).value(); }

}  // namespace brokersim::live::testing
