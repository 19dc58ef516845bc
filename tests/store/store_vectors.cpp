#include "tests/store/store_vectors.h"

#include <sstream>

#include "tests/support/tar.h"

namespace brokersim::store::testing {

std::vector<nlohmann::json> StoreVector::of(const std::string& kind) const {
    std::vector<nlohmann::json> found;
    for (const auto& line : lines)
        if (line.at("t") == kind) found.push_back(line);
    return found;
}

StoreVector load_vector(const std::string& name, const std::string& dump) {
    const std::string base = std::string(BROKERSIM_VECTORS) + "/store/" + name;
    StoreVector vector{.name = name};
    for (auto& [path, content] : brokersim::testing::read_tar_gz(base + ".tar.gz"))
        vector.files.emplace(path.substr(path.find('/') + 1), std::move(content));
    std::istringstream text(brokersim::testing::read_gz(base + "." + dump + ".jsonl.gz"));
    for (std::string line; std::getline(text, line);) vector.lines.push_back(nlohmann::json::parse(line));
    const auto store = vector.one("store");
    vector.config.mappedFileSizeCommitLog = store.at("commitLogFileSize");
    vector.config.mappedFileSizeConsumeQueue = store.at("cqFileSize");
    vector.config.maxHashSlotNum = store.at("indexSlots");
    vector.config.maxIndexNum = store.at("indexNum");
    return vector;
}

void copy_into(const StoreVector& vector, Host& host) {
    for (const auto& [path, content] : vector.files)
        if (!host.write_file(path, content)) throw std::runtime_error(path);
}

std::map<std::string, std::string> files_under(Host& host, const std::string& prefix) {
    std::map<std::string, std::string> found;
    const auto listed = host.list(prefix);
    if (!listed) return found;
    for (const auto& info : *listed) {
        const std::string path = prefix + "/" + info.name;
        if (info.directory)
            found.merge(files_under(host, path));
        else
            found.emplace(path, *host.read_file(path));
    }
    return found;
}

std::vector<std::string> names_in(Host& host, const std::string& directory) {
    std::vector<std::string> names;
    if (const auto listed = host.list(directory))
        for (const auto& info : *listed) names.push_back(info.name);
    return names;
}

std::vector<std::string> differing(const std::map<std::string, std::string>& a,
                                   const std::map<std::string, std::string>& b) {
    std::vector<std::string> paths;
    for (const auto& [path, content] : a)
        if (const auto found = b.find(path); found == b.end() || found->second != content) paths.push_back(path);
    for (const auto& [path, content] : b)
        if (!a.contains(path)) paths.push_back(path);
    return paths;
}

}  // namespace brokersim::store::testing
