#include "core/store/mapped_file_queue.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "core/store/file_allocation.h"
#include "core/whole_number.h"

namespace brokersim::store {
namespace {

constexpr std::int64_t os_page = 4096;

}  // namespace

std::string offset_file_name(std::int64_t start) { return fmt::format("{:020}", start); }

MappedFileQueue::MappedFileQueue(Host& host, std::string directory, std::int64_t file_size, FileAllocation* ahead)
    : host_(host), ahead_(ahead), directory_(std::move(directory)), file_size_(file_size) {
    BROKERSIM_CHECK(file_size > 0, "{}: files of {} bytes", directory_, file_size);
}

FileResult<void> MappedFileQueue::load() {
    auto listed = host_.list(directory_);
    if (!listed) {
        if (listed.error().code == FileErrorCode::not_found) return {};
        return std::unexpected(std::move(listed.error()));
    }
    std::erase_if(*listed, [](const FileInfo& info) { return info.directory; });
    if (!listed->empty() && listed->back().size == 0) {
        if (auto removed = host_.remove(directory_ + "/" + listed->back().name); !removed) return removed;
        listed->pop_back();
    }
    for (const auto& info : *listed) {
        const std::string where = directory_ + "/" + info.name;
        const auto start = whole_number<std::int64_t>(info.name);
        if (!start || *start < 0 || *start > largest_start)
            return std::unexpected(FileError{FileErrorCode::io, where + ": the name is no position"});
        if (info.size != static_cast<std::uint64_t>(file_size_))
            return std::unexpected(
                FileError{FileErrorCode::wrong_size,
                          fmt::format("{}: {} bytes, but files of {} are configured", where, info.size, file_size_)});
        files_.push_back({*start, nullptr});
    }
    std::ranges::sort(files_, {}, &File::start);
    append_ = published_ = readable_ = flushed_ = end_of_files();
    return {};
}

FileResult<void> MappedFileQueue::remove_files_from(std::size_t index) {
    while (files_.size() > index) {
        const std::string gone = path(files_.back().start);
        files_.pop_back();
        if (auto removed = host_.remove(gone); !removed) return removed;
    }
    return {};
}

FileResult<void> MappedFileQueue::truncate(std::int64_t position) {
    BROKERSIM_CHECK(!flushing_, "{} is truncated during a flush", directory_);
    BROKERSIM_CHECK(position <= end_of_files(), "{} is truncated at {}, behind its end", directory_, position);
    append_ = published_ = readable_ = flushed_ = position;
    const auto behind = std::ranges::upper_bound(files_, position, {}, &File::start);
    return remove_files_from(static_cast<std::size_t>(behind - files_.begin()));
}

FileResult<void> MappedFileQueue::remove_last() {
    BROKERSIM_CHECK(!files_.empty() && !flushing_, "{} has no file to remove", directory_);
    auto removed = remove_files_from(files_.size() - 1);
    append_ = published_ = readable_ = flushed_ = end_of_files();
    return removed;
}

FileResult<bool> MappedFileQueue::remove_first(bool forced) {
    BROKERSIM_CHECK(files_.size() > 1, "{} has no file to spare", directory_);
    File& first = files_.front();
    first.leaving = !forced && first.region != nullptr && first.region->use_count() > 1;
    if (first.leaving) return false;
    if (auto removed = host_.remove(path(files_.front().start)); !removed) return std::unexpected(removed.error());
    files_.erase(files_.begin());
    flushed_ = std::max(flushed_, files_.front().start);
    return true;
}

FileResult<WallTime> MappedFileQueue::modified_time(std::size_t index) const {
    return host_.modified_time(path(files_[index].start));
}

void MappedFileQueue::forget_mappings(std::size_t kept) {
    if (flushing_) return;
    for (std::size_t i = 0; i + kept < files_.size(); ++i) {
        File& file = files_[i];
        if (file.start + file_size_ > flushed_) return;
        if (file.region != nullptr && file.region->use_count() == 1) file.region = nullptr;
    }
}

FileResult<void> MappedFileQueue::destroy() {
    BROKERSIM_CHECK(!flushing_, "{} is destroyed during a flush", directory_);
    append_ = published_ = readable_ = flushed_ = 0;
    return remove_files_from(0);
}

FileResult<MappedFileQueue::File> MappedFileQueue::make(std::int64_t start) {
    if (ahead_ != nullptr) {
        auto taken = ahead_->take(start);
        if (!taken) return std::unexpected(std::move(taken.error()));
        return File{.start = start, .region = std::move(taken->region), .buffered = taken->buffered};
    }
    auto region = host_.create(path(start), static_cast<std::uint64_t>(file_size_));
    if (!region) return std::unexpected(std::move(region.error()));
    return File{.start = start, .region = std::move(*region)};
}

FileResult<std::int64_t> MappedFileQueue::prepare(std::int64_t start) {
    if (files_.empty() || append_ >= end_of_files()) {
        const std::int64_t begin = next_start(start);
        auto created = make(begin);
        if (!created) return std::unexpected(std::move(created.error()));
        const bool first = files_.empty();
        files_.push_back(std::move(*created));
        if (first) append_ = published_ = readable_ = flushed_ = begin;
    } else if (region(files_.back()) == nullptr) {
        return std::unexpected(FileError{FileErrorCode::io, path(files_.back().start) + ": cannot be mapped"});
    }
    return end_of_files() - append_;
}

std::span<std::byte> MappedFileQueue::append(std::int64_t length) {
    File& file = files_.back();
    BROKERSIM_CHECK(append_ >= file.start && length <= end_of_files() - append_, "{} bytes at {} of {}", length,
                    append_, directory_);
    const auto at = static_cast<std::uint64_t>(append_ - file.start);
    skip(length);
    if (file.buffered) return std::span(buffers_.back().bytes).last(static_cast<std::size_t>(length));
    return file.region->write(at, static_cast<std::uint64_t>(length));
}

void MappedFileQueue::skip(std::int64_t length) {
    if (files_.back().buffered) {
        if (buffers_.empty() || buffers_.back().file_end != end_of_files())
            buffers_.push_back({.from = append_, .file_end = end_of_files(), .bytes = {}});
        auto& bytes = buffers_.back().bytes;
        bytes.resize(bytes.size() + static_cast<std::size_t>(length));
    }
    append_ += length;
}

void MappedFileQueue::skip_rest_of_file() { skip(end_of_files() - append_); }

void MappedFileQueue::publish(std::int64_t position, std::int64_t store_timestamp) {
    BROKERSIM_CHECK(position >= published_ && position <= append_, "{}: {} is published, {} was, {} written",
                    directory_, position, published_, append_);
    if (position == published_) return;
    // Every file that got bytes now remembers the time; there are two when a record did not fit into the first.
    for (auto file = files_.rbegin(); file != files_.rend() && file->start + file_size_ > published_; ++file)
        file->store_timestamp = store_timestamp;
    published_ = position;
    show();
}

/// What lies behind a buffer is seen once that has been copied, also if it has none.
void MappedFileQueue::show() {
    readable_ = buffers_.empty() ? published_ : std::min(published_, buffers_.front().from);
}

bool MappedFileQueue::can_commit(int least_pages) const {
    if (buffers_.empty() || copied_ > 0) return false;
    const auto& [from, file_end, bytes] = buffers_.front();
    const std::int64_t target = std::min(published_, file_end);
    if (target <= from) return false;
    if (target == file_end || least_pages == 0) return true;
    const std::int64_t file_start = file_end - file_size_;
    return (target - file_start) / os_page - (from - file_start) / os_page >= least_pages;
}

std::int64_t MappedFileQueue::commit(int least_pages) {
    BROKERSIM_CHECK(can_commit(least_pages), "{} has nothing to commit", directory_);
    const auto& [from, file_end, bytes] = buffers_.front();
    copied_ = std::min(published_, file_end) - from;
    File& file = *find(from);
    const auto to =
        file.region->write(static_cast<std::uint64_t>(from - file.start), static_cast<std::uint64_t>(copied_));
    std::ranges::copy(std::span(bytes).first(static_cast<std::size_t>(copied_)), to.begin());
    return copied_;
}

void MappedFileQueue::publish_commit() {
    auto& [from, file_end, bytes] = buffers_.front();
    bytes.erase(bytes.begin(), bytes.begin() + copied_);
    File& file = *find(from);
    from += std::exchange(copied_, 0);
    if (from == file_end) {
        file.buffered = false;
        ahead_->give_back_buffer();
    }
    if (bytes.empty()) buffers_.pop_front();
    show();
}

MappedFileQueue::File* MappedFileQueue::find(std::int64_t offset) {
    if (files_.empty() || offset < files_.front().start || offset >= end_of_files()) return nullptr;
    if (offset >= files_.back().start) return &files_.back();
    const auto behind = std::ranges::upper_bound(files_, offset, {}, &File::start);
    File& file = *(behind - 1);
    return offset < file.start + file_size_ ? &file : nullptr;  // a file in the middle may be missing
}

MappedRegion* MappedFileQueue::region(File& file) {
    if (file.region == nullptr)
        if (auto mapped = host_.map(path(file.start))) file.region = std::move(*mapped);
    return file.region.get();
}

std::optional<std::int64_t> MappedFileQueue::next_file_start(std::int64_t offset) const {
    const auto behind = std::ranges::upper_bound(files_, offset, {}, &File::start);
    if (behind == files_.end()) return std::nullopt;
    return behind->start;
}

std::int64_t MappedFileQueue::readable_end(const File& file) const {
    return std::min(readable_, file.start + file_size_);
}

std::int64_t MappedFileQueue::rest(std::int64_t offset) const {
    const File* file = find(offset);
    return file == nullptr || file->leaving ? 0 : std::max<std::int64_t>(0, readable_end(*file) - offset);
}

MappedFileQueue::File* MappedFileQueue::find_readable(std::int64_t offset, std::int64_t length) {
    File* file = find(offset);
    if (file == nullptr || file->leaving || length <= 0 || length > readable_end(*file) - offset ||
        region(*file) == nullptr)
        return nullptr;
    return file;
}

std::span<const std::byte> MappedFileQueue::read(std::int64_t offset, std::int64_t length) {
    File* file = find_readable(offset, length);
    if (file == nullptr) return {};
    return file->region->read(static_cast<std::uint64_t>(offset - file->start), static_cast<std::uint64_t>(length));
}

Slice MappedFileQueue::pin(std::int64_t offset, std::int64_t length) {
    File* file = find_readable(offset, length);
    if (file == nullptr) return {};
    return file->region->pin(static_cast<std::uint64_t>(offset - file->start), static_cast<std::uint64_t>(length));
}

bool MappedFileQueue::can_flush(int least_pages) const {
    const File* file = find(flushed_);
    if (file == nullptr) return false;
    const std::int64_t target = readable_end(*file);
    if (target <= flushed_) return false;
    if (target == file->start + file_size_ || least_pages == 0) return true;
    return (target - file->start) / os_page - (flushed_ - file->start) / os_page >= least_pages;
}

void MappedFileQueue::flush(int least_pages, Callback<void(FileResult<void>)> done) {
    BROKERSIM_CHECK(!flushing_ && can_flush(least_pages), "{} has nothing to flush", directory_);
    File& file = *find(flushed_);
    const std::int64_t target = readable_end(file);
    const std::int64_t timestamp = file.store_timestamp;
    auto* mapping = region(file);
    if (mapping == nullptr) {
        host_.soon([done = std::move(done), where = path(file.start)]() mutable {
            done(std::unexpected(FileError{FileErrorCode::io, where + ": cannot be mapped"}));
        });
        return;
    }
    flushing_ = true;
    const auto from = static_cast<std::uint64_t>(flushed_ - file.start);
    mapping->flush(from, static_cast<std::uint64_t>(target - flushed_),
                   [this, least_pages, target, timestamp, done = std::move(done)](FileResult<void> result) mutable {
                       flushing_ = false;
                       if (result) {
                           flushed_ = std::max(flushed_, target);
                           if (least_pages == 0) flushed_timestamp_ = timestamp;
                       }
                       done(std::move(result));
                   });
}

void MappedFileQueue::flush_again_from(std::int64_t position) {
    BROKERSIM_CHECK(!flushing_, "{} is to be flushed again during a flush", directory_);
    // Flushes go from file to file: one that is missing in between would end them.
    for (auto file = files_.rbegin(); file != files_.rend(); ++file) {
        flushed_ = std::min(flushed_, file->start);
        const bool first = file + 1 == files_.rend() || (file + 1)->start + file_size_ != file->start;
        if (first || file->start <= position) return;
    }
}

}  // namespace brokersim::store
