#pragma once

#include <cstdint>

#include "sim/page_cache_spec.h"

namespace brokersim::sim {

/// How many pages may be dirty, and how fast writers may make more: Linux's balance_dirty_pages
/// (mm/page-writeback.c), in its integers. Pages count as dirty until their writeback has ended.
class DirtyLimits {
public:
    static constexpr Duration longest_pause{200'000'000};

    /// `dirtyable`: pages that are free, or hold files and are not locked.
    void set(const PageCacheSpec& spec, std::uint64_t dirtyable);

    /// Above this many the flusher writes without being asked.
    std::uint64_t background() const { return background_; }
    /// At this many writers are blocked.
    std::uint64_t hard() const { return hard_; }
    /// Above this many writers are paused in proportion.
    std::uint64_t free_run() const { return (background_ + hard_) / 2; }

    /// How long a writer that made `pages` dirty is paused while `dirty` are; it must ask again afterwards if
    /// blocked(dirty).
    Duration pause(std::uint64_t pages, std::uint64_t dirty) const;
    bool blocked(std::uint64_t dirty) const { return dirty > free_run() && ratio(dirty) == 0; }

    /// To be told of pages that were made dirty, of the first writeback after none, and of writeback that ended, so
    /// that the writers' rate follows the disk's.
    void dirtied(std::uint64_t pages) { dirtied_ += pages; }
    void writeback_begins(std::int64_t now);
    void writeback_ended(std::uint64_t pages, std::uint64_t dirty, std::int64_t now);

    std::uint64_t pages_per_second() const { return writer_rate_; }
    void restart();

private:
    static constexpr std::uint64_t one = 1024;  // a ratio of 1

    std::uint64_t ratio(std::uint64_t dirty) const;

    std::uint64_t background_ = 0;
    std::uint64_t hard_ = 0;
    std::uint64_t granule_ = 4096;
    std::uint64_t disk_rate_ = 0;    // pages a second that writeback ends
    std::uint64_t writer_rate_ = 0;  // pages a second that all writers may make dirty where the ratio is 1
    std::uint64_t dirtied_ = 0;      // since `measured_at_`
    std::uint64_t written_ = 0;
    std::int64_t measured_at_ = 0;
};

}  // namespace brokersim::sim
