#pragma once

#include "core/host.h"
#include "core/store/commit_log.h"
#include "core/store/store_config.h"

namespace brokersim::store {

/// Copies what was appended out of the buffers of the store's pool into the files (RocketMQ's CommitRealTimeService):
/// readers, the dispatch and the flush see it from then on, and a crash of the process does not lose it any more. It
/// looks every commitIntervalCommitLog, and, with wakeCommitWhenPutMessage, at each put: at least
/// commitCommitLogLeastPages are copied, or whatever there is when commitCommitLogThoroughInterval has passed since it
/// last did either.
class LogCommit {
public:
    class Events {
    public:
        virtual ~Events() = default;
        /// More of the log can be read.
        virtual void on_log_committed() = 0;
    };
    /// `cost_per_kib` is the CPU time of copying.
    LogCommit(Host& host, CommitLog& log, const StoreConfig& config, Duration cost_per_kib, Events& events);

    void start();
    /// Something was published.
    void wake();
    /// Copies all that there is, then calls `done`; within this call if there is nothing. The service has ended then.
    void finish(Task done);

private:
    void arm();
    void round();
    void commit(int least_pages);
    /// Passes over the rounds that found nothing to do.
    void catch_up();

    Host& host_;
    CommitLog& log_;
    Duration interval_;
    Duration thorough_;
    int least_pages_;
    bool woken_by_puts_;
    Duration cost_per_kib_;
    Events& events_;
    MonoTime round_{};   // the last one
    MonoTime commit_{};  // the last that was thorough, or copied something
    TimerId timer_{};
    bool started_ = false;
    bool committing_ = false;
    bool woken_ = false;  // while it was copying
    Task at_end_;
};

}  // namespace brokersim::store
