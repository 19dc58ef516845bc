#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "core/callback.h"
#include "sim/disk_spec.h"
#include "sim/engine.h"
#include "sim/types.h"

namespace brokersim::sim {

/// What a disk has done so far.
struct DiskCounters {
    std::uint64_t reads = 0;  // operations that are complete
    std::uint64_t writes = 0;
    std::uint64_t flushes = 0;
    std::uint64_t read_bytes = 0;
    std::uint64_t written_bytes = 0;
    std::int64_t busy_ns = 0;         // time with an operation waiting or under way, stalls included
    std::uint64_t queue_length = 0;   // waiting and under way at this moment
    std::uint64_t longest_queue = 0;  // ever
};

/// The disk of one machine: operations begin in the order in which they were submitted, as many at once as it has
/// channels. One that begins takes a channel, positions (unless it begins where an operation of one of the latest
/// streams ended; the disk remembers as many streams as it has channels), transfers its bytes, and is complete. A flush
/// takes its own time on a channel instead.
///
/// The bandwidth (of reads and writes each their own, if the figures say so) belongs to one transfer at a time: they
/// take turns in the order in which they were positioned, in slices of 64 KiB. Exactly: bytes are counted in
/// billionths, and what a transfer leaves over of its last nanosecond goes to the one that follows at that instant. The
/// cap on operations is a token bucket as deep as there are channels. During a stall the disk's own time stands still.
///
/// The disk makes no promise about order among operations under way, nor between a flush and writes: the page cache
/// waits for what it must.
class Disk {
public:
    enum class Kind : std::uint8_t { read, write, flush };

    Disk(Engine& engine, const DiskSpec& spec);
    Disk(const Disk&) = delete;
    Disk& operator=(const Disk&) = delete;

    /// Queues an operation of `bytes` at `address`, a byte on the disk (both ignored for a flush). `done` runs as an
    /// engine event when it is complete, never within this call; it may submit more.
    void submit(Kind kind, std::uint64_t address, std::uint64_t bytes, Task done);
    /// The place of a new file of that length: files lie one after the other in order of creation, each from a page on.
    std::uint64_t allocate(std::uint64_t bytes);
    /// From now on for `length` nothing begins, goes on, or completes. Within another stall, the later end counts.
    void stall(Duration length);
    /// The stall that is on, if one is, ends now.
    void end_stall();
    /// What waits or is under way is forgotten: its `done` never runs. A stall goes on.
    void power_lost();

    /// Up to now.
    DiskCounters counters() const;
    const DiskSpec& spec() const { return spec_; }

private:
    using Units = unsigned __int128;  // billionths of a byte

    struct Operation {
        Kind kind;
        std::uint64_t address;
        std::uint64_t bytes;
        Task done;
        Units left = 0;                  // to be transferred
        std::int64_t positioned_at = 0;  // disk time
    };

    std::int64_t disk_time() const;
    void settle();
    void take_positioned();
    void transfer(Units units);
    void begin_waiting();
    Units units_of(Kind kind, std::uint64_t bytes) const;
    bool may_begin() const;
    bool continues_stream(const Operation& operation);
    void wake();
    void complete(Operation operation);
    void wake_next();
    std::int64_t next_change() const;
    std::size_t under_way() const { return positioning_.size() + transferring_.size() + complete_.size(); }
    Units turn() const;

    Engine& engine_;
    DiskSpec spec_;
    std::int64_t position_to_write_;
    std::int64_t position_to_read_;
    std::deque<Operation> waiting_;
    std::deque<Operation> positioning_;   // by the time at which they will be positioned
    std::deque<Operation> transferring_;  // the first has its turn
    std::deque<Operation> complete_;
    std::vector<std::uint64_t> streams_;  // where they ended; the latest last
    Units slice_left_ = 0;                // of the turn
    std::int64_t settled_ = 0;            // disk time up to which everything here holds
    Units spare_ = 0;                     // bandwidth of the last nanosecond that nobody could use, at `settled_`
    Units tokens_;                        // billionths of one
    std::int64_t stalled_ns_ = 0;         // world time minus disk time, outside of stalls
    std::int64_t stall_ends_ = 0;         // world time; in the past if none is on
    std::int64_t busy_since_ = 0;         // world time, while there are operations
    TimerId next_wake_;
    std::uint64_t next_place_ = 0;
    DiskCounters counters_;
};

}  // namespace brokersim::sim
