#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "core/callback.h"
#include "sim/cached_file.h"
#include "sim/dirty_limits.h"
#include "sim/disk.h"
#include "sim/engine.h"
#include "sim/io_debt.h"
#include "sim/page_cache_spec.h"
#include "sim/page_lists.h"

namespace brokersim::sim {

struct PageCacheCounters {
    std::uint64_t uses = 0;           // reads and writes of mappings, and of files whole
    std::uint64_t misses = 0;         // of those, the ones that had to wait for a read of the disk
    std::uint64_t minor_faults = 0;   // pages that were there, or new, and had to be mapped
    std::uint64_t major_faults = 0;   // pages that had to be waited for
    std::uint64_t evicted_pages = 0;  // dropped to make room
    std::uint64_t written_pages = 0;  // by writeback and flushes
    std::uint64_t peak_bytes = 0;     // most that was in use
    std::uint64_t dirty_peak_bytes = 0;
    std::int64_t throttled_ns = 0;  // pauses of writers, summed
};

/// The page cache of one machine, by Linux's rules. It holds no bytes (those lie in the files of the world), it decides
/// which of them would be in memory, and what it costs to touch them.
///
/// Lists. A page comes onto the inactive list. Reclaim looks at its tail, 32 pages at a time: a page that was used
/// since the last look goes back to the head, and the second time to the active list; a clean one is dropped; a dirty
/// one is queued for writeback and goes back. The active list is shortened when it is too long for the other.
/// Background reclaim begins when fewer pages are free than the low mark, and ends at the high mark; a thread that
/// finds no more than the minimum reclaims by itself, and sleeps if it finds nothing clean.
///
/// Writeback. The flusher wakes every 5 s and writes the files that have been dirty for 30 s, whole; above the
/// background threshold it writes the file that has been dirty longest, until it is below. Neighbouring dirty pages go
/// out together, up to 1 MiB, a few operations at a time. Pages under writeback are write-protected.
///
/// A call never waits: what a thread would wait for is appended to the IoDebt that it is given, and served by
/// PageCache::serve in that order. Whatever is decided is decided in the order of the calls: no address, no hash.
class PageCache {
public:
    static constexpr std::uint64_t reclaim_batch = 32;          // pages
    static constexpr std::uint64_t longest_write = 1ULL << 20;  // bytes of one disk operation
    static constexpr std::uint64_t fault_around = 16;           // pages that one read fault maps
    static constexpr std::size_t flusher_depth = 8;             // operations that the flusher has under way

    PageCache(Engine& engine, Disk& disk, std::uint64_t memory_bytes, const PageCacheSpec& spec);
    PageCache(const PageCache&) = delete;
    PageCache& operator=(const PageCache&) = delete;
    ~PageCache();

    struct Range {  // of a file, in bytes
        CachedFile* file;
        std::uint64_t offset;
        std::uint64_t length;
    };

    // --- files ------------------------------------------------------------------------------------------------------

    /// A new file; it gets its place on the disk. `owner` may be null.
    CachedFile& add(PageOwner* owner, std::uint64_t bytes);
    /// Another owner from now on: the same content under another object.
    void set_owner(CachedFile& file, PageOwner* owner) { file.owner_ = owner; }
    /// The file has another length; pages behind its end are gone.
    void resize(CachedFile& file, std::uint64_t bytes);
    /// The file is gone: nothing of it is written any more. The reference is dead.
    void drop(CachedFile& file);
    /// All bytes of [offset, offset + length) are on the disk already.
    void take_as_stored(CachedFile& file, std::uint64_t offset, std::uint64_t length);
    /// No process maps the file any more.
    void unmap(CachedFile& file);
    /// How long the journal keeps the disk busy when the file is removed.
    Duration removal_time(const CachedFile& file) const;
    /// The disk is busy with that.
    void stall_for_removal(const CachedFile& file) { disk_.stall(removal_time(file)); }

    // --- touching ---------------------------------------------------------------------------------------------------

