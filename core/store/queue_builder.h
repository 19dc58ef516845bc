#pragma once

#include <cstdint>

#include "core/store/checkpoint.h"
#include "core/store/delay_levels.h"
#include "core/store/properties.h"
#include "core/store/record.h"
#include "core/store/topic_queue.h"

namespace brokersim::store {

/// A record's tags code: Java's hash of its TAGS, or, in the schedule topic, when it is due (ms).
std::int64_t tags_code_of(const RecordView& record, const DelayLevels& levels);

/// Whether a message with this sysFlag takes a place in its queue: half messages and rolled back ones take none.
bool takes_queue_offset(std::int32_t sys_flag);

/// Enters records of the log into their consume queues (RocketMQ's CommitLogDispatcherBuildConsumeQueue). Used by the
/// running store and by recovery, which may enter a record again: that changes nothing.
class QueueBuilder {
public:
    QueueBuilder(QueueTable& queues, Checkpoint& checkpoint, const DelayLevels& levels)
        : queues_(queues), checkpoint_(checkpoint), levels_(levels) {}

    struct Entered {
        TopicQueue* queue = nullptr;  // null: nothing was written (a half or rolled back message, or there already)
        QueueOffset offset;           // of the unit
        std::int64_t tags_code = 0;
        bool misplaced = false;  // units before it are missing (see ConsumeQueue::Put), or its topic can name no queue
    };
    /// `at` is where the record begins, `properties` are its own. The unit becomes visible with its queue's publish().
    /// An error if a file cannot be made: nothing has changed then.
    FileResult<Entered> enter(const RecordView& record, const DispatchProperties& properties, PhysicalOffset at);

private:
    QueueTable& queues_;
    Checkpoint& checkpoint_;
    const DelayLevels& levels_;
};

}  // namespace brokersim::store
