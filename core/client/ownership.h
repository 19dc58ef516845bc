#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/host.h"
#include "core/protocol/messages.h"
#include "core/protocol/remoting.h"

/// How a consumer comes to own queues: RocketMQ's self-assignment, or membership in a Kafka group. The consumer pulls,
/// handles and keeps positions in the same way under both.
namespace brokersim::client {

/// What an Ownership may ask of the consumer that it serves. All calls from the consumer's own handlers.
class QueueOwner {
public:
    virtual ~QueueOwner() = default;

    virtual Host& host() = 0;
    virtual protocol::RemotingClient& remoting() = 0;
    virtual const std::string& group() const = 0;
    virtual const std::string& client_id() const = 0;
    /// Topics that are subscribed to, sorted; with RocketMQ also %RETRY%group.
    virtual std::vector<std::string> topics() const = 0;
    /// The cached route of a topic; null if none is known yet.
    virtual std::shared_ptr<const protocol::TopicRouteData> route(const std::string& topic) const = 0;
    /// Asks the name server for the topic's route, then calls `done` (whether or not it succeeded).
    virtual void refresh_route(const std::string& topic, Task done) = 0;

    /// Queues owned now, sorted.
    virtual std::vector<protocol::MessageQueue> owned() const = 0;
    /// Begins to consume a queue, not owned yet, from `from`, which is also its position. The first pull leaves after
    /// `first_pull_delay`. Gives the Owned note.
    virtual void take(const protocol::MessageQueue& queue, QueueOffset from, Duration first_pull_delay) = 0;
    /// Ceases to consume at once, as RocketMQ does: buffered messages are forgotten, results of handlers under way are
    /// ignored. Gives the Revoked note. Returns the position to commit (-1: none known). The queue must be owned.
    virtual std::int64_t drop(const protocol::MessageQueue& queue) = 0;
    /// Stops pulling and starting handlers for the queues; calls `done` when no handler is under way on them. Results
    /// count; the queues are still owned, and stay quiet until they are dropped. `done` never runs within the call.
    /// (What a Kafka consumer's poll loop is by construction.)
    virtual void quiesce(std::vector<protocol::MessageQueue> queues, Task done) = 0;
    /// The position to commit of an owned queue (or one that was ceased): everything before it is handled (-1: none
    /// known).
    virtual std::int64_t position(const protocol::MessageQueue& queue) const = 0;
    /// True if the queue (owned, or ceased) has not been asked for messages for 120 s (pullMaxIdleTime): RocketMQ drops
    /// and re-takes it.
    virtual bool pull_expired(const protocol::MessageQueue& queue) const = 0;
};

/// What RocketMQ's own rebalance asks of its consumer beyond that.
class GroupClient : public QueueOwner {
public:
    /// Makes the position of an owned queue unknown (-1) until a message is handled or a pull finds nothing: the queue
    /// was taken although no position was stored for it, so there is nothing to commit yet.
    virtual void forget_position(const protocol::MessageQueue& queue) = 0;
    /// The queues of a topic changed (messageQueueChanged): its subscription gets a new version and a heartbeat carries
    /// that to all brokers. Calls `done` when they have answered.
    virtual void queues_changed(const std::string& topic, Task done) = 0;

    /// Whether the consumer hands over a queue's messages one after the other, under a lock of the queue's broker. What
    /// follows is for such consumers only.
    virtual bool orderly() const = 0;
    /// Asks the queue's broker for the lock; `done(true)` if it gave it. Never ends within the call.
    virtual void lock(const protocol::MessageQueue& queue, Callback<void(bool locked)> done) = 0;
    /// Ceases to consume an owned queue, as drop() does, but keeps its books and its lock until release().
    virtual void cease(const protocol::MessageQueue& queue) = 0;
    /// Queues that were ceased and not yet released, sorted. (None if the consumer is not orderly.)
    virtual std::vector<protocol::MessageQueue> ceased() const = 0;
    /// Whether a ceased queue may be released now: no handler is under way on it, or its lock was not renewed for more
    /// than unlockDelayTimeMills.
    virtual bool may_release(const protocol::MessageQueue& queue) const = 0;
    /// Calls `done(true)` when no handler is under way on a ceased queue, `done(false)` when that takes too long. Never
    /// ends within the call.
    virtual void await_idle(const protocol::MessageQueue& queue, Duration patience, Callback<void(bool idle)> done) = 0;
    /// Forgets a ceased queue, and unlocks it at its broker, one-way.
    virtual void release(const protocol::MessageQueue& queue) = 0;
};

class Ownership {
public:
    virtual ~Ownership() = default;
    /// The consumer runs: routes are known as far as the name server knows them, and brokers had a first heartbeat.
    virtual void start() = 0;
    /// Leaves in order: gives up what is owned, says goodbye; `done` when all requests are out.
    virtual void shutdown(Task done) = 0;
    /// Every persistConsumerOffsetInterval: commits positions of owned queues.
    virtual void persist_offsets() = 0;
    /// NOTIFY_CONSUMER_IDS_CHANGED came, or a new connection to a broker became active.
    virtual void wake() = 0;
    /// Whether pulls carry the position to be committed by the broker that answers (RocketMQ: yes).
    virtual bool commits_with_pulls() const { return false; }
    /// The broker says that the position of a queue is not in its range; it has been dropped and shall be taken again.
    virtual void offset_moved(const protocol::MessageQueue& queue, QueueOffset corrected) = 0;
};

}  // namespace brokersim::client
