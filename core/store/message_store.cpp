#include "core/store/message_store.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/check.h"
#include "core/store/appender.h"
#include "core/store/checkpoint.h"
#include "core/store/commit_log.h"
#include "core/store/delay_levels.h"
#include "core/store/dispatch.h"
#include "core/store/index.h"
#include "core/store/log_commit.h"
#include "core/store/log_flush.h"
#include "core/store/message_lookup.h"
#include "core/store/message_reader.h"
#include "core/store/properties.h"
#include "core/store/queue_builder.h"
#include "core/store/queue_flush.h"
#include "core/store/recovery.h"
#include "core/store/retention.h"
#include "core/store/topic_queue.h"

namespace brokersim::store {
namespace {

const std::string abort_path = "abort";  // there while a broker runs: found at a start, it tells of a crash
const std::string lock_path = "lock";

/// Consume queue files hold whole units.
std::int64_t queue_file_size(const StoreConfig& config) {
    const std::int64_t unit = ConsumeQueue::unit_size;
    return (config.mappedFileSizeConsumeQueue + unit - 1) / unit * unit;
}

}  // namespace

struct MessageStore::Parts final : FlushEvents, DispatchEvents, AppendEvents, IndexEvents, LogCommit::Events {
    Parts(Host& its_host, std::string broker, StoreConfig its_config, StoreCosts its_costs)
        : host(its_host),
          config(std::move(its_config)),
          costs(its_costs),
          log(host, config.mappedFileSizeCommitLog,
              {.wanted = config.warmMapedFileEnable,
               .forced = config.sync_flush(),
               .forced_pages = config.flushLeastPagesWhenWarmMapedFile,
               .cost_per_page = costs.warm_per_page},
              {config.transientStorePoolEnable ? config.transientStorePoolSize : 0,
               config.fastFailIfNoBufferInStorePool}),
          queues(host, std::move(broker), queue_file_size(config)),
          checkpoint(host),
          builder(queues, checkpoint, levels),
          index(host, checkpoint, config, *this),
          appender(host, log, queues, config, costs, *this),
          commit(host, log, config, costs.append_per_kib, *this),
          periodic_flush(host, log, checkpoint, config, *this),
          group_commit(host, log, checkpoint, config, *this),
          queue_flush(host, checkpoint, config, *this),
          dispatch(host, log, builder, used_index(), costs.dispatch_per_message, config.sync_flush(), *this),
          reader(log, queues, config, host.memory_bytes()),
          lookup(log, index),
          retention(host, log, queues, index, config) {}

    FileResult<void> load();
    void start();
    void flush_again();
    /// What records are entered into.
    Index* used_index() { return config.messageIndexEnable ? &index : nullptr; }
    bool writable() const { return !stopping && !failure && !retention.disk_full(); }
    void fail(const FileError& error) {
        if (!failure) failure = error;
    }
    void wake_flush();
    /// Calls `done` when all of the log is on disk, or can't be any more.
    void flush_log(Task done);
    void stop(Task done);

    void on_log_committed() override;
    void on_log_flushed() override;
    void on_flush_failed(const FileError& error) override;
    void on_dispatched(TopicQueue& queue) override { queue_flush.wake(queue); }
    void on_arrived(const TopicQueue& queue, std::int64_t tags_code, QueueOffset max_offset) override {
        if (arrival_listener) arrival_listener(queue.topic, queue.id, max_offset, tags_code);
    }
    void on_run_ended() override { queue_flush.wake_checkpoint(); }
    void on_queue_write_failed(const FileError& error) override { fail(error); }
    void on_index_write_failed(const FileError& error) override { fail(error); }
    void on_index_flushed() override { queue_flush.wake_checkpoint(); }
    void on_index_flush_failed(const FileError& error) override { on_flush_failed(error); }
    void on_appended(PutUnderWay& put) override;
    void on_appender_idle() override {
        if (at_appender_idle) std::exchange(at_appender_idle, Task{})();
    }

