#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/host.h"
#include "core/store/mapped_file_queue.h"
#include "core/store/time_boundary.h"

namespace brokersim::store {

class CommitLog;

/// Where a message of a queue lies in the log, and by what tags it may be picked.
struct ConsumeUnit {
    PhysicalOffset physical_offset;
    std::int32_t size;
    std::int64_t tags_code;  // Java's hash of TAGS; in the schedule topic the time of delivery, ms

    /// A unit that a message stands behind; zeroed bytes are none.
    bool valid() const { return physical_offset.value >= 0 && size > 0; }
    /// It fills the place before the first message of a queue that was made again.
    bool stands_for_none() const { return physical_offset.value == 0 && size == INT32_MAX; }
};

/// The index of one queue into the CommitLog: a unit of 20 bytes for each message, unit n at byte 20 n (RocketMQ's
/// ConsumeQueue, files under consumequeue/<topic>/<queueId>).
class ConsumeQueue {
public:
    static constexpr std::int64_t unit_size = 20;

    /// `file_size` is a multiple of unit_size.
    ConsumeQueue(Host& host, std::string directory, std::int64_t file_size);

    // --- opening; each step returns the error of a file that could not be listed or removed -------------------------

    FileResult<void> load();
    /// Finds the end: the first unit that is not valid, counted from the third last file on.
    FileResult<void> recover();
    /// Takes what is in those files as not yet on disk.
    void flush_again();
    /// From where on units point at `log_offset` or behind it, up to the end: the place with the fewest units on the
    /// wrong side of it, so that one that is damaged takes none of the others with it. (The real broker looks from the
    /// beginning of the last file for the first that does.)
    QueueOffset first_behind(PhysicalOffset log_offset);
    /// Cuts what first_behind(end) tells of.
    FileResult<void> truncate(PhysicalOffset end);
    /// Makes `end` the offset of the next unit; it is not behind the present one. The records of the units that stay
    /// are known to lie before `log_end`, whatever a damaged one says.
    FileResult<void> cut_at(QueueOffset end, PhysicalOffset log_end);
    FileResult<void> destroy();
    /// Removes files, but never the last, all of whose units lie before `log_min`, and corrects the minimum; tells how
    /// many.
    FileResult<int> remove_before(PhysicalOffset log_min);
    /// Moves the minimum up to the first unit that is not before `log_min`; units before it are in the file still.
    void correct_min_offset(PhysicalOffset log_min);

    // --- writing ----------------------------------------------------------------------------------------------------

    enum class Put : std::uint8_t {
        written,
        repeated,   // it is in the queue already, or no queue has such an offset; nothing was done
        misplaced,  // units before it are missing: it was written at the end, under a smaller offset than its own
    };
    /// Appends the unit of the queue's message `offset`; visible after publish(). A queue that begins with a later
    /// message than 0 is filled with units that stand for no message. An error if a file cannot be made.
    FileResult<Put> put(const ConsumeUnit& unit, QueueOffset offset);
    void publish() { files_.publish(files_.append_position()); }

    // --- reading ----------------------------------------------------------------------------------------------------

    QueueOffset min_offset() const { return {min_position_ / unit_size}; }
    QueueOffset max_offset() const { return {files_.readable() / unit_size}; }
    /// The offset that the next unit gets.
    QueueOffset next_offset() const { return {files_.append_position() / unit_size}; }
    /// End of the last indexed record in the log, -1 if there is none.
    PhysicalOffset max_physical_offset() const { return max_physical_; }
    /// Units from `from` on: at most `count`, and none of another file. Empty if `from` is not there.
    std::span<const std::byte> read(QueueOffset from, std::int64_t count);
    /// The unit that begins at `at`, in a span that read() gave.
    static ConsumeUnit decode(const std::byte* at);
    std::optional<ConsumeUnit> unit(QueueOffset offset);
    /// The first offset of the file behind the one that holds `offset`.
    QueueOffset next_file(QueueOffset offset) const;
    /// The offset that answers a search by store time (ms), not yet clamped to what is there (getOffsetInQueueByTime).
    QueueOffset offset_by_time(std::int64_t time, TimeBoundary boundary, CommitLog& log);

    MappedFileQueue& files() { return files_; }
    const MappedFileQueue& files() const { return files_; }

private:
    std::size_t first_to_recover() const { return files_.file_count() < 3 ? 0 : files_.file_count() - 3; }
    std::optional<ConsumeUnit> unit_at(std::int64_t position);
    std::int64_t store_time_at(std::int64_t position, CommitLog& log);
    std::optional<std::size_t> file_by_time(std::int64_t time, TimeBoundary boundary, CommitLog& log);
    void fill_before(std::int64_t position);

    MappedFileQueue files_;
    PhysicalOffset max_physical_{-1};
    std::int64_t min_position_ = 0;  // bytes
};

}  // namespace brokersim::store
