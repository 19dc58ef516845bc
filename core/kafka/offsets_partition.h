#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "core/config.h"
#include "core/kafka/deadline.h"
#include "core/kafka/group_log.h"

namespace brokersim::kafka {

/// One partition of the offsets topic as its coordinator writes it: records wait up to the linger time to be appended
/// as one batch, and what depends on them waits until they are stored (Kafka's CoordinatorRuntime). Everything that is
/// released comes in the order of the calls.
class OffsetsPartition {
public:
    OffsetsPartition(Host& host, GroupLog& log, std::int32_t partition, Millis linger, Millis commit_timeout);

    /// Hands over records. `applied` runs when they are stored, however late (never if they fail). `done` runs once:
    /// true when they are stored, false if that failed or took longer than the commit timeout. Without records: when
    /// all earlier ones are stored.
    void write(std::vector<GroupRecord> records, Task applied, Callback<void(bool stored)> done);

private:
    struct Waiting {
        std::uint64_t batch;  // released when this batch has been stored
        MonoTime due;
        Task applied;
        Callback<void(bool)> done;
    };

    void flush();
    void stored(std::uint64_t batch, bool ok);
    void expire();

    Host& host_;
    GroupLog& log_;
    std::int32_t partition_;
    Millis linger_;
    Millis commit_timeout_;
    std::vector<GroupRecord> lingering_;
    std::size_t lingering_bytes_ = 0;
    std::uint64_t next_batch_ = 1;              // number of the batch that lingers
    std::uint64_t ended_batch_ = 0;             // all batches up to this one have ended
    std::deque<std::optional<bool>> outcomes_;  // of the batches after ended_batch_ that were appended
    std::deque<Waiting> waiting_;
    Deadline linger_timer_;
    Deadline oldest_timer_;
};

}  // namespace brokersim::kafka
