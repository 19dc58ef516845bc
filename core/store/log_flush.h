#pragma once

#include <cstdint>
#include <deque>
#include <functional>

#include "core/host.h"
#include "core/store/checkpoint.h"
#include "core/store/commit_log.h"
#include "core/store/grid_timer.h"
#include "core/store/store_config.h"

namespace brokersim::store {

/// What the flush services tell the store.
class FlushEvents {
public:
    virtual ~FlushEvents() = default;
    /// More of the log is on disk; the checkpoint may have changed.
    virtual void on_log_flushed() = 0;
    virtual void on_flush_failed(const FileError& error) = 0;
};

/// ASYNC_FLUSH (RocketMQ's FlushRealTimeService): every flushIntervalCommitLog it forces the log if at least
/// flushCommitLogLeastPages are dirty, and whatever is dirty each flushCommitLogThoroughInterval. Whether a round is
/// thorough is decided at its beginning, an interval before it flushes, as there. Without flushCommitLogTimed, and with
/// wakeFlushWhenPutMessage, each put wakes it, and flushCommitLogLeastPages are flushed as soon as they are dirty.
class PeriodicLogFlush {
public:
    PeriodicLogFlush(Host& host, CommitLog& log, Checkpoint& checkpoint, const StoreConfig& config,
                     FlushEvents& events);

    void start();
    void stop() { timer_.stop(); }
    /// Something was published.
    void wake();

private:
    void round();
    void flush(int pages);

    CommitLog& log_;
    Checkpoint& checkpoint_;
    int least_pages_;
    bool woken_by_puts_;
    FlushEvents& events_;
    GridTimer timer_;
    ThoroughRule rule_;
};

/// SYNC_FLUSH (RocketMQ's GroupCommitService and FlushDiskWatcher): whoever must not lose a record waits here until it
/// is on disk; one flush serves all that were waiting when it began. After syncFlushTimeout they wait no longer.
class GroupCommit {
public:
    GroupCommit(Host& host, CommitLog& log, Checkpoint& checkpoint, const StoreConfig& config, FlushEvents& events);

    /// Told whether the record is on disk. Runs within a handler of the flush, or of the time-out.
    using Waiter = Callback<void(bool flushed)>;
    /// Waits for everything before `end` to be on disk, and flushes.
    void wait_for(PhysicalOffset end, Waiter waiter);
    /// Flushes without anybody waiting (a message with WAIT=false).
    void wake();
    /// Gives up on all that wait: the flush has failed for good.
    void fail_all();

private:
    struct Request {
        PhysicalOffset end;
        MonoTime deadline;
        Waiter waiter;
    };
    void on_flushed(FileResult<void> result);
    void on_deadline();
    void watch();

    Host& host_;
    CommitLog& log_;
    Checkpoint& checkpoint_;
    Duration timeout_;
    FlushEvents& events_;
    std::deque<Request> waiting_;  // by end, and so by deadline
    TimerId watcher_{};
    bool failed_ = false;
};

}  // namespace brokersim::store
