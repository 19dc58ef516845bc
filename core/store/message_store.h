#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/host.h"
#include "core/store/record.h"
#include "core/store/store_config.h"
#include "core/store/time_boundary.h"
#include "core/text.h"

/// The storage engine of one broker (RocketMQ's DefaultMessageStore): one CommitLog for all topics, a ConsumeQueue for
/// each queue, built from the log by dispatch ("reput").
namespace brokersim::store {

struct MessageToPut {
    Text topic;
    std::int32_t queue_id = 0;
    std::int32_t flag = 0;
    std::int32_t sys_flag = 0;
    std::int64_t born_timestamp = 0;  // ms
    RecordHost born_host;
    RecordHost store_host;
    std::int32_t reconsume_times = 0;
    std::int64_t prepared_transaction_offset = 0;
    std::string properties;  // as they shall be stored
    Slice body;
};

enum class PutStatus : std::uint8_t {
    ok,
    flush_disk_timeout,     // stored, but not known to be on disk
    service_not_available,  // shut down, not writable, the disk is full, or a flush has failed
    message_illegal,
    properties_size_exceeded,
    os_page_cache_busy,
    create_mapped_file_failed,
};

struct PutResult {
    PutStatus status = PutStatus::ok;
    PhysicalOffset physical_offset;
    QueueOffset queue_offset;
    std::int32_t size = 0;  // bytes of the record, or of all records of a batch
    WallTime store_timestamp;
    MonoTime locked;                    // when the append lock was got
    std::vector<PhysicalOffset> batch;  // of each record, if it was a batch; the fields above tell of the first
};

enum class GetStatus : std::uint8_t {
    found,
    no_matched_message,
    message_was_removing,
    offset_found_null,
    offset_overflow_badly,
    offset_overflow_one,
    offset_too_small,
    no_matched_logic_queue,
    no_message_in_queue,
};

struct GetResult {
    GetStatus status = GetStatus::no_matched_logic_queue;
    QueueOffset next_begin_offset;
    QueueOffset min_offset;
    QueueOffset max_offset;
    bool suggest_pulling_from_slave = false;
    std::int64_t bytes = 0;
    std::vector<Slice> records;  // whole records, pinned in the log; in queue order
};

/// What a search by key found.
struct QueryResult {
    std::vector<Slice> records;        // whole records, pinned in the log; in the order of the log
    std::int64_t index_last_time = 0;  // ms: store time of the newest record that is indexed, and where it lies
    PhysicalOffset index_last_offset;
};

/// Decides by a unit's tagsCode whether a message may be wanted (the client checks again by the tag's text). Empty:
/// all.
using TagFilter = std::vector<std::int32_t>;

/// Told when records of a queue became visible to pulls; runs in a handler of the dispatch. `max_offset` is one past
/// the newest.
using ArrivalListener = std::function<void(const std::string& topic, std::int32_t queue_id, QueueOffset max_offset,
                                           std::int64_t tags_code)>;

struct StoreCosts {  // CPU; `machine.md` gives the sources. Of the send cost, encoding and CRC lie outside the lock.
    Duration encode_base{6'000};  // ns per message: all of a send but the copy
    Duration encode_per_kib{200};
    Duration append_base{2'000};  // ns per message inside the append lock
    Duration append_per_kib{50};
    Duration dispatch_per_message{500};
    Duration warm_per_page{500};  // first touch of a page of a new log file (warmMapedFileEnable)
};

class MessageStore {
public:
    /// `broker` names the broker in notes ("broker-0"). `host` must outlive the store.
    MessageStore(Host& host, std::string broker, StoreConfig config, StoreCosts costs = {});
    ~MessageStore();

    /// Opens what is in the node's files, recovering as RocketMQ does (normally, or after a crash if `abort` is there).
    /// A store that the real broker would refuse to open gives an error. Called once, before anything else. Nothing is
    /// promised of a store whose load failed but that it can be destroyed.
    FileResult<void> load();
    /// Begins flushing and dispatching; makes the `abort` file; opens Lane::reput. Called once, after load().
    void start();
    /// Of the records of a queue that became visible together the listener hears once for each different tags code. It
    /// must not destroy the store.
    void on_arrival(ArrivalListener listener);

    /// Appends a message: owes the encoding, takes the append lock, writes into the mapping, owes the copy, and calls
    /// `done` in a handler of its own when all is paid (and, under SYNC_FLUSH unless WAIT=false, flushed or given up
    /// on). `server` goes back to its lane when the record is in the log, before it is flushed (asyncSendEnable); a
    /// caller that wants to hold its server until the end keeps it in `done`. `arrived` and `started` only go into the
    /// Stored note. A message that is refused changes nothing. Needs start().
    void put(MessageToPut message, MonoTime arrived, MonoTime started, Callback<void(const PutResult&)> done,
             LaneServer server = {});

    /// The same for many messages at once, which lie in the log one behind the other, in one file, and get consecutive
    /// offsets: the message's body is that of a SEND_BATCH request, its properties are added to those of each. A batch
    /// that is no such body, is too large, or is meant for a transaction or a delay is message_illegal.
    void put_batch(MessageToPut batch, MonoTime arrived, MonoTime started, Callback<void(const PutResult&)> done,
                   LaneServer server = {});

    /// The record that begins at that offset of the log; empty if none does.
    Slice record_at(PhysicalOffset offset);
    /// Records of a topic with a key (UNIQ_KEY, or a word of KEYS), stored in [begin, end] (to the second): the newest
    /// `most` of them, at most maxMsgsNumBatch (DefaultMessageStore.queryMessage). Keys with the same hash are found
    /// too.
    QueryResult query(std::string_view topic, std::string_view key, std::int64_t most, WallTime begin, WallTime end);
    /// The newest record of a topic whose UNIQ_KEY is `key`; empty if there is none.
    Slice record_of_unique_key(std::string_view topic, std::string_view key);

    /// Reads up to `max_messages` from a queue; rules and limits as DefaultMessageStore.getMessage.
    GetResult get(const std::string& topic, std::int32_t queue_id, QueueOffset from, std::int32_t max_messages,
                  const TagFilter& filter);

    /// One past the newest message that may be pulled (0 for an unknown queue), and the oldest one that is there.
    QueueOffset max_offset(const std::string& topic, std::int32_t queue_id) const;
    QueueOffset min_offset(const std::string& topic, std::int32_t queue_id) const;
    /// First message stored at or after `time` (or, with `upper`, the last one at or before it); clamped to [min, max];
    /// 0 for an unknown queue.
    QueueOffset offset_by_time(const std::string& topic, std::int32_t queue_id, WallTime time,
                               TimeBoundary boundary = TimeBoundary::lower);
    /// Whether the record of that queue offset is there and counts as being in memory (rule of
    /// accessMessageInMemoryMaxRatio).
    bool in_memory(const std::string& topic, std::int32_t queue_id, QueueOffset offset);

    /// End of the log as far as it may be read, its beginning, end of what is dispatched, end of what is on disk.
    PhysicalOffset max_physical_offset() const;
    PhysicalOffset min_physical_offset() const;
    PhysicalOffset dispatched_offset() const;
    PhysicalOffset flushed_offset() const;

    /// Whether messages are taken: not after shutdown() was called, nor after a failure, nor while the disk is full.
    bool writable() const;
    /// Whether the store has a pool of buffers that fails fast (fastFailIfNoBufferInStorePool), and none is free.
    bool pool_exhausted() const;
    /// Lets the next rounds of retention remove files that are due whatever the hour is.
    void remove_expired_files();
    /// Why the store refuses writes: a flush has failed, or an index file could not be made. Null if nothing has.
    const FileError* failure() const;

    /// How long the append lock has been held by its present holder (zero if free): "page cache busy" looks at it.
    Duration append_lock_held() const;

    /// Ends in order: waits for appends and dispatch, flushes everything, removes `abort` (unless something has
    /// failed), then calls `done`. Called once, after start().
    void shutdown(Task done);

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace brokersim::store