    Host& host;
    const StoreConfig config;
    const StoreCosts costs;
    CommitLog log;
    QueueTable queues;
    Checkpoint checkpoint;
    DelayLevels levels;
    QueueBuilder builder;
    Index index;
    Appender appender;
    LogCommit commit;                 // at rest without a pool
    PeriodicLogFlush periodic_flush;  // of the two, the one that flushDiskType names is used
    GroupCommit group_commit;
    QueueFlush queue_flush;
    Dispatch dispatch;
    MessageReader reader;
    MessageLookup lookup;
    Retention retention;
    std::optional<PhysicalOffset> found_after_crash;  // from here on what load() found need not be on disk
    std::vector<int> removal_hours;
    ArrivalListener arrival_listener;
    std::optional<FileError> failure;
    bool flush_failed = false;
    bool started = false;
    bool stopping = false;
    Task at_appender_idle;
    Task at_log_flushed;
};

FileResult<void> MessageStore::Parts::load() {
    if (config.flushDiskType != "SYNC_FLUSH" && config.flushDiskType != "ASYNC_FLUSH")
        return std::unexpected(FileError{FileErrorCode::io, "flushDiskType: " + config.flushDiskType});
    auto parsed = DelayLevels::parse(config.messageDelayLevel);
    if (!parsed) return std::unexpected(FileError{FileErrorCode::io, "messageDelayLevel: " + parsed.error()});
    levels = std::move(*parsed);
    auto hours = parse_hours(config.deleteWhen);
    if (!hours) return std::unexpected(FileError{FileErrorCode::io, "deleteWhen: " + config.deleteWhen});
    removal_hours = std::move(*hours);
    const bool orderly_exit = !host.read_file(abort_path).has_value();
    if (auto loaded = log.files().load(); !loaded) return loaded;
    if (auto loaded = queues.load(); !loaded) return loaded;
    if (auto loaded = checkpoint.load(); !loaded) return loaded;
    if (auto loaded = index.load(orderly_exit); !loaded) return loaded;
    auto recovered = recover(log, queues, builder, used_index(), checkpoint,
                             {.orderly_exit = orderly_exit,
                              .check_crc = config.checkCRCOnRecover,
                              .check_record_crc = config.forceVerifyPropCRC && config.enabledAppendPropCRC,
                              .index_safe = config.messageIndexSafe});
    if (!recovered) return std::unexpected(std::move(recovered.error()));
    host.owe(costs.dispatch_per_message * recovered->records_read);
    if (!orderly_exit) found_after_crash = recovered->log_begin;
    return {};
}

void MessageStore::Parts::start() {
    BROKERSIM_CHECK(!started, "the store is started twice");
    started = true;
    if (auto written = host.write_file(lock_path, "lock"); !written) fail(written.error());
    if (auto written = host.write_file(abort_path, fmt::format("{}", host.incarnation())); !written)
        fail(written.error());
    if (found_after_crash) flush_again();
    if (config.sync_flush())
        group_commit.wake();
    else
        periodic_flush.start();
    commit.start();
    queue_flush.start();
    for (const auto& queue : queues.all()) queue_flush.wake(*queue);  // recovery may have entered units
    queue_flush.wake_checkpoint();
    dispatch.start(log.max_offset());
    retention.start(std::move(removal_hours));
}

/// What a killed process left lies in the page cache, and only the last files that it wrote to need not be on disk. A
/// power cut must not take from there what later messages, whose flush is waited for, are appended to. (The real broker
/// takes what it found as flushed.)
void MessageStore::Parts::flush_again() {
    log.files().flush_again_from(found_after_crash->value);
    for (const auto& queue : queues.all()) queue->units.flush_again();
}

void MessageStore::Parts::wake_flush() {
    if (config.sync_flush())
        group_commit.wake();
    else
        periodic_flush.wake();
}

void MessageStore::Parts::on_appended(PutUnderWay& put) {
    retention.wake();
    commit.wake();
    if (!config.sync_flush()) dispatch.wake();
    if (!config.sync_flush() || find_property(put.message.properties, property::wait) == "false") {
        wake_flush();
        return appender.finish(put);
    }
    group_commit.wait_for(put.result.physical_offset + put.result.size, [this, &put](bool flushed) {
        if (!flushed) put.result.status = PutStatus::flush_disk_timeout;
        appender.finish(put);
    });
}

void MessageStore::Parts::on_log_committed() {
    if (!config.sync_flush()) dispatch.wake();
    wake_flush();
}

void MessageStore::Parts::on_log_flushed() {
    if (config.sync_flush()) dispatch.wake();
    queue_flush.wake_checkpoint();
    if (at_log_flushed) std::exchange(at_log_flushed, Task{})();
}

void MessageStore::Parts::on_flush_failed(const FileError& error) {
    // The kernel has marked the pages clean although they are not on disk: a second flush would hide the loss.
    fail(error);
    flush_failed = true;
    periodic_flush.stop();
    if (at_log_flushed) std::exchange(at_log_flushed, Task{})();
}

void MessageStore::Parts::flush_log(Task done) {
    if (flush_failed || (!log.files().flushing() && !log.files().can_flush(0))) return done();
    at_log_flushed = [this, done = std::move(done)]() mutable { flush_log(std::move(done)); };
    if (log.files().flushing()) return;
    log.files().flush(0, [this](FileResult<void> result) {
        if (result)
            on_log_flushed();
        else
            on_flush_failed(result.error());
    });
}

void MessageStore::Parts::stop(Task done) {
    BROKERSIM_CHECK(started && !stopping, "the store is stopped out of turn");
    stopping = true;
    retention.stop();
    auto finish = [this, done = std::move(done)]() mutable {
        if (auto removed = log.stop_allocation(); !removed) fail(removed.error());
        if (!failure && dispatch.dispatched() >= log.max_offset())
            if (auto removed = host.remove(abort_path); !removed) fail(removed.error());
        done();
    };
    auto after_log = [this, finish = std::move(finish)]() mutable {
        dispatch.when_idle([this, finish = std::move(finish)]() mutable {
            index.flush_newest(
                [this, finish = std::move(finish)]() mutable { queue_flush.flush_all(std::move(finish)); });
        });
    };
    auto after_appends = [this, after_log = std::move(after_log)]() mutable {
        commit.finish([this, after_log = std::move(after_log)]() mutable {
            periodic_flush.stop();
            flush_log(std::move(after_log));
        });
    };
    if (appender.idle()) return after_appends();
    at_appender_idle = std::move(after_appends);
}

MessageStore::MessageStore(Host& host, std::string broker, StoreConfig config, StoreCosts costs)
    : parts_(std::make_unique<Parts>(host, std::move(broker), std::move(config), costs)) {}
MessageStore::~MessageStore() = default;

FileResult<void> MessageStore::load() { return parts_->load(); }
void MessageStore::start() { parts_->start(); }
void MessageStore::on_arrival(ArrivalListener listener) { parts_->arrival_listener = std::move(listener); }
void MessageStore::shutdown(Task done) { parts_->stop(std::move(done)); }
bool MessageStore::pool_exhausted() const { return parts_->log.pool().exhausted(); }
bool MessageStore::writable() const { return parts_->writable(); }
const FileError* MessageStore::failure() const { return parts_->failure ? &*parts_->failure : nullptr; }

void MessageStore::put(MessageToPut message, MonoTime arrived, MonoTime started, Callback<void(const PutResult&)> done,
                       LaneServer server) {
    BROKERSIM_CHECK(parts_->started, "a message is put before the store is started");
    parts_->appender.put(std::move(message), arrived, started, std::move(done), std::move(server), parts_->writable());
}

void MessageStore::put_batch(MessageToPut batch, MonoTime arrived, MonoTime started,
                             Callback<void(const PutResult&)> done, LaneServer server) {
    BROKERSIM_CHECK(parts_->started, "a batch is put before the store is started");
    parts_->appender.put_batch(std::move(batch), arrived, started, std::move(done), std::move(server),
                               parts_->writable());
}

Slice MessageStore::record_at(PhysicalOffset offset) { return parts_->lookup.at(offset); }

QueryResult MessageStore::query(std::string_view topic, std::string_view key, std::int64_t most, WallTime begin,
                                WallTime end) {
    return parts_->lookup.by_key(topic, key, most, epoch_ms(begin), epoch_ms(end));
}

Slice MessageStore::record_of_unique_key(std::string_view topic, std::string_view key) {
    return parts_->lookup.by_unique_key(topic, key);
}

void MessageStore::remove_expired_files() { parts_->retention.ask(); }

GetResult MessageStore::get(const std::string& topic, std::int32_t queue_id, QueueOffset from,
                            std::int32_t max_messages, const TagFilter& filter) {
    return parts_->reader.read(topic, queue_id, from, max_messages, filter);
}

QueueOffset MessageStore::max_offset(const std::string& topic, std::int32_t queue_id) const {
    const TopicQueue* queue = parts_->queues.find(topic, queue_id);
    return queue == nullptr ? QueueOffset{} : queue->units.max_offset();
}

QueueOffset MessageStore::min_offset(const std::string& topic, std::int32_t queue_id) const {
    const TopicQueue* queue = parts_->queues.find(topic, queue_id);
    return queue == nullptr ? QueueOffset{} : queue->units.min_offset();
}

QueueOffset MessageStore::offset_by_time(const std::string& topic, std::int32_t queue_id, WallTime time,
                                         TimeBoundary boundary) {
    TopicQueue* queue = parts_->queues.find(topic, queue_id);
    if (queue == nullptr) return {};
    const auto found = queue->units.offset_by_time(epoch_ms(time), boundary, parts_->log);
    return std::min(std::max(found, queue->units.min_offset()), queue->units.max_offset());
}

bool MessageStore::in_memory(const std::string& topic, std::int32_t queue_id, QueueOffset offset) {
    TopicQueue* queue = parts_->queues.find(topic, queue_id);
    if (queue == nullptr) return false;
    const auto unit = queue->units.unit(offset);
    return unit && unit->physical_offset >= parts_->log.min_offset() && parts_->reader.in_memory(unit->physical_offset);
}

PhysicalOffset MessageStore::max_physical_offset() const { return parts_->log.max_offset(); }
PhysicalOffset MessageStore::min_physical_offset() const { return parts_->log.min_offset(); }
PhysicalOffset MessageStore::dispatched_offset() const { return parts_->dispatch.dispatched(); }
PhysicalOffset MessageStore::flushed_offset() const { return parts_->log.flushed(); }

Duration MessageStore::append_lock_held() const {
    const Lock& lock = parts_->log.lock();
    return lock.held() ? parts_->host.mono_ns() - lock.held_since() : Duration::zero();
}

}  // namespace brokersim::store
