#include "core/store/queue_builder.h"

#include <utility>

#include "core/java_hash.h"
#include "core/protocol/codes.h"
#include "core/store/properties.h"

namespace brokersim::store {

std::int64_t tags_code_of(const RecordView& record, const DelayLevels& levels) {
    if (record.topic() == schedule_topic)
        if (const auto delay = find_property(record.properties(), property::delay); !delay.empty())
            if (const auto due = levels.due_time(delay, record.store_timestamp()); due > 0) return due;
    const auto tags = find_property(record.properties(), property::tags);
    return tags.empty() ? 0 : java_hash(tags);
}

FileResult<QueueBuilder::Entered> QueueBuilder::enter(const RecordView& record, PhysicalOffset at) {
    const std::int32_t transaction = record.sys_flag() & protocol::sys_flag::transaction_mask;
    if (transaction == protocol::sys_flag::transaction_prepared ||
        transaction == protocol::sys_flag::transaction_rollback)
        return Entered{};
    TopicQueue& queue = queues_.get(record.topic(), record.queue_id());
    Entered entered{.tags_code = tags_code_of(record, levels_)};
    const auto put = queue.units.put({at, record.size(), entered.tags_code}, record.queue_offset());
    if (!put) return std::unexpected(put.error());
    checkpoint_.values.logics_time = record.store_timestamp();
    if (*put == ConsumeQueue::Put::repeated) return entered;
    entered.queue = &queue;
    entered.offset = queue.units.next_offset() - 1;
    entered.misplaced = *put == ConsumeQueue::Put::misplaced;
    return entered;
}

}  // namespace brokersim::store
