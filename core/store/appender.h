#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/host.h"
#include "core/store/commit_log.h"
#include "core/store/message_store.h"
#include "core/store/topic_queue.h"

namespace brokersim::store {

/// A message on its way into the log.
struct PutUnderWay {
    MessageToPut message;
    MonoTime arrived;
    MonoTime started;
    Callback<void(const PutResult&)> done;
    LaneServer server;    // held until the record is in the log
    RecordFields fields;  // its views point into `message`
    TopicQueue* queue = nullptr;
    PutResult result;
    // Of a batch: its records, and the properties that they get.
    std::vector<RecordFields> batch;
    std::vector<std::string> batch_properties;
};

class AppendEvents {
public:
    virtual ~AppendEvents() = default;
    /// The record is in the log and visible, and the lock is free. Whoever gets the put calls Appender::finish once.
    virtual void on_appended(PutUnderWay& put) = 0;
    /// No put is under way any more.
    virtual void on_appender_idle() = 0;
};

/// Takes messages into the log (CommitLog.asyncPutMessage): checks, encoding and checksum outside the append lock, the
/// copy inside it. Objects of finished puts are used again, so that a put allocates nothing.
class Appender {
public:
    Appender(Host& host, CommitLog& log, QueueTable& queues, const StoreConfig& config, const StoreCosts& costs,
             AppendEvents& events);

    /// `writable` is what the store says of itself.
    void put(MessageToPut&& message, MonoTime arrived, MonoTime started, Callback<void(const PutResult&)> done,
             LaneServer server, bool writable);
    /// See MessageStore::put_batch.
    void put_batch(MessageToPut&& batch, MonoTime arrived, MonoTime started, Callback<void(const PutResult&)> done,
                   LaneServer server, bool writable);
    /// Calls the put's `done` with its result; the put is gone then.
    void finish(PutUnderWay& put);
    bool idle() const { return under_way_ == 0; }

private:
    PutUnderWay& take(MessageToPut&& message, MonoTime arrived, MonoTime started, Callback<void(const PutResult&)> done,
                      LaneServer server);
    RecordFields fields_of(const MessageToPut& message) const;
    PutStatus check(const MessageToPut& message, bool writable) const;
    void prepare(PutUnderWay& put);
    PutStatus prepare_batch(PutUnderWay& put);
    void refuse_or_append(PutUnderWay& put);
    CommitLog::Append append_batch(PutUnderWay& put);
    void note_stored(const PutUnderWay& put, QueueOffset offset, PhysicalOffset at, std::int32_t size);
    /// With the lock held.
    void locked(PutUnderWay& put);
    void append(PutUnderWay& put);
    void publish(PutUnderWay& put, CommitLog::Append outcome);
    Duration encode_cost(std::int32_t size) const { return costs_.encode_base + costs_.encode_per_kib * size / 1024; }
    Duration append_cost(std::int32_t size) const { return costs_.append_base + costs_.append_per_kib * size / 1024; }

    Host& host_;
    CommitLog& log_;
    QueueTable& queues_;
    const StoreConfig& config_;
    const StoreCosts& costs_;
    AppendEvents& events_;
    std::vector<std::unique_ptr<PutUnderWay>> puts_;  // all that were ever made
    std::vector<PutUnderWay*> free_;
    std::size_t under_way_ = 0;
};

}  // namespace brokersim::store
