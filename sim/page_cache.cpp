#include "sim/page_cache.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "core/check.h"

namespace brokersim::sim {
namespace {

constexpr std::uint64_t bit_of(std::uint64_t page) { return 1ULL << (page % 64); }

/// The greatest number whose square is not greater.
std::uint64_t square_root(std::uint64_t square) {
    std::uint64_t root = 0;
    for (std::uint64_t bit = 1ULL << 31; bit != 0; bit >>= 1)
        if ((root + bit) * (root + bit) <= square) root += bit;
    return root;
}

/// What the kernel keeps free for itself, in bytes: 4 * sqrt(KiB of memory) KiB.
std::uint64_t usual_min_free(std::uint64_t memory_bytes) { return square_root(memory_bytes / 1024 * 16) * 1024; }

static_assert(sizeof(PageFrame) + (sizeof(PageGroup) + sizeof(std::unique_ptr<PageGroup>)) / 64 + 1 <= 32,
              "bytes for each page of a file that is in memory");

}  // namespace

PageCache::PageCache(Engine& engine, Disk& disk, std::uint64_t memory_bytes, const PageCacheSpec& spec)
    : engine_(engine), disk_(disk), spec_(spec), shift_(std::countr_zero(spec.granule)) {
    BROKERSIM_CHECK(std::has_single_bit(spec.granule) && spec.granule >= 4096 && spec.granule <= 65536,
                    "pages of {} bytes", spec.granule);
    BROKERSIM_CHECK(spec.other_bytes < memory_bytes, "{} of {} bytes of memory are used otherwise", spec.other_bytes,
                    memory_bytes);
    capacity_ = (memory_bytes - spec.other_bytes) >> shift_;
    const std::uint64_t min_bytes =
        spec.min_free_bytes < 0 ? usual_min_free(memory_bytes) : static_cast<std::uint64_t>(spec.min_free_bytes);
    min_free_ = std::min(min_bytes >> shift_, capacity_ / 4);
    low_free_ = min_free_ * 5 / 4;
    high_free_ = min_free_ * 3 / 2;
    BROKERSIM_CHECK(capacity_ > 0, "no memory for the page cache");
    limits_.set(spec_, capacity_);
}

PageCache::~PageCache() {
    for (const auto& file : files_)
        if (file && file->owner_ != nullptr) file->owner_->cache_gone();
}

// --- files -----------------------------------------------------------------------------------------------------------

CachedFile& PageCache::add(PageOwner* owner, std::uint64_t bytes) {
    const auto number = static_cast<std::uint32_t>(files_.size());
    files_.push_back(std::make_unique<CachedFile>(number, owner, disk_.allocate(bytes), bytes, shift_));
    return *files_.back();
}

void PageCache::resize(CachedFile& file, std::uint64_t bytes) {
    const std::uint64_t before = file.pages();
    file.bytes_ = bytes;
    const std::uint64_t pages = file.pages();
    for (std::uint64_t page = pages; page < before; ++page) {
        if (file.resident(page)) drop_page(file, page);
        if (file.groups_[page / 64]) file.group(page).stored &= ~bit_of(page);
    }
    file.groups_.resize(pages / 64 + 1);
    if (bytes > before << shift_) file.place_ = disk_.allocate(bytes);
    if (!want_room_.empty()) engine_.at(engine_.now(), [this] { room_appeared(); });
}

void PageCache::drop(CachedFile& file) {
    resize(file, 0);
    for (const std::uint64_t number : file.operations_) {
        const auto operation = operations_.find(number);
        operation->second.file = nullptr;
        if (!operation->second.submitted) operations_.erase(operation);  // nobody waits for it yet
    }
    for (auto& [number, gathering] : gatherings_)
        if (gathering.file == &file) {
            gathering.file = nullptr;
            gathering.again.clear();
        }
    if (pass_ == file.number_) pass_ = UINT32_MAX;
    counters_.uses += file.uses_;
    stuck_ = false;
    limits_.set(spec_, capacity_ - locked_pages());
    files_[file.number_].reset();
}

void PageCache::take_as_stored(CachedFile& file, std::uint64_t offset, std::uint64_t length) {
    if (length == 0) return;
    for (std::uint64_t page = file.first_page(offset); page <= file.last_page(offset, length); ++page)
        file.group(page).stored |= bit_of(page);
}

void PageCache::unmap(CachedFile& file) {
    for (auto& group : file.groups_)
        if (group) group->mapped = group->writable = 0;
}

Duration PageCache::removal_time(const CachedFile& file) const {
    std::uint64_t pages = 0;
    for (const auto& group : file.groups_)
        if (group) pages += static_cast<std::uint64_t>(std::popcount(group->stored));
    const auto bytes = static_cast<unsigned __int128>(pages) << shift_;
    return Duration(static_cast<std::int64_t>(bytes * static_cast<std::uint64_t>(spec_.removal_of_gib.count()) >> 30));
}

// --- touching --------------------------------------------------------------------------------------------------------

void PageCache::read(CachedFile& file, std::uint64_t offset, std::uint64_t length, IoDebt& debt) {
    const std::uint64_t before = counters_.major_faults;
    for (std::uint64_t page = file.first_page(offset); page <= file.last_page(offset, length); ++page)
        touch_to_read(file, page, By::mapping, debt);
    if (counters_.major_faults != before) ++counters_.misses;
}

void PageCache::write(CachedFile& file, std::uint64_t offset, std::uint64_t length, IoDebt& debt) {
    const std::uint64_t before = counters_.major_faults;
    for (std::uint64_t page = file.first_page(offset); page <= file.last_page(offset, length); ++page)
        touch_to_write(file, page, By::mapping, debt);
    if (counters_.major_faults != before) ++counters_.misses;
}

void PageCache::read_by_call(CachedFile& file, std::uint64_t offset, std::uint64_t length, IoDebt& debt) {
    if (length == 0) return;
    const std::uint64_t before = counters_.major_faults;
    ++file.uses_;
    for (std::uint64_t page = file.first_page(offset); page <= file.last_page(offset, length); ++page)
        touch_to_read(file, page, By::call, debt);
    if (counters_.major_faults != before) ++counters_.misses;
}

void PageCache::write_by_call(CachedFile& file, std::uint64_t offset, std::uint64_t length, IoDebt& debt) {
    if (length == 0) return;
    ++file.uses_;
    for (std::uint64_t page = file.first_page(offset); page <= file.last_page(offset, length); ++page)
        touch_to_write(file, page, By::call, debt);
}

void PageCache::mark_dirty(CachedFile& file, std::uint64_t offset) {
    IoDebt nobodys;
    touch_to_write(file, file.first_page(offset), By::call, nobodys);
    if (!nobodys.paid() && nobodys.front().kind == Wait::Kind::fault)
        orphans_.push_back({file.number_, file.first_page(offset)});
}

void PageCache::touch_to_read(CachedFile& file, std::uint64_t page, By by, IoDebt& debt) {
    PageGroup& group = file.group(page);
    const std::uint64_t bit = bit_of(page);
    if (by == By::mapping && (group.mapped & bit) != 0) {
        group.young |= bit;
        return;
    }
    if ((group.present & bit) == 0 && !bring_in(file, page, false)) {
        debt.add_fault(file.number_, page, false);
        return;
    }
    if ((group.marker & bit) != 0) {
        group.marker &= ~bit;
        read_on(file);
    }
    if (by == By::mapping)
        group.young |= bit;
    else
        mark_accessed(file, page);
    if ((group.reading & bit) != 0) {
        ++counters_.major_faults;
        wait_for(file, page, true, debt);
    } else if (by == By::mapping) {
        map_around(file, page);
        charge_fault(spec_.minor_fault, debt);
    }
}

void PageCache::touch_to_write(CachedFile& file, std::uint64_t page, By by, IoDebt& debt) {
    PageGroup& group = file.group(page);
    const std::uint64_t bit = bit_of(page);
    if (by == By::mapping && (group.writable & bit) != 0) {
        group.young |= bit;
        return;
    }
    if ((group.present & bit) == 0 && !bring_in(file, page, by == By::call)) {
        debt.add_fault(file.number_, page, true);
        return;
    }
    const bool reading = (group.reading & bit) != 0;
    if (reading) {
        ++counters_.major_faults;
        wait_for(file, page, true, debt);
    }
    if (spec_.stable_pages && (group.writeback & bit) != 0) wait_for(file, page, false, debt);
    if (by == By::call) {
        mark_accessed(file, page);
    } else {
        group.young |= bit;
        if (!reading) {
            group.mapped |= bit;
            group.writable |= bit;
        }
        charge_fault(spec_.write_fault, debt);
    }
    make_dirty(file, page, debt);
}

void PageCache::charge_fault(Duration time, IoDebt& debt) {
    ++counters_.minor_faults;
    debt.add_time(time);
}

void PageCache::make_dirty(CachedFile& file, std::uint64_t page, IoDebt& debt) {
    PageGroup& group = file.group(page);
    if ((group.dirty & bit_of(page)) != 0) return;
    group.dirty |= bit_of(page);
    ++dirty_;
    ++file.dirty_pages_;
    if (file.dirty_pages_ == 1) note_dirty(file);
    const std::uint64_t all = dirty_ + writeback_;
    counters_.dirty_peak_bytes = std::max(counters_.dirty_peak_bytes, all << shift_);
    limits_.dirtied(1);
    if (all > limits_.free_run()) debt.add_balance(1);
    if (dirty_ > limits_.background() && !over_background_) {
        over_background_ = true;  // the flusher looks once the bytes are written, and not in the middle of it
        engine_.at(engine_.now(), [this] { write_back(); });
    }
}

/// Gives a page of the file memory: empty where the disk holds nothing of it or all of it will be written (`whole`),
/// else to be read. False if there is no memory.
bool PageCache::bring_in(CachedFile& file, std::uint64_t page, bool whole) {
    if (!whole && (file.group(page).stored & bit_of(page)) != 0) return read_from(file, page) != 0;
    return take_frame(file, page);
}

/// The thread waits for what is under way with the page.
void PageCache::wait_for(CachedFile& file, std::uint64_t page, bool reads, IoDebt& debt) {
    std::uint64_t number = 0;
    const Operation* operation = operation_on(file, page, reads, number);
    BROKERSIM_CHECK(operation != nullptr, "nothing is under way with page {} of file {}", page, file.number_);
    debt.add_operation(number);
}

PageCache::Operation* PageCache::operation_on(CachedFile& file, std::uint64_t page, bool reads, std::uint64_t& number) {
    for (const std::uint64_t each : file.operations_) {
        Operation& operation = operations_.at(each);
        if (operation.reads != reads || page < operation.first || page > operation.last) continue;
        number = each;
        return &operation;
    }
    return nullptr;
}

/// A read fault maps what is in memory around it, too; not where somebody must notice that the page is reached.
void PageCache::map_around(CachedFile& file, std::uint64_t page) {
    PageGroup& group = file.group(page);
    const std::uint64_t around = ((1ULL << fault_around) - 1) << (page % 64 / fault_around * fault_around);
    group.mapped |= (group.present & ~group.reading & ~group.marker & around) | bit_of(page);
}

/// Used by a system call: the second time on the inactive list the page becomes active.
void PageCache::mark_accessed(CachedFile& file, std::uint64_t page) {
    PageGroup& group = file.group(page);
    const std::uint32_t frame = group.frames[page % 64];
    if (lists_.at(frame).list != List::inactive) return;
    if ((group.referenced & bit_of(page)) != 0) lists_.to_head(frame, List::active);
    group.referenced ^= bit_of(page);
}

bool PageCache::lock(CachedFile& file, std::uint64_t offset, std::uint64_t length, IoDebt& debt) {
    if (length == 0) return true;
    const std::uint64_t first = file.first_page(offset);
    const std::uint64_t last = file.last_page(offset, length);
    if (locked_pages() + last - first + 1 + min_free_ > capacity_) return false;
    for (std::uint64_t page = first; page <= last; ++page) {
        PageGroup& group = file.group(page);
        if ((group.present & bit_of(page)) == 0 && !bring_in(file, page, false)) {
            if (page > first) unlock(file, first << shift_, (page - first) << shift_);
            return false;
        }
        if ((group.reading & bit_of(page)) != 0) wait_for(file, page, true, debt);
        lists_.to_head(group.frames[page % 64], List::locked);
    }
    limits_.set(spec_, capacity_ - locked_pages());
    return true;
}

void PageCache::unlock(CachedFile& file, std::uint64_t offset, std::uint64_t length) {
    if (length == 0) return;
    for (std::uint64_t page = file.first_page(offset); page <= file.last_page(offset, length); ++page) {
        if (!file.resident(page)) continue;
        const std::uint32_t frame = file.group(page).frames[page % 64];
        if (lists_.at(frame).list == List::locked) lists_.to_head(frame, List::inactive);
    }
    limits_.set(spec_, capacity_ - locked_pages());
    stuck_ = false;
    if (!want_room_.empty()) engine_.at(engine_.now(), [this] { room_appeared(); });
}

bool PageCache::resident(const CachedFile& file, std::uint64_t offset, std::uint64_t length) const {
    if (length == 0) return true;
    for (std::uint64_t page = file.first_page(offset); page <= file.last_page(offset, length); ++page)
        if (!file.resident(page)) return false;
    return true;
}

// --- waiting ---------------------------------------------------------------------------------------------------------

bool PageCache::serve(IoDebt& debt, Sleeper& sleeper) {
    const Wait wait = debt.front();
    IoDebt more;
    switch (wait.kind) {
        case Wait::Kind::time:
            BROKERSIM_CHECK(false, "a thread waits for time by itself");
        case Wait::Kind::io: {
            const auto found = operations_.find(wait.value);
            if (found == operations_.end()) {
                debt.pop();
                return true;
            }
            found->second.sleepers.push_back(&sleeper);
            submit(wait.value, found->second);
            return false;
        }
        case Wait::Kind::fault:
            if (CachedFile* file = files_[wait.file].get()) {
                if (wait.write)
                    touch_to_write(*file, wait.value, By::mapping, more);
                else
                    touch_to_read(*file, wait.value, By::mapping, more);
            }
            if (!more.paid() && more.front().kind == Wait::Kind::fault) {
                want_room_.push_back(&sleeper);
                begin_reads(debt);
                return false;
            }
            break;
        case Wait::Kind::balance: {
            const std::uint64_t dirty = dirty_ + writeback_;
            const Duration pause = limits_.pause(wait.value, dirty);
            more.add_time(pause);
            if (limits_.blocked(dirty)) {
                more.add_balance(wait.value);
                begin_reads(debt);
            }
            counters_.throttled_ns += pause.count();
            break;
        }
    }
    debt.replace_front(more);
    return true;
}

/// What a thread would read only later has memory already, and may be dirty: it must not keep both from all others
/// while the thread is held up.
void PageCache::begin_reads(const IoDebt& debt) {
    debt.each([&](const Wait& wait) {
        if (wait.kind != Wait::Kind::io) return;
        if (const auto found = operations_.find(wait.value); found != operations_.end())
            submit(wait.value, found->second);
    });
}

void PageCache::abandon(IoDebt& debt, Sleeper& sleeper) {
    std::erase(want_room_, &sleeper);
    begin_reads(debt);
    debt.each([&](const Wait& wait) {
        if (wait.kind == Wait::Kind::fault && wait.write) orphans_.push_back({wait.file, wait.value});
        if (wait.kind != Wait::Kind::io) return;
        if (const auto found = operations_.find(wait.value); found != operations_.end())
            std::erase(found->second.sleepers, &sleeper);
    });
    debt.clear();
    if (!orphans_.empty()) engine_.at(engine_.now(), [this] { room_appeared(); });
}

PageCacheCounters PageCache::counters() const {
    PageCacheCounters counters = counters_;
    for (const auto& file : files_)
        if (file) counters.uses += file->uses_;
    return counters;
}

}  // namespace brokersim::sim