    /// A thread reads [offset, offset + length) of a mapping, length > 0. To be called when CachedFile::hit_to_read
    /// said no.
    void read(CachedFile& file, std::uint64_t offset, std::uint64_t length, IoDebt& debt);
    void write(CachedFile& file, std::uint64_t offset, std::uint64_t length, IoDebt& debt);
    /// The same by a system call: nothing is mapped, and whole pages are written.
    void read_by_call(CachedFile& file, std::uint64_t offset, std::uint64_t length, IoDebt& debt);
    void write_by_call(CachedFile& file, std::uint64_t offset, std::uint64_t length, IoDebt& debt);
    /// The page at `offset` is dirty, whoever made it so.
    void mark_dirty(CachedFile& file, std::uint64_t offset);
    /// Begins to read what is not there; `done` runs as an engine event when all is (or could not be for want of room).
    void fetch(std::span<const Range> ranges, Task done);
    /// Writes the dirty pages of the range, waits for all writes of the file that are under way, then for the barrier.
    void flush(CachedFile& file, std::uint64_t offset, std::uint64_t length, Task done);
    /// The barrier alone.
    void barrier(Task done) { disk_.submit(Disk::Kind::flush, 0, 0, std::move(done)); }
    /// Pages [offset, offset + length) are read in and stay in memory (mlock); false, and nothing is changed, if there
    /// is not so much memory (ENOMEM).
    bool lock(CachedFile& file, std::uint64_t offset, std::uint64_t length, IoDebt& debt);
    void unlock(CachedFile& file, std::uint64_t offset, std::uint64_t length);
    /// All of the range is in memory (mincore).
    bool resident(const CachedFile& file, std::uint64_t offset, std::uint64_t length) const;

    // --- waiting ----------------------------------------------------------------------------------------------------

    /// A thread comes to the first wait of its debt, which is not one of time. Returns true if it may look at its debt
    /// again at once: the wait is over, or has become others. Else `sleeper` is woken later, and is to pop the front of
    /// a wait for I/O, and to serve any other again.
    bool serve(IoDebt& debt, Sleeper& sleeper);
    /// The thread is gone, asleep or not. What it had begun to read or to write is carried to its end.
    void abandon(IoDebt& debt, Sleeper& sleeper);

    /// The power goes: all that is not on the disk is forgotten, so is who waited. Files stay known.
    void power_lost();

    // --- looking ----------------------------------------------------------------------------------------------------

    std::uint64_t granule() const { return spec_.granule; }
    const PageCacheSpec& spec() const { return spec_; }
    std::uint64_t capacity_pages() const { return capacity_; }
    std::uint64_t used_pages() const { return lists_.used(); }
    std::uint64_t dirty_pages() const { return dirty_; }
    std::uint64_t writeback_pages() const { return writeback_; }
    std::uint64_t locked_pages() const { return lists_.size(List::locked); }
    std::uint64_t dirty_bytes() const { return (dirty_ + writeback_) << shift_; }
    /// Peaks count from now on.
    void forget_peaks() {
        counters_.peak_bytes = lists_.used() << shift_;
        counters_.dirty_peak_bytes = dirty_bytes();
    }
    const DirtyLimits& limits() const { return limits_; }
    PageCacheCounters counters() const;

private:
    using List = PageFrame::List;
    struct Operation {
        CachedFile* file;  // null: it is gone
        std::uint64_t first;
        std::uint64_t last;
        bool reads;
        bool submitted = false;
        bool of_flusher = false;
        bool of_reclaim = false;
        std::uint64_t owner_number = 0;  // 0: the owner was not told
        std::vector<Sleeper*> sleepers;
        std::vector<std::uint64_t> gatherings;
    };
    /// A flush, or a fetch, that waits for operations.
    struct Gathering {
        CachedFile* file = nullptr;        // of a flush
        std::vector<std::uint64_t> again;  // pages that were dirty under writeback: to be written after that
        std::size_t operations = 0;        // still under way
        bool flushes = false;
        Task done;
    };
    struct Fault {
        std::uint32_t file;
        std::uint64_t page;
    };
    enum class By : std::uint8_t { mapping, call };

