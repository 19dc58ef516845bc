#include <algorithm>
#include <bit>

#include "core/check.h"
#include "sim/page_cache.h"

/// Writing: the flusher, flushes, and the ends of operations.
namespace brokersim::sim {
namespace {

constexpr std::uint64_t bit_of(std::uint64_t page) { return 1ULL << (page % 64); }

/// The page can be written now.
bool can_go(const PageGroup& group, std::uint64_t page) {
    return (group.dirty & ~group.writeback & ~group.reading & bit_of(page)) != 0;
}

}  // namespace

// --- runs of pages ---------------------------------------------------------------------------------------------------

/// The last page of the run of pages that can be written, from `first` on, within one operation.
std::uint64_t PageCache::run_end(CachedFile& file, std::uint64_t first, std::uint64_t last) const {
    const std::uint64_t most = std::min(last, first + (longest_write >> shift_) - 1);
    std::uint64_t end = first;
    while (end < most && can_go(file.group(end + 1), end + 1)) ++end;
    return end;
}

/// The first page of the run that `page` belongs to, if an operation from there on still reaches the page.
std::uint64_t PageCache::run_begin(CachedFile& file, std::uint64_t page) const {
    std::uint64_t begin = page;
    while (begin > 0 && page - begin + 1 < longest_write >> shift_ && can_go(file.group(begin - 1), begin - 1)) --begin;
    return begin;
}

std::uint64_t PageCache::submit_write(CachedFile& file, std::uint64_t first, std::uint64_t last, bool of_flusher,
                                      bool of_reclaim, bool tell) {
    const std::uint64_t pages = last - first + 1;
    for (std::uint64_t page = first; page <= last; ++page) {
        PageGroup& group = file.group(page);
        BROKERSIM_CHECK(can_go(group, page), "page {} of file {} is written in the wrong state", page, file.number_);
        group.dirty &= ~bit_of(page);
        group.writable &= ~bit_of(page);
        group.writeback |= bit_of(page);
    }
    forget_dirty(file, pages);
    if (writeback_ == 0) limits_.writeback_begins(ns_of(engine_.now()));
    writeback_ += pages;
    const std::uint64_t number = ++operation_numbers_;
    Operation operation{.file = &file,
                        .first = first,
                        .last = last,
                        .reads = false,
                        .of_flusher = of_flusher,
                        .of_reclaim = of_reclaim,
                        .sleepers = {},
                        .gatherings = {}};
    const std::uint64_t offset = first << shift_;
    if (tell && file.owner_ != nullptr)
        operation.owner_number = file.owner_->writeback_begins(offset, std::min(pages << shift_, file.bytes_ - offset));
    if (of_flusher) ++flusher_operations_;
    if (of_reclaim) ++reclaim_operations_;
    file.operations_.push_back(number);
    submit(number, operations_.emplace(number, std::move(operation)).first->second);
    return number;
}

void PageCache::submit(std::uint64_t number, Operation& operation) {
    if (operation.submitted || operation.file == nullptr) return;
    operation.submitted = true;
    const std::uint64_t bytes = (operation.last - operation.first + 1) << shift_;
    disk_.submit(operation.reads ? Disk::Kind::read : Disk::Kind::write,
                 operation.file->place_ + (operation.first << shift_), bytes, [this, number] { complete(number); });
}

// --- dirty files -----------------------------------------------------------------------------------------------------

void PageCache::note_dirty(CachedFile& file) {
    if (!file.expired_) {
        file.dirty_since_ = ns_of(engine_.now());
        dirty_files_.emplace(file.dirty_since_, file.number_);
    }
    arm_flusher();
}

void PageCache::forget_dirty(CachedFile& file, std::uint64_t pages) {
    dirty_ -= pages;
    file.dirty_pages_ -= pages;
    if (file.dirty_pages_ == 0 && !file.expired_) dirty_files_.erase({file.dirty_since_, file.number_});
}

// --- the flusher -----------------------------------------------------------------------------------------------------

void PageCache::arm_flusher() {
    if (flusher_timer_.value != 0 || spec_.wake_interval <= Duration::zero()) return;
    flusher_timer_ = engine_.at(engine_.now() + spec_.wake_interval, [this] { flusher_wakes(); });
}

void PageCache::flusher_wakes() {
    flusher_timer_ = TimerId{};
    const std::int64_t due = ns_of(engine_.now()) - spec_.expire.count();
    while (!dirty_files_.empty() && dirty_files_.begin()->first <= due) {
        const std::uint32_t number = dirty_files_.begin()->second;
        dirty_files_.erase(dirty_files_.begin());
        files_[number]->expired_ = true;
        files_[number]->cursor_ = 0;
        expired_.push_back(number);
    }
    write_back();
    if (dirty_ > 0) arm_flusher();
}

/// Keeps the flusher's operations going.
void PageCache::write_back() {
    std::size_t in_vain = 0;  // files passed over since something was found
    while (flusher_operations_ < flusher_depth && in_vain <= dirty_files_.size() + expired_.size() + 1) {
        const std::size_t before = flusher_operations_;
        if (!write_next()) return;
        in_vain = flusher_operations_ > before ? 0 : in_vain + 1;
    }
}

/// The next run of the present file, or the end of it. False if there is nothing to do.
bool PageCache::write_next() {
    CachedFile* file = next_file();
    if (file == nullptr) return false;
    const std::uint64_t pages = file->pages();
    std::uint64_t page = file->cursor_;
    while (page < pages) {
        const PageGroup* group = file->groups_[page / 64].get();
        const std::uint64_t can = group == nullptr ? 0 : group->dirty & ~group->writeback & ~group->reading;
        const std::uint64_t left = can >> (page % 64);
        if (left != 0) {
            page += static_cast<std::uint64_t>(std::countr_zero(left));
            break;
        }
        page = (page / 64 + 1) * 64;
    }
    if (page >= pages) {
        pass_is_over(*file);
        return true;
    }
    const std::uint64_t end = run_end(*file, page, pages - 1);
    file->cursor_ = end + 1;
    submit_write(*file, page, end, true, false, true);
    return true;
}

CachedFile* PageCache::next_file() {
    over_background_ = dirty_ > limits_.background();
    if (pass_ != UINT32_MAX) {
        CachedFile& file = *files_[pass_];
        if (file.expired_ || (over_background_ && file.dirty_pages_ > 0)) return &file;
        pass_ = UINT32_MAX;
    }
    while (!expired_.empty()) {
        pass_ = expired_.front();
        expired_.pop_front();
        if (files_[pass_] && files_[pass_]->expired_) return files_[pass_].get();
        pass_ = UINT32_MAX;
    }
    if (!over_background_ || dirty_files_.empty()) return nullptr;
    pass_ = dirty_files_.begin()->second;
    return files_[pass_].get();
}

/// The flusher has come to the end of a file. What is dirty there now was not before, unless it began in the middle.
void PageCache::pass_is_over(CachedFile& file) {
    pass_ = UINT32_MAX;
    file.cursor_ = 0;
    if (!file.expired_) dirty_files_.erase({file.dirty_since_, file.number_});
    file.expired_ = false;
    if (file.dirty_pages_ == 0) return;
    file.dirty_since_ = ns_of(engine_.now());
    dirty_files_.emplace(file.dirty_since_, file.number_);
}

// --- flushes ---------------------------------------------------------------------------------------------------------

void PageCache::flush(CachedFile& file, std::uint64_t offset, std::uint64_t length, Task done) {
    const std::uint64_t number = ++gathering_numbers_;
    Gathering& gathering = gatherings_[number];
    gathering.file = &file;
    gathering.flushes = true;
    gathering.done = std::move(done);
    gathering.operations = 1;  // this call
    for (const std::uint64_t each : file.operations_) {
        Operation& operation = operations_.at(each);
        if (operation.reads) continue;
        operation.gatherings.push_back(number);
        ++gathering.operations;
    }
    const std::uint64_t last = length == 0 ? 0 : file.last_page(offset, length);
    for (std::uint64_t page = file.first_page(offset); length > 0 && page <= last; ++page) {
        const PageGroup* group = file.groups_[page / 64].get();
        if (group == nullptr || group->dirty == 0) {
            page |= 63;
            continue;
        }
        if ((group->dirty & bit_of(page)) == 0) continue;
        if (!can_go(*group, page)) {
            gathering.again.push_back(page);
            continue;
        }
        const std::uint64_t end = run_end(file, page, last);
        operations_.at(submit_write(file, page, end, false, false, false)).gatherings.push_back(number);
        ++gathering.operations;
        page = end;
    }
    gather(number);
}

/// One of the operations that a flush or a fetch waits for is over.
void PageCache::gather(std::uint64_t number) {
    Gathering& gathering = gatherings_.at(number);
    if (--gathering.operations > 0) return;
    std::vector<std::uint64_t> again;
    for (const std::uint64_t page : std::exchange(gathering.again, {})) {
        CachedFile& file = *gathering.file;
        const PageGroup& group = file.group(page);
        if ((group.dirty & bit_of(page)) == 0) continue;
        std::uint64_t under_way = 0;
        if (can_go(group, page)) {
            under_way = submit_write(file, page, page, false, false, true);
        } else {
            again.push_back(page);
            operation_on(file, page, (group.reading & bit_of(page)) != 0, under_way);
        }
        Operation& operation = operations_.at(under_way);
        submit(under_way, operation);
        operation.gatherings.push_back(number);
        ++gathering.operations;
    }
    gathering.again = std::move(again);
    if (gathering.operations > 0) return;
    Task done = std::move(gathering.done);
    const bool flushes = gathering.flushes;
    gatherings_.erase(number);
    if (flushes)
        barrier(std::move(done));
    else
        done();
}

// --- ends of operations ----------------------------------------------------------------------------------------------

void PageCache::complete(std::uint64_t number) {
    Operation operation = std::move(operations_.extract(number).mapped());
    if (operation.file != nullptr) std::erase(operation.file->operations_, number);
    if (operation.reads)
        end_of_read(operation);
    else
        end_of_write(operation);
    stuck_ = false;
    for (Sleeper* sleeper : operation.sleepers) sleeper->woken();
    for (const std::uint64_t gathering : operation.gatherings) gather(gathering);
    if (!want_room_.empty() || !orphans_.empty()) room_appeared();
    write_back();
}

void PageCache::end_of_write(Operation& operation) {
    if (operation.of_flusher) --flusher_operations_;
    if (operation.of_reclaim) --reclaim_operations_;
    if (operation.file == nullptr) return;
    CachedFile& file = *operation.file;
    std::uint64_t written = 0;
    for (std::uint64_t page = operation.first; page <= operation.last && page < file.pages(); ++page) {
        PageGroup& group = file.group(page);
        if ((group.writeback & bit_of(page)) == 0) continue;
        group.writeback &= ~bit_of(page);
        group.stored |= bit_of(page);
        ++written;
        const std::uint32_t frame = group.frames[page % 64];
        const bool used = ((group.dirty | group.young) & bit_of(page)) != 0;
        if (operation.of_reclaim && !used && lists_.at(frame).list == List::inactive)
            lists_.to_tail(frame, List::inactive);
    }
    writeback_ -= written;
    counters_.written_pages += written;
    limits_.writeback_ended(written, dirty_ + writeback_, ns_of(engine_.now()));
    if (operation.owner_number != 0) file.owner_->writeback_ended(operation.owner_number);
}

void PageCache::power_lost() {
    disk_.power_lost();
    operations_.clear();
    gatherings_.clear();
    want_room_.clear();
    orphans_.clear();
    dirty_files_.clear();
    expired_.clear();
    lists_.clear();
    dirty_ = 0;
    writeback_ = 0;
    pass_ = UINT32_MAX;
    over_background_ = false;
    flusher_operations_ = 0;
    reclaim_operations_ = 0;
    stuck_ = false;
    if (flusher_timer_.value != 0) engine_.cancel(std::exchange(flusher_timer_, TimerId{}));
    for (auto& file : files_) {
        if (!file) continue;
        for (auto& group : file->groups_) {
            if (!group) continue;
            const std::uint64_t stored = group->stored;
            *group = PageGroup{};
            group->stored = stored;
        }
        file->resident_pages_ = 0;
        file->dirty_pages_ = 0;
        file->expired_ = false;
        file->cursor_ = 0;
        file->ahead_next_ = 0;
        file->ahead_window_ = 0;
        file->operations_.clear();
    }
    limits_.restart();
    limits_.set(spec_, capacity_);
}

}  // namespace brokersim::sim
