#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "core/host.h"
#include "core/lock.h"
#include "core/store/file_allocation.h"
#include "core/store/mapped_file_queue.h"
#include "core/store/record.h"

namespace brokersim::store {

/// The one log of a broker: records of all topics back to back, in the order in which they got the append lock
/// (RocketMQ's CommitLog). A record never spans two files: what is left of a file then is marked as blank.
class CommitLog {
public:
    /// Files are made ahead, warm where that is wanted, with a buffer of the pool if there is one.
    CommitLog(Host& host, std::int64_t file_size, const WarmUp& warm_up = {}, StorePool pool = {0, false});

    /// Taken before append() and released when that append has been paid and published.
    Lock& lock() { return lock_; }
    const Lock& lock() const { return lock_; }

    /// Whether append() of so many bytes would find the file that they go to; where files are warmed up, it may have to
    /// be waited for.
    bool room_ready(std::int64_t size) const { return !needs_file(size) || ahead_.ready(files_.next_start()); }
    /// Calls `done`, as a handler, when that is so or has been waited for in vain: append() gives no_file then. To be
    /// called with the lock held.
    void when_room_ready(Task done) { ahead_.when_ready(files_.next_start(), std::move(done)); }
    /// Removes the file that was made ahead; nothing can be appended to a new file any more.
    FileResult<void> stop_allocation() { return ahead_.stop(); }

    const StorePool& pool() const { return ahead_.pool(); }

    enum class Append : std::uint8_t {
        done,
        no_file,   // the next file could not be made; if the old one was too full for the record, it is closed now
        too_large  // the record would not fit into any file
    };
    /// Writes a record at the end, `fields.physical_offset` being set to where that is. To be called with the lock
    /// held; others see the record after publish(). Costs no allocation and one copy.
    Append append(RecordFields& fields);
    /// The same for many records, which come to lie in one file; all or none. `records` must not be empty.
    Append append(std::span<RecordFields> records);
    /// Shows what was appended; `store_timestamp` is the newest record's.
    void publish(std::int64_t store_timestamp) { files_.publish(files_.append_position(), store_timestamp); }

    /// Where what may be read begins; a file whose removal has begun may not.
    PhysicalOffset min_offset() const { return {files_.min_offset()}; }
    /// End of what may be read.
    PhysicalOffset max_offset() const { return {files_.readable()}; }
    PhysicalOffset flushed() const { return {files_.flushed()}; }
    PhysicalOffset next_file(PhysicalOffset offset) const {
        return {offset.value + files_.file_size() - offset.value % files_.file_size()};
    }

    /// A whole record, kept alive by the slice; empty if it is not there.
    Slice pin(PhysicalOffset offset, std::int32_t size) { return files_.pin(offset.value, size); }
    /// The store time (ms) that stands in a record, -1 if the record is not there (pickupStoreTimestamp).
    std::int64_t store_time(PhysicalOffset offset, std::int32_t size);

    MappedFileQueue& files() { return files_; }
    const MappedFileQueue& files() const { return files_; }

private:
    bool needs_file(std::int64_t size) const { return files_.empty() || size + blank_size > files_.room(); }
    /// Makes sure that `size` bytes can be appended to one file and a marker behind them.
    Append make_room(std::int64_t size);
    void write(RecordFields& fields, std::int32_t size);

    FileAllocation ahead_;
    MappedFileQueue files_;
    Lock lock_;
};

/// Reads the records of a log one after another. Lives within one handler.
class LogCursor {
public:
    LogCursor(MappedFileQueue& files, PhysicalOffset from) : files_(files), at_(from.value) {}

    enum class Step : std::uint8_t {
        record,     // record() is it; the cursor stands behind it
        blank,      // the rest of the file is unused; the cursor stands before the marker
        end,        // nothing may be read here; the cursor stays
        bad_bytes,  // no record; the cursor stays, and can't tell where the next one begins
        bad_size,   // its parts do not add up to its size, bad_record_size(); the cursor stays
    };
    Step next();
    const RecordView& record() const { return *record_; }
    /// Of a bad_size step; 0 after bad_bytes.
    std::int32_t bad_record_size() const { return bad_size_; }
    PhysicalOffset position() const { return {at_}; }
    /// Where the record that next() gave begins.
    PhysicalOffset record_position() const { return {at_ - record_->size()}; }
    void move_to(PhysicalOffset offset) { at_ = offset.value; }

private:
    /// Bytes from the cursor on: at least `wanted`, if the file has as many to read.
    std::span<const std::byte> window(std::int64_t wanted);

    MappedFileQueue& files_;
    std::int64_t at_;
    std::span<const std::byte> window_;
    std::int64_t window_at_ = 0;
    std::optional<RecordView> record_;
    std::int32_t bad_size_ = 0;
};

}  // namespace brokersim::store
