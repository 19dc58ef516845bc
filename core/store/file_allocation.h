#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/host.h"
#include "core/store/store_pool.h"

namespace brokersim::store {

/// How a new file is touched before it is used, so that no append takes its page faults.
struct WarmUp {
    bool wanted = false;            // warmMapedFileEnable
    bool forced = false;            // to the disk, as it goes on and at its end (SYNC_FLUSH)
    std::int64_t forced_pages = 1;  // after how many pages (flushLeastPagesWhenWarmMapedFile)
    Duration cost_per_page{};       // CPU time of a first touch
};

/// Makes the files of a log, each one before it is needed (RocketMQ's AllocateMappedFileService): when a file is taken,
/// the one behind it is made too. With a warm-up a zero is written into each page of a new file before it can be taken;
/// that is done in pieces, and whoever needs the file waits for it, but no longer than 5 s.
///
/// A file that was made ahead holds zeros only. It goes in stop(); after a crash recovery finds it behind the end of
/// the log and removes it.
class FileAllocation {
public:
    /// `directory` is that of the log, `file_size` is its files'; each takes a buffer of `pool`. `host` must outlive
    /// the object.
    FileAllocation(Host& host, std::string directory, std::int64_t file_size, const WarmUp& warm_up, StorePool pool);

    struct Taken {
        MappedRegionPtr region;
        bool buffered;  // it has a buffer
    };
    /// The file that begins at `start`, mapped: that which was made ahead, or, without a warm-up, a new one. The next
    /// one is then made, in a handler of its own. An error if it can't be made, or is not warm.
    FileResult<Taken> take(std::int64_t start);
    /// All that was in the buffer of a file that was taken is in the file.
    void give_back_buffer() { pool_.give_back(); }
    const StorePool& pool() const { return pool_; }
    /// Whether take(start) would not have to wait for a warm-up.
    bool ready(std::int64_t start) const;
    /// Calls `done`, as a handler, when that is so, or can't become so, or after 5 s. One at a time.
    void when_ready(std::int64_t start, Task done);
    /// Ends the work and removes what was made ahead. Nothing is made any more.
    FileResult<void> stop();

private:
    struct Made {
        std::int64_t start;
        MappedRegionPtr region;
        bool buffered = false;
        std::int64_t touched = 0;  // pages
        std::int64_t forced = 0;   // the page at which it was forced last
        bool done = false;         // all of that
    };
    std::int64_t pages() const { return (file_size_ + page_size - 1) / page_size; }
    bool warm(const Made& file) const { return !warm_up_.wanted || file.done; }
    std::string path(std::int64_t start) const;
    const Made* find(std::int64_t start) const;
    FileResult<void> make(std::int64_t start);
    void make_later(std::int64_t start);
    /// Touches the next pages of the first file that is not warm, if nothing is under way.
    void go_on();
    void piece_done();
    void tell();

    static constexpr std::int64_t page_size = 4096;

    Host& host_;
    std::string directory_;
    std::int64_t file_size_;
    WarmUp warm_up_;
    StorePool pool_;
    std::vector<Made> made_;               // ascending by start; two at most
    std::optional<std::int64_t> warming_;  // the file of which pages are touched or forced
    bool stopped_ = false;
    std::int64_t awaited_ = 0;  // a file, while `waiter_` is there
    Task waiter_;
    TimerId patience_{};
};

}  // namespace brokersim::store
