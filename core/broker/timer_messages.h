#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/host.h"
#include "core/store/grid_timer.h"
#include "core/store/message_store.h"

namespace brokersim::broker {

/// The topic in which timer messages wait; it has one queue.
inline constexpr std::string_view timer_topic = "rmq_sys_wheel_timer";

/// Messages that enter their queue at a given time (RocketMQ's TimerMessageStore, as far as POP needs it).
///
/// A message that is not due yet is stored in the timer topic. Within 100 ms it is read from there and enters the slot
/// of its second; when that second has passed, three putters store it in its real queue, oldest slot first. A second
/// begins to be worked off when all of the one before are stored. Every second a checkpoint is written
/// (config/timercheck), in RocketMQ's format: up to which time all is done, and from which offset of the timer topic
/// on something may still wait.
///
/// The wheel lives in memory only: where RocketMQ keeps it in `timerwheel` and `timerlog`, a broker that starts reads
/// the timer topic again from the checkpoint's offset. (A store with a `timerlog` is read from the topic's beginning.)
/// After a crash messages of the last seconds may come twice, as RocketMQ's do. Rolling (more than two days ahead) and
/// deleting are left out: a check point waits a few hours at most.
class TimerMessages {
public:
    using PutDone = Callback<void(const store::PutResult&)>;

    /// `cost` is the CPU time of moving one message once. `host` and `store` must outlive the object.
    TimerMessages(Host& host, store::MessageStore& store, Duration cost);

    /// Reads the checkpoint. Before start().
    std::expected<void, std::string> load();
    /// The store has started: reads what waits there.
    void start();
    /// Moves nothing any more, and writes the checkpoint.
    void stop();

    /// Stores a message, of which nothing must be known to the store yet, so that it enters its queue at `deliver_ms`
    /// of the wall clock, to the second; at once if that has passed. `done` tells of the first of its two puts.
    void put(store::MessageToPut message, std::int64_t deliver_ms, PutDone done);
    /// The timer topic has a new message.
    void arrived();

    /// Whole seconds that the wheel lags behind (TimerMessageStore.getDequeueBehind), and that its input does
    /// (getEnqueueBehind).
    std::int64_t dequeue_behind() const;
    std::int64_t enqueue_behind() const;
    /// Nothing waits here.
    bool idle() const;

private:
    struct Waiting {
        QueueOffset offset;  // in the timer topic
        PhysicalOffset physical_offset;
        std::int64_t out;  // ms: its second
    };
    struct Checkpoint {
        std::int64_t read_time = 0;     // ms: of the messages before `read_offset`, those of earlier seconds have left
        std::int64_t first_offset = 0;  // whatever lies before it has left
        std::int64_t read_offset = 0;
        bool operator==(const Checkpoint&) const = default;
    };

    std::int64_t now_ms() const { return epoch_ms(host_.wall_ms()); }
    void read_on();
    void enter(const Slice& bytes);
    void arm_wheel();
    void turn_wheel();
    void next_put();
    void move(const Waiting& message);
    void moved(const Waiting& message);
    void make_due(const Waiting& message);
    Checkpoint reached() const;
    void look_at_checkpoint();
    void write(const Checkpoint& checkpoint);

    Host& host_;
    store::MessageStore& store_;
    Duration cost_;
    store::GridTimer reader_;  // looks for new messages
    store::GridTimer checkpoint_timer_;
    MonoTime first_look_{};
    TimerId wheel_timer_{};
    QueueOffset next_;                                    // the next one of the timer topic to be read
    std::map<std::int64_t, std::vector<Waiting>> slots_;  // by second, in ms
    std::deque<Waiting> due_;                             // to be moved, in order
    std::map<std::int64_t, int> due_seconds_;             // how many of each second are due or being moved
    std::set<QueueOffset> inside_;                        // read and not moved yet
    std::int64_t read_time_ = 0;                          // ms: slots before it were emptied
    std::int64_t expired_at_ = INT64_MIN / 2;             // ms: when something was read that was due already,
    std::int64_t expired_stored_ = 0;                     // and when that had been stored
    int putters_ = 0;                                     // at work
    Checkpoint loaded_;
    Checkpoint seen_;  // at the last tick of the checkpoint's timer
    Checkpoint written_;
    bool writing_ = false;
    bool reading_ = false;
    bool running_ = false;
};

}  // namespace brokersim::broker
