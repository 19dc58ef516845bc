#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "core/broker/consumer_offsets.h"
#include "core/broker/revive_log.h"
#include "core/host.h"
#include "core/named_table.h"
#include "core/store/message_store.h"

namespace brokersim::broker {

/// What a broker remembers of the queues that are popped: who is popping one just now (QueueLockManager), and positions
/// that are not committed yet. A position is committed once the check point before it is in the log, in order
/// (PopBufferMergeService.scanCommitOffset, every 5 ms; without enablePopBufferMerge that is all it does).
class PopQueues {
public:
    /// One group's view of one queue. Stays at its address.
    class Queue {
    public:
        Queue(std::string group, std::string topic, std::int32_t queue_id)
            : group_(std::move(group)), topic_(std::move(topic)), queue_id_(queue_id) {}
        const std::string& topic() const { return topic_; }
        std::int32_t queue_id() const { return queue_id_; }
        /// False if somebody has it.
        bool try_lock() { return !std::exchange(locked_, true); }
        void unlock() { locked_ = false; }
        /// The newest position that waits to be committed; -1: none does.
        std::int64_t latest() const { return waiting_.empty() ? -1 : waiting_.back().next; }

    private:
        friend class PopQueues;
        struct Waiting {
            std::int64_t next;
            bool stored;          // its check point is
            bool putting;         // or is being put
            PopCheckPoint point;  // what to put again if that failed
            std::int32_t revive_queue;
        };
        std::string group_;
        std::string topic_;
        std::int32_t queue_id_;
        bool locked_ = false;
        std::deque<Waiting> waiting_;
        std::uint64_t first_number_ = 0;  // of waiting_.front()
        bool listed_ = false;             // in dirty_
    };

    /// References must outlive the object.
    PopQueues(Host& host, ReviveLog& log, ConsumerOffsets& offsets);

    Queue& queue(std::string_view group, std::string_view topic, std::int32_t queue_id);
    /// Puts a check point into the log. `next`, one past its messages, becomes the queue's latest position now, and is
    /// committed when the check point is stored; until that has succeeded it is tried again. `done` when it was tried
    /// once.
    void remember(Queue& queue, PopCheckPoint point, std::int32_t revive_queue, std::int64_t next, Task done);
    /// The same for a stretch of the queue without messages for the group: nothing is put.
    void pass_over(Queue& queue, std::int64_t next);

    /// Commits what can be, and tries nothing again.
    void stop();

private:
    void list(Queue& queue);
    void put_point(Queue& queue, std::uint64_t number, Task done);
    void scan();
    bool commit(Queue& queue);

    ReviveLog& log_;
    ConsumerOffsets& offsets_;
    NamedTable<Queue> queues_;   // by topic@group@queueId
    std::vector<Queue*> dirty_;  // with positions that wait
    store::GridTimer scanner_;
};

}  // namespace brokersim::broker
