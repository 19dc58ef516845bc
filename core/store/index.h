#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/host.h"
#include "core/store/checkpoint.h"
#include "core/store/index_file.h"
#include "core/store/properties.h"
#include "core/store/record.h"
#include "core/store/store_config.h"

namespace brokersim::store {

/// What the index tells the store.
class IndexEvents {
public:
    virtual ~IndexEvents() = default;
    /// A full file is on disk, and the checkpoint's index time has moved.
    virtual void on_index_flushed() = 0;
    virtual void on_index_flush_failed(const FileError& error) = 0;
};

/// Where messages with a given key lie in the log (RocketMQ's IndexService): files under `index`, each named by the
/// time (UTC) at which it was made, filled one after another. Keys are UNIQ_KEY and each word of KEYS, together with
/// the topic; only their hash is kept, so that a search may find messages with other keys.
class Index {
public:
    Index(Host& host, Checkpoint& checkpoint, const StoreConfig& config, IndexEvents& events);

    /// Maps the files that there are. After a crash those that got messages later than the checkpoint's index time are
    /// removed: recovery enters those messages again.
    FileResult<void> load(bool orderly_exit);

    // --- writing ----------------------------------------------------------------------------------------------------

    /// Enters the keys of the record that begins at `at` and has these properties, and which is not before the last one
    /// entered; a rolled back message, or one before the end of the newest file, is passed over. Records are seen after
    /// publish(). After an error (the next file could not be made) the call may be repeated: no key is entered twice.
    FileResult<void> enter(const RecordView& record, const DispatchProperties& properties, PhysicalOffset at);
    /// Records from here on are entered even if the newest file claims to reach further: the log has been cut, or may
    /// have been, behind what the index has on disk.
    void enter_again_from(PhysicalOffset from) { again_from_ = from; }
    /// Where the newest file says that its last record lies; -1 without files.
    PhysicalOffset end_offset() const {
        return files_.empty() ? PhysicalOffset{-1} : PhysicalOffset{files_.back().header().end_offset};
    }
    /// To be called at the end of a handler that has entered records.
    void settle();
    /// Shows what was entered; by a handler that follows the payment of those that entered it.
    void publish();
    /// Forces the newest file, then calls `done`.
    void flush_newest(Task done);
    /// Removes files that hold only records before `log_min`, but never the newest.
    FileResult<void> remove_before(PhysicalOffset log_min);

    // --- reading ----------------------------------------------------------------------------------------------------

    struct Found {
        std::vector<PhysicalOffset> records;  // newest first
        std::int64_t last_time = 0;           // ms: store time of the newest record that is indexed
        PhysicalOffset last_offset;           // and where it lies
    };
    /// Records whose topic and key have the hash of these, stored in [begin, end] (ms, to the second); at most `most`,
    /// and at most maxMsgsNumBatch.
    Found query(std::string_view topic, std::string_view key, std::int64_t most, std::int64_t begin,
                std::int64_t end) const;

    const std::vector<IndexFile>& files() const { return files_; }

private:
    /// The file that takes the next key.
    FileResult<IndexFile*> writable_file();
    FileResult<IndexFile*> make_file();
    FileResult<void> put(std::string_view key, PhysicalOffset at, std::int64_t store_time);
    void flush_full(std::size_t index);

    Host& host_;
    Checkpoint& checkpoint_;
    std::int64_t slots_;
    std::int64_t entries_;
    std::int64_t most_found_;
    IndexEvents& events_;
    std::vector<IndexFile> files_;  // oldest first
    std::size_t first_unseen_ = 0;  // files from here on may have something that is not published
    std::int64_t last_name_ = 0;
    std::int32_t topic_hash_ = 0;  // of the record being entered: Java's hash of "topic#"
    PhysicalOffset again_from_{INT64_MAX};
    PhysicalOffset entering_{-1};  // the record whose keys were entered last
    int keys_of_record_ = 0;       // of it, looked at in this try
    int keys_entered_ = 0;         // of it, in all tries
};

}  // namespace brokersim::store
