#include "sim/files.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "core/check.h"
#include "sim/engine.h"

namespace brokersim::sim {
namespace {

std::unexpected<FileError> error(FileErrorCode code, const std::string& path, const std::string& why) {
    return std::unexpected(FileError{code, path + ": " + why});
}

std::unexpected<FileError> system_error(const std::string& path) {
    return error(FileErrorCode::io, path, std::strerror(errno));
}

/// Calls `visit(name, is_direct, at)` once for each first component behind `prefix` among the keys of a sorted
/// container, skipping whole subtrees.
template <class Container, class Key, class Visit>
void each_child(const Container& entries, const std::string& prefix, Key&& key, Visit&& visit) {
    auto at = entries.lower_bound(prefix);
    while (at != entries.end() && key(*at).starts_with(prefix)) {
        const std::string& path = key(*at);
        const auto slash = path.find('/', prefix.size());
        visit(path.substr(prefix.size(), slash - prefix.size()), slash == std::string::npos, at);
        // The first key behind everything below this directory: '0' follows '/'.
        at = slash == std::string::npos ? std::next(at) : entries.lower_bound(path.substr(0, slash) + "0");
    }
}

}  // namespace

FileTable::FileTable(std::shared_ptr<Store> store, const Engine& engine, Names& names, std::string root, WallTime now,
                     PageCache* page_cache)
    : store_(std::move(store)), engine_(engine), names_(names), page_cache_(page_cache), root_(std::move(root)) {
    directories_.insert("");
    if (store_->keeps_files()) adopt(now);
}

void FileTable::adopt(WallTime now) {
    namespace fs = std::filesystem;
    const fs::path top = real_path("");
    std::error_code failed;
    std::map<std::string, std::uint64_t> found;
    for (fs::recursive_directory_iterator at(top, failed), end; at != end && !failed; at.increment(failed)) {
        const std::string path = at->path().lexically_relative(top).generic_string();
        if (at->is_directory())
            directories_.insert(path);
        else if (at->is_regular_file())
            found.emplace(path, at->file_size());
    }
    for (const auto& [path, size] : found) {
        FilePtr file(new File(store_, digest_name(path), size, real_path(path)));
        if (page_cache_ != nullptr) file->attach(*page_cache_);
        file->set_modified(now);
        file->take_as_durable();
        set_entry(path, std::move(file));
    }
}

FileResult<std::vector<FileInfo>> FileTable::list(const std::string& directory) const {
    if (!directories_.contains(directory)) return error(FileErrorCode::not_found, directory, "no such directory");
    const std::string prefix = directory.empty() ? "" : directory + "/";
    std::vector<FileInfo> found;
    each_child(
        files_, prefix, [](const auto& entry) -> const std::string& { return entry.first; },
        [&](std::string name, bool direct, auto at) {
            if (direct) found.push_back({std::move(name), at->second->size(), false});
        });
    each_child(
        directories_, prefix, [](const auto& entry) -> const std::string& { return entry; },
        [&](std::string name, bool direct, auto) {
            if (direct && !name.empty()) found.push_back({std::move(name), 0, true});
        });
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return found;
}

FilePtr FileTable::find(const std::string& path) const {
    auto found = files_.find(path);
    return found == files_.end() ? nullptr : found->second;
}

FileResult<Mapping> FileTable::map(const std::string& path) const {
    FilePtr file = find(path);
    if (!file) return error(FileErrorCode::not_found, path, "no such file");
    return Mapping::of(std::move(file));
}

FileResult<Mapping> FileTable::create(const std::string& path, std::uint64_t size, WallTime now) {
    if (exists(path)) return error(FileErrorCode::exists, path, "exists");
    auto file = replace(path, size, now);
    if (!file) return std::unexpected(file.error());
    return Mapping::of(*file);
}

/// A new file, as two changes of names: first it is empty.
FileResult<FilePtr> FileTable::replace(const std::string& path, std::uint64_t size, WallTime now) {
    FilePtr before = find(path);
    std::optional<Mapping> kept = keep_bytes(before);
    auto file = make(path, size, now);
    if (!file) return file;
    if (before) before->set_named(false);
    journal_.begin();
    journal_.add(NameChange::Kind::entry, path, engine_.now(), std::move(before), std::move(kept));
    if (size > 0) note(NameChange::Kind::length, path);
    (*file)->set_change(journal_.newest());
    return file;
}

/// Bytes of real files are gone with the name, unless they are mapped.
std::optional<Mapping> FileTable::keep_bytes(const FilePtr& file) const {
    if (!file || !store_->keeps_files()) return std::nullopt;
    auto mapping = Mapping::of(file);
    if (!mapping) return std::nullopt;
    return std::move(*mapping);
}

void FileTable::note(NameChange::Kind kind, const std::string& path) {
    journal_.begin();
    journal_.add(kind, path, engine_.now());
}

/// A new file, in the place of whatever has its name.
FileResult<FilePtr> FileTable::make(const std::string& path, std::uint64_t size, WallTime now, Content content) {
    if (directories_.contains(path)) return error(FileErrorCode::exists, path, "is a directory");
    if (auto made = make_parents(path); !made) return std::unexpected(made.error());
    FilePtr file;
    if (store_->keeps_files()) {
        const std::string real = real_path(path);
        if (::unlink(real.c_str()) != 0 && errno != ENOENT) return system_error(real);
        auto extent = store_->map_file(real, size, true);
        if (!extent) return std::unexpected(extent.error());
        if (extent->data != nullptr) store_->unmap_file(*extent);
        file = new File(store_, digest_name(path), size, real);
    } else {
        Extent extent;
        if (size > 0) {
            auto allocated = store_->allocate(size);
            if (!allocated) return std::unexpected(allocated.error());
            extent = *allocated;
        }
        file = new File(store_, digest_name(path), size, extent);
    }
    if (page_cache_ != nullptr && content == Content::fresh) file->attach(*page_cache_);
    file->set_modified(now);
    set_entry(path, file);
    return file;
}

FileResult<void> FileTable::make_parents(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) {
        if (!store_->keeps_files()) return {};
    } else if (directories_.contains(path.substr(0, slash))) {
        return {};
    }
    for (auto at = path.find('/'); at != std::string::npos; at = path.find('/', at + 1)) {
        const std::string directory = path.substr(0, at);
        if (files_.contains(directory)) return error(FileErrorCode::exists, directory, "is a file");
        if (directories_.insert(directory).second) note(NameChange::Kind::directory, directory);
    }
    if (store_->keeps_files()) {
        std::error_code failed;
        std::filesystem::create_directories(std::filesystem::path(real_path(path)).parent_path(), failed);
        if (failed) return error(FileErrorCode::io, path, failed.message());
    }
    return {};
}

