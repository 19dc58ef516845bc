#pragma once

#include <cstdint>

#include "core/host.h"

namespace brokersim::store {

/// How far the store's files are known to be on disk, in terms of messages' store times: a file of 4096 bytes that
/// recovery after a crash begins with (RocketMQ's StoreCheckpoint). Setting a value costs nothing; flush() writes them.
class Checkpoint {
public:
    struct Values {
        std::int64_t physic_time = 0;            // ms: newest record of a thorough flush of the log
        std::int64_t logics_time = 0;            // ms: newest record that was dispatched
        std::int64_t index_time = 0;             // ms: newest record of the last full index file
        std::int64_t master_flushed_offset = 0;  // bytes
        std::int64_t confirm_offset = 0;         // bytes

        bool operator==(const Values&) const = default;
    };

    explicit Checkpoint(Host& host) : host_(host) {}

    /// Maps the file, which is made if it is not there, and reads the values.
    FileResult<void> load();

    Values values;
    /// Messages stored up to this time (ms) are taken to be in log and queues: the smaller of both times less 3 s.
    std::int64_t min_time() const;

    /// Whether a value differs from what was written last.
    bool changed() const { return !(values == written_); }
    bool flushing() const { return flushing_; }
    /// Writes the values and forces them to disk. `done` runs later. Not while another flush is under way.
    void flush(Callback<void(FileResult<void>)> done);

private:
    Host& host_;
    MappedRegionPtr file_;
    Values written_;
    bool flushing_ = false;
};

}  // namespace brokersim::store
