#include <algorithm>
#include <bit>

#include "sim/page_cache.h"

/// Reads: what is asked of the disk, and how much more.
namespace brokersim::sim {
namespace {

constexpr std::uint64_t first_window = 16 << 10;  // bytes; it doubles up to the setting

}  // namespace

/// A page is not there. Reads it, and where the file is read on from where the last read ended, a window behind it too.
/// Returns the operation's number, 0 if there is no memory.
std::uint64_t PageCache::read_from(CachedFile& file, std::uint64_t page) {
    const std::uint64_t most = std::max<std::uint64_t>(spec_.readahead_bytes >> shift_, 1);
    const bool sequential = page == 0 || page == file.ahead_next_;
    const std::uint64_t first = std::clamp<std::uint64_t>(first_window >> shift_, 1, most);
    file.ahead_window_ = !sequential || most == 1               ? 0
                         : file.ahead_window_ == 0 || page == 0 ? first
                                                                : std::min(file.ahead_window_ * 2, most);
    const std::uint64_t number = begin_read(file, page, std::max<std::uint64_t>(file.ahead_window_, 1));
    if (number == 0) return 0;
    const std::uint64_t last = operations_.at(number).last;
    file.ahead_next_ = last + 1;
    if (last > page) file.group(page + 1).marker |= 1ULL << ((page + 1) % 64);
    return number;
}

/// The reader has come to the mark: the next window is read while it goes on.
void PageCache::read_on(CachedFile& file) {
    const std::uint64_t most = std::max<std::uint64_t>(spec_.readahead_bytes >> shift_, 1);
    const std::uint64_t first = file.ahead_next_;
    if (first >= file.pages() || file.ahead_window_ == 0) return;
    file.ahead_window_ = std::min(file.ahead_window_ * 2, most);
    const std::uint64_t number = begin_read(file, first, file.ahead_window_);
    if (number == 0) return;
    Operation& operation = operations_.at(number);
    file.ahead_next_ = operation.last + 1;
    file.group(first).marker |= 1ULL << (first % 64);
    submit(number, operation);
}

/// Memory for `most` pages from `first` on, as far as the disk holds them and they are not there, and an operation that
/// reads them; it is submitted when somebody waits for it. 0 if not even the first has room.
std::uint64_t PageCache::begin_read(CachedFile& file, std::uint64_t first, std::uint64_t most) {
    std::uint64_t end = first;
    while (end < file.pages() && end - first < most) {
        PageGroup& group = file.group(end);
        const std::uint64_t bit = 1ULL << (end % 64);
        if ((group.stored & bit) == 0 || (group.present & bit) != 0 || !take_frame(file, end)) break;
        group.reading |= bit;
        ++end;
    }
    if (end == first) return 0;
    const std::uint64_t number = ++operation_numbers_;
    operations_.emplace(
        number,
        Operation{.file = &file, .first = first, .last = end - 1, .reads = true, .sleepers = {}, .gatherings = {}});
    file.operations_.push_back(number);
    return number;
}

void PageCache::end_of_read(const Operation& operation) {
    if (operation.file == nullptr) return;
    for (std::uint64_t page = operation.first; page <= operation.last && page < operation.file->pages(); ++page) {
        PageGroup& group = operation.file->group(page);
        const std::uint64_t bit = 1ULL << (page % 64);
        if ((group.reading & bit) == 0) continue;
        group.reading &= ~bit;
        if ((group.young & bit) == 0) continue;  // nobody waits for it
        group.mapped |= bit;
        group.writable |= group.dirty & bit;
    }
}

void PageCache::fetch(std::span<const Range> ranges, Task done) {
    const std::uint64_t gathering = ++gathering_numbers_;
    Gathering& gathered = gatherings_[gathering];
    gathered.done = std::move(done);
    const auto add = [&](std::uint64_t number) {
        Operation& operation = operations_.at(number);
        if (!operation.gatherings.empty() && operation.gatherings.back() == gathering) return;
        operation.gatherings.push_back(gathering);
        ++gathered.operations;
        submit(number, operation);
    };
    for (const auto& [file, offset, length] : ranges) {
        if (length == 0) continue;
        const std::uint64_t last = file->last_page(offset, length);
        for (std::uint64_t page = file->first_page(offset); page <= last; ++page) {
            const std::uint64_t bit = 1ULL << (page % 64);
            std::uint64_t number = 0;
            if ((file->group(page).reading & bit) != 0)
                operation_on(*file, page, true, number);
            else if (!file->resident(page))
                number = begin_read(*file, page, std::min(last - page + 1, longest_write >> shift_));
            if (number != 0) add(number);
        }
    }
    if (gathered.operations > 0) return;
    engine_.at(engine_.now(), [task = std::move(gathered.done)]() mutable { task(); });
    gatherings_.erase(gathering);
}

}  // namespace brokersim::sim
