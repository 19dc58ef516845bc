#include "core/kafka/store_log.h"

#include "core/check.h"
#include "core/kafka/group_records.h"
#include "core/store/record.h"

namespace brokersim::kafka {
namespace {

// How often a restart looks whether the store's dispatch has caught up.
constexpr Duration dispatch_check = std::chrono::milliseconds(10);
constexpr std::int32_t batches_of_one_read = 32;

}  // namespace

void StoreLog::append(std::int32_t partition, std::vector<GroupRecord> batch, Callback<void(bool)> done) {
    const MonoTime now = host_.mono_ns();
    store::MessageToPut message{.topic = std::string(offsets_topic),
                                .queue_id = partition,
                                .born_timestamp = epoch_ms(host_.wall_ms()),
                                .born_host = address_,
                                .store_host = address_,
                                .properties = {},
                                .body = copy_slice(encode_batch(batch))};
    store_.put(std::move(message), now, now, [done = std::move(done)](const store::PutResult& result) mutable {
        done(result.status == store::PutStatus::ok);
    });
}

void StoreLog::restore(GroupCoordinator& coordinator, Task done) {
    coordinator_ = &coordinator;
    end_ = store_.max_physical_offset();
    restored_ = std::move(done);
    wait_for_dispatch();
}

void StoreLog::wait_for_dispatch() {
    if (stopped_) return;
    if (store_.dispatched_offset() < end_)
        host_.after(dispatch_check, [this] { wait_for_dispatch(); });
    else
        // The handler that loaded the store may have written queues anew: they are to be read when it has ended.
        host_.paid([this] { host_.start(Lane::coordinator, [this](LaneServer) { restore_partition(0); }); });
}

/// One partition for each handler, so that reading takes the time that it costs.
void StoreLog::restore_partition(std::int32_t partition) {
    if (stopped_) return;
    const std::string topic(offsets_topic);
    QueueOffset next = store_.min_offset(topic, partition);
    const QueueOffset end = store_.max_offset(topic, partition);
    while (next < end) {
        const store::GetResult result = store_.get(topic, partition, next, batches_of_one_read, {});
        for (const Slice& record : result.records) restore_batch(record.bytes);
        BROKERSIM_CHECK(result.next_begin_offset > next, "reading {} stands still at {}", partition, next.value);
        next = result.next_begin_offset;
    }
    host_.paid([this, partition] {
        if (partition + 1 < offsets_partitions)
            host_.start(Lane::coordinator, [this, partition](LaneServer) { restore_partition(partition + 1); });
        else
            restored_();
    });
}

void StoreLog::restore_batch(std::span<const std::byte> bytes) {
    const auto record = store::decode_record(bytes);
    const auto batch = record ? decode_batch(record->body()) : std::nullopt;
    bool whole = batch.has_value();
    if (batch)
        for (const GroupRecord& entry : *batch) whole = coordinator_->restore(entry) && whole;
    if (!whole) host_.note(note::Counted{host_.name("kafka.coordinator.unreadable_batch"), 1});
}

}  // namespace brokersim::kafka
