#include <algorithm>
#include <bit>

#include "core/check.h"
#include "sim/page_cache.h"

/// Reclaim: how pages get memory, and lose it.
namespace brokersim::sim {
namespace {

constexpr std::size_t most_reclaim_writes = 32;  // operations under way for dirty pages that reclaim met

/// How many times longer the active list may be than the inactive one: sqrt(10 * GiB of both), at least 1.
std::uint64_t inactive_ratio(std::uint64_t bytes) {
    std::uint64_t ratio = 1;
    while ((ratio + 1) * (ratio + 1) <= 10 * (bytes >> 30)) ++ratio;
    return ratio;
}

}  // namespace

/// Memory for a page that has none, on the inactive list. False if nothing can be freed at this moment.
bool PageCache::take_frame(CachedFile& file, std::uint64_t page) {
    if (free_pages() < low_free_ && !stuck_) make_room(high_free_ - free_pages());  // the kernel's thread
    if (free_pages() <= min_free_ && (stuck_ || make_room(reclaim_batch) == 0)) return false;
    BROKERSIM_CHECK(lists_.used() < capacity_, "{} pages of memory, all used", capacity_);
    PageGroup& group = file.group(page);
    group.frames[page % 64] = lists_.take(file.number_, static_cast<std::uint32_t>(page), List::inactive);
    group.present |= 1ULL << (page % 64);
    ++file.resident_pages_;
    counters_.peak_bytes = std::max(counters_.peak_bytes, lists_.used() << shift_);
    return true;
}

/// Frees `pages` pages, or as many as it can: after three looks at each page it gives up. Returns how many.
std::uint64_t PageCache::make_room(std::uint64_t pages) {
    const std::uint64_t most = 3 * (lists_.size(List::inactive) + lists_.size(List::active)) + reclaim_batch;
    std::uint64_t freed = 0;
    for (std::uint64_t looked = 0; freed < pages && looked < most; looked += reclaim_batch) freed += reclaim_some();
    if (freed == 0) stuck_ = true;
    return freed;
}

std::uint64_t PageCache::reclaim_some() {
    if (inactive_is_low()) deactivate_some();
    std::uint64_t freed = 0;
    for (std::uint64_t n = 0; n < reclaim_batch && lists_.size(List::inactive) > 0; ++n)
        if (reclaim_tail()) ++freed;
    return freed;
}

bool PageCache::inactive_is_low() const {
    const std::uint64_t inactive = lists_.size(List::inactive);
    const std::uint64_t active = lists_.size(List::active);
    return inactive * inactive_ratio((inactive + active) << shift_) < active;
}

void PageCache::deactivate_some() {
    for (std::uint64_t n = 0; n < reclaim_batch && lists_.size(List::active) > 0; ++n) {
        const std::uint32_t frame = lists_.tail(List::active);
        const PageFrame& page = lists_.at(frame);
        files_[page.file]->group(page.page).young &= ~(1ULL << (page.page % 64));
        lists_.to_head(frame, List::inactive);
    }
}

/// Looks at the last page of the inactive list; true if it was dropped.
bool PageCache::reclaim_tail() {
    const std::uint32_t frame = lists_.tail(List::inactive);
    const PageFrame seen = lists_.at(frame);
    CachedFile& file = *files_[seen.file];
    PageGroup& group = file.group(seen.page);
    const std::uint64_t bit = 1ULL << (seen.page % 64);
    if (((group.reading | group.writeback) & bit) != 0) {
        lists_.to_head(frame, List::inactive);
        return false;
    }
    if ((group.young & bit) != 0) {
        group.young &= ~bit;
        lists_.to_head(frame, (group.referenced & bit) != 0 ? List::active : List::inactive);
        group.referenced ^= bit;
        return false;
    }
    group.referenced &= ~bit;
    if ((group.dirty & bit) == 0) {
        drop_page(file, seen.page);
        ++counters_.evicted_pages;
        return true;
    }
    lists_.to_head(frame, List::inactive);
    if (reclaim_operations_ < most_reclaim_writes)
        submit_write(file, run_begin(file, seen.page), run_end(file, seen.page, file.pages() - 1), false, true, true);
    return false;
}

void PageCache::drop_page(CachedFile& file, std::uint64_t page) {
    PageGroup& group = file.group(page);
    const std::uint64_t bit = 1ULL << (page % 64);
    if ((group.dirty & bit) != 0) forget_dirty(file, 1);
    if ((group.writeback & bit) != 0) --writeback_;
    for (std::uint64_t PageGroup::* set :
         {&PageGroup::present, &PageGroup::mapped, &PageGroup::writable, &PageGroup::young, &PageGroup::referenced,
          &PageGroup::dirty, &PageGroup::writeback, &PageGroup::reading, &PageGroup::marker})
        group.*set &= ~bit;
    lists_.give_back(group.frames[page % 64]);
    group.frames[page % 64] = PageGroup::nowhere;
    --file.resident_pages_;
}

/// Wakes those who wait for memory, in their order: they try again.
void PageCache::room_appeared() {
    stuck_ = false;
    for (Sleeper* sleeper : std::exchange(want_room_, {})) sleeper->woken();
    IoDebt nobodys;
    for (const Fault& fault : std::exchange(orphans_, {})) {
        CachedFile* file = files_[fault.file].get();
        if (file == nullptr || fault.page >= file->pages()) continue;
        touch_to_write(*file, fault.page, By::call, nobodys);
        if (!file->resident(fault.page)) orphans_.push_back(fault);
    }
}

}  // namespace brokersim::sim
