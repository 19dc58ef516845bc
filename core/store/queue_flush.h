#pragma once

#include <cstdint>
#include <vector>

#include "core/host.h"
#include "core/store/checkpoint.h"
#include "core/store/grid_timer.h"
#include "core/store/log_flush.h"
#include "core/store/store_config.h"
#include "core/store/topic_queue.h"

namespace brokersim::store {

/// Forces consume queues and the checkpoint to disk (RocketMQ's FlushConsumeQueueService, and the task that flushes the
/// checkpoint each second). Every flushIntervalConsumeQueue a queue is forced if flushConsumeQueueLeastPages of it are
/// dirty; each flushConsumeQueueThoroughInterval all are, and then the checkpoint. One after another, as one thread
/// does.
class QueueFlush {
public:
    QueueFlush(Host& host, Checkpoint& checkpoint, const StoreConfig& config, FlushEvents& events);

    void start();
    /// The queue has published units.
    void wake(TopicQueue& queue);
    /// The checkpoint may have changed.
    void wake_checkpoint();
    /// Forces all that is dirty, then the checkpoint, then calls `done`; ends the periodic work.
    void flush_all(Task done);

private:
    void round();
    /// Flushes the queues from list_[next] on, each once, then ends the round.
    void flush_next(std::size_t next, int pages, Task done);
    void end_round();
    void flush_checkpoint(Task done);

    Checkpoint& checkpoint_;
    int least_pages_;
    FlushEvents& events_;
    std::vector<TopicQueue*> list_;  // queues with something unflushed
    GridTimer timer_;
    ThoroughRule rule_;
    GridTimer checkpoint_timer_;
    bool running_ = false;  // a round is under way
    bool failed_ = false;
    Task at_end_;            // flush_all waits for the round to end
    Task after_checkpoint_;  // waits for the flush of the checkpoint that is under way
};

}  // namespace brokersim::store