FileResult<void> FileTable::remove(const std::string& path) {
    if (directories_.contains(path) && !path.empty()) {
        if (auto entries = list(path); !entries->empty()) return error(FileErrorCode::io, path, "directory not empty");
        directories_.erase(path);
        note(NameChange::Kind::no_directory, path);
        if (store_->keeps_files() && ::rmdir(real_path(path).c_str()) != 0) return system_error(path);
        return {};
    }
    FilePtr before = find(path);
    if (!before) return error(FileErrorCode::not_found, path, "no such file");
    journal_.begin();
    journal_.add(NameChange::Kind::entry, path, engine_.now(), before, keep_bytes(before));
    erase_entry(path);
    before->set_named(false);
    if (store_->keeps_files() && ::unlink(real_path(path).c_str()) != 0) return system_error(path);
    return {};
}

FileResult<void> FileTable::rename(const std::string& from, const std::string& to) {
    FilePtr file = find(from);
    if (!file) return error(FileErrorCode::not_found, from, "no such file");
    if (directories_.contains(to)) return error(FileErrorCode::exists, to, "is a directory");
    if (auto made = make_parents(to); !made) return made;
    if (from == to) return {};
    FilePtr replaced = find(to);
    std::optional<Mapping> kept = keep_bytes(replaced);
    std::optional<Mapping> moved = keep_bytes(file);
    std::string real;
    if (store_->keeps_files()) {
        real = real_path(to);
        if (std::rename(real_path(from).c_str(), real.c_str()) != 0) return system_error(from);
    }
    file->renamed(digest_name(to), std::move(real));
    journal_.begin();
    journal_.add(NameChange::Kind::entry, from, engine_.now(), file, std::move(moved));
    if (replaced) replaced->set_named(false);
    journal_.add(NameChange::Kind::entry, to, engine_.now(), std::move(replaced), std::move(kept));
    file->set_change(journal_.newest());
    erase_entry(from);
    set_entry(to, std::move(file));
    return {};
}

FileResult<void> FileTable::set_length(const std::string& path, std::uint64_t size, WallTime now) {
    auto old = map(path);
    if (!old) return std::unexpected(old.error());
    std::optional<Mapping> kept = keep_bytes(find(path));
    auto fresh = make(path, size, now, Content::taken_over);
    if (!fresh) return std::unexpected(fresh.error());
    journal_.begin();
    journal_.add(NameChange::Kind::entry, path, engine_.now(), FilePtr(&old->file()), std::move(kept));
    (*fresh)->set_change(journal_.newest());
    if (std::min(size, old->file().size()) > 0) {
        auto mapped = Mapping::of(*fresh);
        if (!mapped) return std::unexpected(mapped.error());
        mapped->file().copy_from(old->file());
    }
    (*fresh)->take_cached(old->file());
    return {};
}

FileResult<std::string> FileTable::read(const std::string& path) const {
    auto mapped = map(path);
    if (!mapped) return std::unexpected(mapped.error());
    const auto bytes = mapped->bytes();
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

FileResult<void> FileTable::write(const std::string& path, std::string_view content, WallTime now) {
    auto file = replace(path, content.size(), now);
    if (!file) return std::unexpected(file.error());
    if (content.empty()) return {};
    auto mapped = Mapping::of(*file);
    if (!mapped) return std::unexpected(mapped.error());
    mapped->file().touch_to_write(0, content.size(), journal_.newest());
    std::memcpy(mapped->bytes().data(), content.data(), content.size());
    return {};
}

void FileTable::set_entry(const std::string& path, FilePtr file) {
    FilePtr& entry = files_[path];
    if (entry) total_bytes_ -= entry->size();
    total_bytes_ += file->size();
    entry = std::move(file);
}

void FileTable::erase_entry(const std::string& path) {
    const auto entry = files_.find(path);
    if (entry == files_.end()) return;
    total_bytes_ -= entry->second->size();
    files_.erase(entry);
}

FileResult<WallTime> FileTable::modified_time(const std::string& path) const {
    const FilePtr file = find(path);
    if (!file) return error(FileErrorCode::not_found, path, "no such file");
    return file->modified();
}

}  // namespace brokersim::sim
