#include "core/store/queue_builder.h"

#include <utility>

#include "core/java_hash.h"
#include "core/protocol/codes.h"

namespace brokersim::store {
namespace {

std::int64_t tags_code(const RecordView& record, const DispatchProperties& properties, const DelayLevels& levels) {
    if (!properties.delay.empty() && record.topic() == schedule_topic)
        if (const auto due = levels.due_time(properties.delay, record.store_timestamp()); due > 0) return due;
    return properties.tags.empty() ? 0 : java_hash(properties.tags);
}

/// The files of a topic's queues stand in a directory of its name: a damaged one must not lead elsewhere.
bool names_a_directory(std::string_view topic) {
    constexpr std::string_view separators("/\0", 2);
    return !topic.empty() && topic != "." && topic != ".." && topic.find_first_of(separators) == topic.npos;
}

}  // namespace

bool takes_queue_offset(std::int32_t sys_flag) {
    const std::int32_t transaction = sys_flag & protocol::sys_flag::transaction_mask;
    return transaction != protocol::sys_flag::transaction_prepared &&
           transaction != protocol::sys_flag::transaction_rollback;
}

std::int64_t tags_code_of(const RecordView& record, const DelayLevels& levels) {
    return tags_code(record, dispatch_properties(record.properties()), levels);
}

FileResult<QueueBuilder::Entered> QueueBuilder::enter(const RecordView& record, const DispatchProperties& properties,
                                                      PhysicalOffset at) {
    if (!takes_queue_offset(record.sys_flag())) return Entered{};
    if (!names_a_directory(record.topic())) return Entered{.misplaced = true};
    TopicQueue& queue = queues_.get(record.topic(), record.queue_id());
    Entered entered{.tags_code = tags_code(record, properties, levels_)};
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
