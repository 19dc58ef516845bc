#pragma once

#include <cstdint>

#include "core/store/commit_log.h"
#include "core/store/message_store.h"
#include "core/store/topic_queue.h"

namespace brokersim::store {

/// Answers pulls from log and queues (DefaultMessageStore.getMessage): where a pull from outside a queue's range is
/// sent to, how far it scans, and when a batch is full.
class MessageReader {
public:
    /// `memory` is the machine's, in bytes.
    MessageReader(CommitLog& log, const QueueTable& queues, const StoreConfig& config, std::uint64_t memory);

    GetResult read(const std::string& topic, std::int32_t queue_id, QueueOffset from, std::int32_t max_messages,
                   const TagFilter& filter);
    /// Whether a record counts as being in memory: an estimate by its distance from the end of the log.
    bool in_memory(PhysicalOffset offset) const { return log_.max_offset() - offset <= memory_share_; }

private:
    struct Scan {
        TopicQueue& queue;
        QueueOffset begin;  // asked for
        QueueOffset next;   // looked at next
        std::int32_t max_messages;
        const TagFilter& filter;
        PhysicalOffset last_seen;               // record of the last unit that was looked at
        PhysicalOffset skip_before{INT64_MIN};  // records before it are known to be gone
        bool stopped = false;                   // the batch is full, or enough has been scanned
    };
    void scan_file(Scan& scan, GetResult& result);
    void look_at(Scan& scan, const ConsumeUnit& unit, QueueOffset offset, GetResult& result);
    bool batch_full(const GetResult& result, std::int32_t size, std::int32_t max_messages, bool in_memory) const;

    CommitLog& log_;
    const QueueTable& queues_;
    const StoreConfig& config_;
    std::int64_t memory_share_;  // bytes
};

}  // namespace brokersim::store
