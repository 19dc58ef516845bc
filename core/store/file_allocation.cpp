#include "core/store/file_allocation.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/check.h"
#include "core/store/mapped_file_queue.h"

namespace brokersim::store {
namespace {

constexpr Duration longest_wait = std::chrono::seconds(5);
constexpr std::int64_t pages_at_once = 256;  // in one handler

}  // namespace

FileAllocation::FileAllocation(Host& host, std::string directory, std::int64_t file_size, const WarmUp& warm_up,
                               StorePool pool)
    : host_(host), directory_(std::move(directory)), file_size_(file_size), warm_up_(warm_up), pool_(pool) {
    BROKERSIM_CHECK(warm_up.forced_pages > 0, "{} is forced after {} pages", directory_, warm_up.forced_pages);
}

std::string FileAllocation::path(std::int64_t start) const { return directory_ + "/" + offset_file_name(start); }

const FileAllocation::Made* FileAllocation::find(std::int64_t start) const {
    const auto found = std::ranges::find(made_, start, &Made::start);
    return found == made_.end() ? nullptr : &*found;
}

FileResult<FileAllocation::Taken> FileAllocation::take(std::int64_t start) {
    if (find(start) == nullptr)
        if (auto made = make(start); !made) return std::unexpected(std::move(made.error()));
    const auto file = std::ranges::find(made_, start, &Made::start);
    make_later(start + file_size_);
    if (!warm(*file)) {
        go_on();
        return std::unexpected(FileError{FileErrorCode::io, path(start) + ": is not warm yet"});
    }
    Taken taken{std::move(file->region), file->buffered};
    made_.erase(file);
    return taken;
}

bool FileAllocation::ready(std::int64_t start) const {
    if (!warm_up_.wanted) return true;
    const Made* file = find(start);
    return file != nullptr && warm(*file);
}

void FileAllocation::when_ready(std::int64_t start, Task done) {
    BROKERSIM_CHECK(!waiter_, "{}: two wait for a file", directory_);
    awaited_ = start;
    waiter_ = std::move(done);
    const bool there = find(start) != nullptr || make(start).has_value();
    if (!there || ready(start)) return tell();
    make_later(start + file_size_);
    patience_ = host_.after(longest_wait, [this] {
        patience_ = TimerId{};
        tell();
    });
    go_on();
}

void FileAllocation::tell() {
    host_.cancel(std::exchange(patience_, TimerId{}));
    if (waiter_) host_.soon(std::exchange(waiter_, Task{}));
}

FileResult<void> FileAllocation::make(std::int64_t start) {
    if (stopped_) return std::unexpected(FileError{FileErrorCode::io, path(start) + ": no more files are made"});
    if (pool_.exhausted())
        return std::unexpected(FileError{FileErrorCode::io, path(start) + ": no buffer of the pool is free"});
    auto region = host_.create(path(start), static_cast<std::uint64_t>(file_size_));
    if (!region) return std::unexpected(std::move(region.error()));
    const auto behind = std::ranges::upper_bound(made_, start, {}, &Made::start);
    made_.insert(behind, Made{.start = start, .region = std::move(*region), .buffered = pool_.borrow()});
    return {};
}

/// If it can't be made now, whoever needs it tries again, and is told why.
void FileAllocation::make_later(std::int64_t start) {
    host_.soon([this, start] {
        if (!stopped_ && find(start) == nullptr && make(start)) go_on();
    });
}

void FileAllocation::go_on() {
    if (warming_ || stopped_) return;
    const auto file = std::ranges::find_if(made_, [this](const Made& made) { return !warm(made); });
    if (file == made_.end()) return;
    warming_ = file->start;
    const std::int64_t first = file->touched;
    const std::int64_t end = std::min(pages(), first + pages_at_once);
    bool forced = false;
    while (file->touched < end && !forced) {
        const std::int64_t page = file->touched++;
        file->region->write(static_cast<std::uint64_t>(page * page_size), 1)[0] = std::byte{0};
        forced = warm_up_.forced && page - file->forced >= warm_up_.forced_pages;
        if (forced) file->forced = page;
    }
    forced |= warm_up_.forced && file->touched == pages();
    host_.owe(warm_up_.cost_per_page * (file->touched - first));
    host_.paid([this, forced, region = file->region] {
        if (!forced) return piece_done();
        // They are zeros, as they are without this: whether it succeeds is of no interest.
        region->flush(0, region->size(), [this](const FileResult<void>&) { piece_done(); });
    });
}

void FileAllocation::piece_done() {
    const std::int64_t start = *std::exchange(warming_, std::nullopt);
    if (stopped_) return;
    const auto file = std::ranges::find(made_, start, &Made::start);
    file->done = file->touched == pages();
    if (file->done && waiter_ && awaited_ == start) tell();
    go_on();
}

FileResult<void> FileAllocation::stop() {
    stopped_ = true;
    for (; !made_.empty(); made_.pop_back())
        if (auto removed = host_.remove(path(made_.back().start)); !removed) return removed;
    return {};
}

}  // namespace brokersim::store
