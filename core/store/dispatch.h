#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/host.h"
#include "core/store/commit_log.h"
#include "core/store/grid_timer.h"
#include "core/store/index.h"
#include "core/store/queue_builder.h"
#include "core/store/topic_queue.h"

namespace brokersim::store {

/// What a dispatch tells the store.
class DispatchEvents {
public:
    virtual ~DispatchEvents() = default;
    /// Units of the queue became visible.
    virtual void on_dispatched(TopicQueue& queue) = 0;
    /// One record with this tags code; `max_offset` is one past the newest such.
    virtual void on_arrived(const TopicQueue& queue, std::int64_t tags_code, QueueOffset max_offset) = 0;
    /// A run has ended: the checkpoint may have changed.
    virtual void on_run_ended() = 0;
    /// A consume queue file could not be made, thirty times: the store must not be written any more.
    virtual void on_queue_write_failed(const FileError& error) = 0;
    /// The same of an index file, three times.
    virtual void on_index_write_failed(const FileError& error) = 0;
};

/// Reads the log behind the appends and enters its records into their queues and the index (RocketMQ's
/// ReputMessageService). It looks every millisecond; here that is an event only if there is something to find.
class Dispatch {
public:
    /// With `flushed_only` (SYNC_FLUSH) records are dispatched once they are on disk. `index` is null if there is none.
    Dispatch(Host& host, CommitLog& log, QueueBuilder& builder, Index* index, Duration cost_per_message,
             bool flushed_only, DispatchEvents& events);

    /// Opens Lane::reput and begins at `from`.
    void start(PhysicalOffset from);
    /// More of the log may be dispatched.
    void wake();
    /// Everything before it is in the queues, visible.
    PhysicalOffset dispatched() const { return dispatched_; }
    /// Calls `done` when nothing is left to dispatch; within this call if that is so now.
    void when_idle(Task done);

private:
    PhysicalOffset limit() const { return flushed_only_ ? log_.flushed() : log_.max_offset(); }
    bool behind() const { return started_ && next_ < limit(); }
    void run(LaneServer server);
    void finish(LaneServer server);
    /// Enters the cursor's record; false if its queue, or the index, can't be written now.
    bool enter(const LogCursor& cursor);
    bool enter_queue(const LogCursor& cursor, const DispatchProperties& properties);
    bool enter_index(const LogCursor& cursor, const DispatchProperties& properties);
    void skip_bad(LogCursor& cursor);
    void retry_later(LaneServer server);

    Host& host_;
    CommitLog& log_;
    QueueBuilder& builder_;
    Index* index_;  // null: none, or it can't be written any more
    Duration cost_per_message_;
    bool flushed_only_;
    DispatchEvents& events_;
    GridTimer timer_;
    PhysicalOffset next_;               // read next
    PhysicalOffset dispatched_;         // visible up to here
    std::vector<TopicQueue*> touched_;  // by the run under way
    NameId misplaced_units_;            // counted: units under another offset than their message's
    NameId bad_records_;                // counted: places in the log that held no record
    int failed_tries_ = 0;
    bool queue_entered_ = false;  // of the record that could not be entered into the index
    bool blocked_ = false;        // the last record could not be entered
    bool incomplete_ = false;     // the next record ends behind the limit
    bool gave_up_ = false;        // queues can't be written any more
    bool running_ = false;
    bool started_ = false;
    Task at_idle_;
};

}  // namespace brokersim::store
