#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "core/config.h"
#include "core/kafka/deadline.h"
#include "core/kafka/group_log.h"

namespace brokersim::kafka {

/// One partition of the offsets topic as its coordinator writes it: records wait up to the linger time to be appended
/// as one batch, and what depends on them waits until they are stored (Kafka's CoordinatorRuntime). Everything is
/// released in the order of the calls, in handlers on Lane::coordinator.
class OffsetsPartition {
public:
    /// `host` and `log` must outlive the partition.
    OffsetsPartition(Host& host, GroupLog& log, std::int32_t partition, Millis linger, Millis commit_timeout);

    /// Hands over records. `ended` runs when it is known, however late, whether they are stored (never after
    /// abandon()). `done` runs once: true when they are stored, false if that failed or took longer than the commit
    /// timeout. Without records: when all earlier ones have ended. To be called on Lane::coordinator.
    void write(std::vector<GroupRecord> records, Callback<void(bool stored)> ended, Callback<void(bool stored)> done);
    /// Fails whatever still waits; records that linger are not appended any more.
    void abandon();

private:
    struct Waiting {
        std::uint64_t batch;  // released when this batch has ended
        MonoTime due;
        Callback<void(bool)> ended;
        Callback<void(bool)> done;
    };

    void flush();
    void ended(std::uint64_t batch, bool stored);
    void release();
    void expire();

    Host& host_;
    GroupLog& log_;
    std::int32_t partition_;
    Millis linger_;
    Millis commit_timeout_;
    std::vector<GroupRecord> lingering_;
    std::size_t lingering_bytes_ = 0;
    std::uint64_t lingering_batch_ = 1;         // number of the batch that lingers, or would
    std::uint64_t released_batch_ = 0;          // all batches up to this one have ended and been released
    std::deque<std::optional<bool>> outcomes_;  // of the batches after released_batch_ that were appended
    std::deque<Waiting> waiting_;
    Deadline linger_timer_;
    Deadline oldest_timer_;
};

}  // namespace brokersim::kafka