    // touching (sim/page_cache.cpp)
    void touch_to_read(CachedFile& file, std::uint64_t page, By by, IoDebt& debt);
    void touch_to_write(CachedFile& file, std::uint64_t page, By by, IoDebt& debt);
    void make_dirty(CachedFile& file, std::uint64_t page, IoDebt& debt);
    bool bring_in(CachedFile& file, std::uint64_t page, bool whole);
    void wait_for(CachedFile& file, std::uint64_t page, bool reads, IoDebt& debt);
    void map_around(CachedFile& file, std::uint64_t page);
    void mark_accessed(CachedFile& file, std::uint64_t page);
    void charge_fault(Duration time, IoDebt& debt);
    void begin_reads(const IoDebt& debt);

    // reading ahead (sim/page_readahead.cpp)
    std::uint64_t read_from(CachedFile& file, std::uint64_t page);
    void read_on(CachedFile& file);
    std::uint64_t begin_read(CachedFile& file, std::uint64_t first, std::uint64_t most);

    // reclaim (sim/page_reclaim.cpp)
    std::uint64_t free_pages() const { return capacity_ - lists_.used(); }
    bool take_frame(CachedFile& file, std::uint64_t page);
    std::uint64_t make_room(std::uint64_t pages);
    std::uint64_t reclaim_some();
    void deactivate_some();
    bool inactive_is_low() const;
    bool reclaim_tail();
    void drop_page(CachedFile& file, std::uint64_t page);
    void room_appeared();

    // writing (sim/page_writeback.cpp)
    std::uint64_t submit_write(CachedFile& file, std::uint64_t first, std::uint64_t last, bool of_flusher,
                               bool of_reclaim, bool tell);
    std::uint64_t run_end(CachedFile& file, std::uint64_t first, std::uint64_t last) const;
    std::uint64_t run_begin(CachedFile& file, std::uint64_t page) const;
    void forget_dirty(CachedFile& file, std::uint64_t pages);
    void note_dirty(CachedFile& file);
    void arm_flusher();
    void flusher_wakes();
    void write_back();
    bool write_next();
    CachedFile* next_file();
    void pass_is_over(CachedFile& file);
    void gather(std::uint64_t number);

    void submit(std::uint64_t number, Operation& operation);
    void complete(std::uint64_t number);
    void end_of_write(Operation& operation);
    void end_of_read(const Operation& operation);
    Operation* operation_on(CachedFile& file, std::uint64_t page, bool reads, std::uint64_t& number);

    Engine& engine_;
    Disk& disk_;
    const PageCacheSpec spec_;
    int shift_;
    std::uint64_t capacity_;
    std::uint64_t min_free_;
    std::uint64_t low_free_;
    std::uint64_t high_free_;
    DirtyLimits limits_;
    PageLists lists_;
    std::uint64_t dirty_ = 0;
    std::uint64_t writeback_ = 0;
    std::vector<std::unique_ptr<CachedFile>> files_;  // by number; null: gone
    std::map<std::uint64_t, Operation> operations_;
    std::uint64_t operation_numbers_ = 0;
    std::map<std::uint64_t, Gathering> gatherings_;
    std::uint64_t gathering_numbers_ = 0;
    std::vector<Sleeper*> want_room_;                               // in order
    std::vector<Fault> orphans_;                                    // writes of dead threads that still want a page
    std::set<std::pair<std::int64_t, std::uint32_t>> dirty_files_;  // (since when, number)
    std::deque<std::uint32_t> expired_;                             // files to be written whole
    std::uint32_t pass_ = UINT32_MAX;                               // the file that the flusher is at, by number
    bool over_background_ = false;                                  // it writes until it is below the threshold
    std::size_t flusher_operations_ = 0;
    std::size_t reclaim_operations_ = 0;
    TimerId flusher_timer_;
    bool stuck_ = false;  // reclaim found nothing, and nothing has changed since
    PageCacheCounters counters_;
};

}  // namespace brokersim::sim
