#include "live/overlay_files.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "live/system_error.h"

namespace brokersim::live {
namespace {

FileError not_found(const std::string& path) { return {FileErrorCode::not_found, path + ": no such file"}; }

/// Size of a regular file; nothing if there is none.
std::optional<std::uint64_t> size_of(const std::string& real) {
    struct stat about{};
    if (stat(real.c_str(), &about) != 0 || !S_ISREG(about.st_mode)) return std::nullopt;
    return static_cast<std::uint64_t>(about.st_size);
}

}  // namespace

FileResult<OverlayFiles::Entry*> OverlayFiles::find(const std::string& path, bool touch) {
    if (auto within = require_within(path); !within) return std::unexpected(within.error());
    if (const auto known = entries_.find(path); known != entries_.end())
        return known->second.there ? &known->second : nullptr;
    const auto size = size_of(below_.real(path));
    if (!size || !touch) return nullptr;
    Entry entry;
    if (*size > 0) {
        auto mapped = FileRegion::map(loop_, below_.real(path), Writes::discarded);
        if (!mapped) return std::unexpected(std::move(mapped.error()));
        entry.region = std::move(*mapped);
    }
    return &entries_.emplace(path, std::move(entry)).first->second;
}

bool OverlayFiles::there(const std::string& path) {
    if (const auto known = entries_.find(path); known != entries_.end()) return known->second.there;
    return size_of(below_.real(path)).has_value();
}

FileResult<std::vector<FileInfo>> OverlayFiles::list(const std::string& directory) {
    auto listed = below_.list(directory);
    if (!listed && listed.error().code != FileErrorCode::not_found) return listed;
    std::map<std::string, FileInfo> found;
    if (listed)
        for (auto& info : *listed) found.emplace(info.name, info);
    const std::string prefix = directory.empty() ? "" : directory + "/";
    for (const auto& [path, entry] : entries_) {
        if (!path.starts_with(prefix)) continue;
        const std::string rest = path.substr(prefix.size());
        const auto slash = rest.find('/');
        if (slash != std::string::npos) {
            if (entry.there) found.try_emplace(rest.substr(0, slash), FileInfo{rest.substr(0, slash), 0, true});
        } else if (entry.there) {
            found.insert_or_assign(rest, FileInfo{rest, entry.size(), false});
        } else {
            found.erase(rest);
        }
    }
    if (!listed && found.empty()) return listed;
    std::vector<FileInfo> sorted;
    for (auto& [name, info] : found) sorted.push_back(info);
    return sorted;
}

FileResult<MappedRegionPtr> OverlayFiles::map(const std::string& path) {
    auto entry = find(path, true);
    if (!entry) return std::unexpected(std::move(entry.error()));
    if (*entry == nullptr) return std::unexpected(not_found(path));
    if ((*entry)->region == nullptr) return std::unexpected(FileError{FileErrorCode::wrong_size, path + ": empty"});
    return (*entry)->region;
}

FileResult<MappedRegionPtr> OverlayFiles::create(const std::string& path, std::uint64_t size) {
    if (auto within = require_within(path); !within) return std::unexpected(within.error());
    if (there(path)) return std::unexpected(FileError{FileErrorCode::exists, path + ": exists"});
    auto zeros = FileRegion::zeros(loop_, size);
    if (!zeros) return std::unexpected(std::move(zeros.error()));
    entries_.insert_or_assign(path, Entry{*zeros, true, true});
    return *zeros;
}

FileResult<void> OverlayFiles::remove(const std::string& path) {
    if (auto within = require_within(path); !within) return within;
    if (!there(path)) return std::unexpected(not_found(path));
    entries_.insert_or_assign(path, Entry{nullptr, false, true});
    return {};
}

FileResult<FileRegionPtr> OverlayFiles::copy(const std::string& path, std::uint64_t size) {
    auto from = find(path, true);
    if (!from) return std::unexpected(std::move(from.error()));
    if (*from == nullptr) return std::unexpected(not_found(path));
    if (size == 0) return FileRegionPtr();
    auto to = FileRegion::zeros(loop_, size);
    if (!to) return to;
    if (const auto kept = std::min(size, (*from)->size()); kept > 0)
        std::memcpy((*to)->write(0, kept).data(), (*from)->region->read(0, kept).data(), kept);
    return to;
}

FileResult<void> OverlayFiles::rename(const std::string& from, const std::string& to) {
    if (auto within = require_within(to); !within) return within;
    auto entry = find(from, true);
    if (!entry) return std::unexpected(std::move(entry.error()));
    if (*entry == nullptr) return std::unexpected(not_found(from));
    const FileRegionPtr region = (*entry)->region;
    entries_.insert_or_assign(from, Entry{nullptr, false, true});
    entries_.insert_or_assign(to, Entry{region, true, true});
    return {};
}

FileResult<void> OverlayFiles::set_length(const std::string& path, std::uint64_t size) {
    auto resized = copy(path, size);
    if (!resized) return std::unexpected(std::move(resized.error()));
    entries_.insert_or_assign(path, Entry{*resized, true, true});
    return {};
}

FileResult<std::string> OverlayFiles::read_file(const std::string& path) {
    const auto known = entries_.find(path);
    if (known == entries_.end()) return below_.read_file(path);
    if (!known->second.there) return std::unexpected(not_found(path));
    if (known->second.region == nullptr) return std::string();
    const auto bytes = known->second.region->read(0, known->second.size());
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

FileResult<void> OverlayFiles::write_file(const std::string& path, std::string_view content) {
    if (auto within = require_within(path); !within) return within;
    Entry entry{nullptr, true, true};
    if (!content.empty()) {
        auto zeros = FileRegion::zeros(loop_, content.size());
        if (!zeros) return std::unexpected(std::move(zeros.error()));
        std::memcpy((*zeros)->write(0, content.size()).data(), content.data(), content.size());
        entry.region = std::move(*zeros);
    }
    entries_.insert_or_assign(path, std::move(entry));
    return {};
}

FileResult<WallTime> OverlayFiles::modified_time(const std::string& path) {
    if (!there(path)) return std::unexpected(not_found(path));
    if (const auto known = entries_.find(path); known != entries_.end() && known->second.replaced) return loop_.wall();
    return below_.modified_time(path);
}

FileResult<void> OverlayFiles::sync(const std::string&) { return {}; }

FileResult<std::vector<OverlayFiles::Change>> OverlayFiles::changes() {
    std::vector<Change> changes;
    for (const auto& [path, entry] : entries_) {
        const auto size = size_of(below_.real(path));
        if (!entry.there) {
            if (size) changes.push_back({path, Kind::removed, *size});
            continue;
        }
        if (!size) {
            changes.push_back({path, Kind::created, entry.size()});
            continue;
        }
        if (*size != entry.size()) {
            changes.push_back({path, Kind::resized, entry.size()});
            continue;
        }
        if (entry.region == nullptr || entry.region->written_to() == 0) continue;
        std::uint64_t from = entry.replaced ? 0 : entry.region->written_from();
        std::uint64_t to = entry.replaced ? *size : entry.region->written_to();
        auto below = FileRegion::map(loop_, below_.real(path), Writes::discarded);
        if (!below) return std::unexpected(std::move(below.error()));
        const auto old_bytes = (*below)->read(0, *size);
        const auto new_bytes = entry.region->read(0, *size);
        while (from < to && old_bytes[from] == new_bytes[from]) ++from;
        while (from < to && old_bytes[to - 1] == new_bytes[to - 1]) --to;
        if (from < to) changes.push_back({path, Kind::rewritten, *size, from, to});
    }
    return changes;
}

}  // namespace brokersim::live
