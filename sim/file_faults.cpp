#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "core/draw.h"
#include "sim/engine.h"
#include "sim/files.h"

namespace brokersim::sim {
namespace {

std::uint64_t file_stream(std::uint64_t stream, std::string_view path) { return mix64(stream ^ text_identity(path)); }

}  // namespace

// --- flushes ---------------------------------------------------------------------------------------------------------

FileTable::FlushUnderWay FileTable::begin_flush(FilePtr file, std::uint64_t offset, std::uint64_t length) {
    const Platter::Flush flush = file->begin_flush(offset, length);
    const std::uint64_t change = file->change();
    return {std::move(file), offset, length, change, flush};
}

bool FileTable::path_begins(const File& file, const std::string& prefix) const {
    return names_.text(file.name()).substr(root_.size() + 1).starts_with(prefix);
}

FileResult<void> FileTable::finish_flush(const FlushUnderWay& under_way) {
    const FlushNumber number = under_way.flush.number;
    File& file = *under_way.file;
    const bool writes = under_way.flush.bytes > 0;
    const auto failing = std::ranges::find_if(failing_, [&](const auto& prefix) { return path_begins(file, prefix); });
    if (writes && failing != failing_.end()) {
        failing_.erase(failing);
        pages_went_wrong_ = true;
        file.end_flush(number, Platter::FlushEnd::failed);
        return std::unexpected(
            FileError{FileErrorCode::io, std::string(names_.text(file.name())) + ": the disk did not take it"});
    }
    const auto astray =
        std::ranges::find_if(astray_, [&](const auto& fault) { return path_begins(file, fault.first); });
    if (writes && file.mapped() && astray != astray_.end()) {
        pages_went_wrong_ = true;
        file.end_flush_astray(number, under_way.offset, under_way.length, astray->second);
        astray_.erase(astray);
    } else {
        file.end_flush(number, Platter::FlushEnd::written);
    }
    settle(under_way.change);
    return {};
}

// --- power -----------------------------------------------------------------------------------------------------------

FileTable::Lost FileTable::lose_power(std::uint64_t seed) {
    const std::uint64_t cut = power_losses_++;
    const std::uint64_t identity = text_identity(root_);
    journal_.settle_before(engine_.now() - NameJournal::commit_interval);
    Lost lost;
    lost.changes = below(draw_key(seed, Purpose::lost_names, identity, cut), journal_.unsettled() + 1);
    const std::uint64_t kept = journal_.newest() - lost.changes;
    while (auto change = journal_.take_back(kept)) undo(std::move(*change));
    journal_.settle(journal_.newest());

    const std::uint64_t stream = draw_stream(seed, Purpose::lost_pages, identity);
    const std::uint64_t eighths = below(draw_at(stream, cut), 9);
    const std::uint64_t this_cut = mix64(stream + cut);
    for (auto& [path, file] : files_) {
        file = unmapped(path, file);
        auto mapping = Mapping::of(file);
        BROKERSIM_CHECK(mapping.has_value(), "{}", mapping.error().what);
        if (file->size() > 0) lost.pages += file->lose_power({file_stream(this_cut, path), eighths});
        file->note_stored();
    }
    failing_.clear();
    astray_.clear();
    pages_went_wrong_ = false;
    return lost;
}

/// The file itself if nobody maps it, else one with the same bytes, of which the same is durable, behind its name.
FilePtr FileTable::unmapped(const std::string& path, FilePtr file) {
    if (!file->mapped()) return file;
    auto old = Mapping::of(std::move(file));
    BROKERSIM_CHECK(old.has_value(), "{}", old.error().what);
    auto fresh = make(path, old->file().size(), old->file().modified(), Content::taken_over);
    BROKERSIM_CHECK(fresh.has_value(), "{}", fresh.error().what);
    auto mapped = Mapping::of(*fresh);
    BROKERSIM_CHECK(mapped.has_value(), "{}", mapped.error().what);
    if (old->file().size() > 0) mapped->file().copy_from(old->file());
    mapped->file().take_cached(old->file());
    return *fresh;
}

void FileTable::undo(NameChange change) {
    switch (change.kind) {
        case NameChange::Kind::entry:
            if (const FilePtr file = find(change.path)) file->set_named(false);
            if (change.before) return put_back(change.path, change.before);
            erase_entry(change.path);
            if (store_->keeps_files()) ::unlink(real_path(change.path).c_str());
            return;
        case NameChange::Kind::length:
            if (const FilePtr file = find(change.path)) (void)make(change.path, 0, file->modified());
            return;
        case NameChange::Kind::directory:
            directories_.erase(change.path);
            if (store_->keeps_files()) ::rmdir(real_path(change.path).c_str());
            return;
        case NameChange::Kind::no_directory:
            directories_.insert(change.path);
            if (store_->keeps_files()) ::mkdir(real_path(change.path).c_str(), 0755);
            return;
    }
}

void FileTable::put_back(const std::string& path, const FilePtr& file) {
    file->set_named(true);
    if (store_->keeps_files()) {
        set_entry(path, unmapped(path, file));
    } else {
        file->renamed(digest_name(path), {});
        set_entry(path, file);
    }
}

// --- other faults ----------------------------------------------------------------------------------------------------

std::uint64_t FileTable::process_ended(std::uint64_t seed) {
    const std::uint64_t life = lives_ended_++;
    const std::uint64_t stream = mix64(draw_stream(seed, Purpose::evicted_pages, text_identity(root_)) + life);
    std::uint64_t evicted = 0;
    for (auto& [path, file] : files_) {
        if (page_cache_ == nullptr) file->abandon_flushes();  // else the kernel carries them to their ends
        if (!pages_went_wrong_ || file->size() == 0) continue;
        file = unmapped(path, file);
        auto mapping = Mapping::of(file);
        BROKERSIM_CHECK(mapping.has_value(), "{}", mapping.error().what);
        evicted += file->evict_lost(file_stream(stream, path));
    }
    return evicted;
}

std::optional<std::string> FileTable::flip_bit(const std::string& prefix, std::uint64_t draw) {
    std::uint64_t pages = 0;
    for (const auto& [path, file] : files_)
        if (path.starts_with(prefix)) pages += file->touched_pages();
    std::uint64_t wanted = below(draw, pages);
    for (const auto& [path, file] : files_) {
        if (!path.starts_with(prefix)) continue;
        if (wanted >= file->touched_pages()) {
            wanted -= file->touched_pages();
            continue;
        }
        const auto page = file->touched_page(wanted);
        auto mapping = Mapping::of(file);
        if (!page || !mapping) return std::nullopt;
        const std::uint64_t first = *page * page_size;
        const std::uint64_t bit = below(mix64(draw), std::min(page_size, file->size() - first) * 8);
        mapping->bytes()[first + bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
        file->take_as_written();
        return path;
    }
    return std::nullopt;
}

}  // namespace brokersim::sim
