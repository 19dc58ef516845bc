#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/client/allocate.h"
#include "core/client/client_config.h"
#include "core/client/client_instance.h"
#include "core/client/consumer.h"
#include "core/client/held_locks.h"
#include "core/client/message_listener.h"
#include "core/client/message_service.h"
#include "core/client/ownership.h"
#include "core/client/pull_loop.h"
#include "core/client/start_offset.h"
#include "core/host.h"

namespace brokersim::client {

struct Subscription {
    std::string topic;
    std::string expression = "*";  // tags ("a || b"), or all
};

using OwnershipFactory = std::function<std::unique_ptr<Ownership>(QueueOwner&)>;

struct ConsumerOptions {
    std::string group;
    std::vector<Subscription> subscriptions;
    std::vector<Address> name_servers;
    ClientConfig config = {};
    std::shared_ptr<const AllocateStrategy> strategy = {};  // of RocketMQ's own rebalance; empty: averagely
    bool orderly = false;             // one message of a queue at a time; with RocketMQ's own rebalance only
    bool broadcasting = false;        // every member gets every message; not orderly, and with no other ownership
    OwnershipFactory ownership = {};  // empty: RocketMQ's own rebalance (self_assignment.h), and %RETRY%group too
};

/// RocketMQ's DefaultMQPushConsumer with a concurrent or an orderly listener in CLUSTERING mode, or with a concurrent
/// one in BROADCASTING mode, as a node. How it comes to own queues is the affair of its Ownership; pulling and handling
/// are the same under all of them.
///
/// Threads: one for timers, one that rebalances (Ownership), one that sends pulls, consumeThreadMin for the listener.
///
/// A message that the listener wants later would be sent back to the broker. Sending back is not modelled, so the
/// consumer does what the real one does when that fails: the message stays, holds the position, and is handed over
/// again 5 s later. (In BROADCASTING mode it counts as handled.) Listener calls that last longer than consumeTimeout
/// are not cut short either.
class PushConsumer final : public Consumer, private InstanceMember, private GroupClient, private PullLoopOwner {
public:
    /// `listener` must outlive the consumer. The options must be sound: client_config_problem finds nothing, the group
    /// has a name.
    PushConsumer(Host& host, ConsumerOptions options, MessageListener& listener);
    ~PushConsumer() override;

    /// Fetches the routes, sends heartbeats, then starts the ownership.
    void start() override;
    /// Starts no more listener calls, waits up to awaitTerminationMillisWhenShutdown for running ones, gives back the
    /// locks of an orderly consumer, commits, leaves the group, unregisters at the brokers, closes the connections.
    void shutdown(Task done) override;

    const std::string& client_id() const override { return instance_.client_id(); }
    /// Queues owned now, sorted.
    std::vector<protocol::MessageQueue> owned() const override;
    /// Everything before it is handled; -1: not known (the queue must be owned).
    std::int64_t position(const protocol::MessageQueue& queue) const override { return owned_queue(queue).position; }
    std::size_t queue_count() const override { return queues_.size(); }
    std::int64_t cached() const override;
    std::int32_t handling() const override { return handlers_->handling(); }

private:
    // InstanceMember
    std::vector<std::string> route_topics() const override { return topics(); }
    void describe(protocol::HeartbeatData& heartbeat) const override;
    void route_changed(const std::string&, const RoutePtr&) override {}
    void persist_offsets() override;
    void wake() override;

    // GroupClient
    Host& host() override { return host_; }
    protocol::RemotingClient& remoting() override { return instance_.remoting(); }
    const std::string& group() const override { return options_.group; }
    std::vector<std::string> topics() const override;
    RoutePtr route(const std::string& topic) const override { return instance_.routes().find(topic); }
    void refresh_route(const std::string& topic, Task done) override;
    void take(const protocol::MessageQueue& queue, QueueOffset from, Duration first_pull_delay) override;
    std::int64_t drop(const protocol::MessageQueue& queue) override;
    void quiesce(std::vector<protocol::MessageQueue> queues, Task done) override;
    bool pull_expired(const protocol::MessageQueue& queue) const override;
    void forget_position(const protocol::MessageQueue& queue) override { owned_queue(queue).position = -1; }
    void queues_changed(const std::string& topic, Task done) override;
    bool orderly() const override { return options_.orderly; }
    void lock(const protocol::MessageQueue& queue, Callback<void(bool)> done) override;
    void cease(const protocol::MessageQueue& queue) override;
    std::vector<protocol::MessageQueue> ceased() const override { return queues_that(true); }
    bool may_release(const protocol::MessageQueue& queue) const override;
    void await_idle(const protocol::MessageQueue& queue, Duration patience, Callback<void(bool)> done) override;
    void release(const protocol::MessageQueue& queue) override;

    // PullLoopOwner
    bool commits_with_pulls() const override { return ownership_->commits_with_pulls(); }
    void out_of_range(OwnedQueue& queue, QueueOffset corrected) override;
    void find_start(const protocol::MessageQueue& queue, StartOffset::Done done) override {
        start_.find(queue, std::move(done));
    }

    std::vector<protocol::MessageQueue> queues_that(bool dropped) const;
    std::unique_ptr<MessageService> make_service(MessageListener& listener);
    void await_idle(OwnedQueuePtr queue, Duration patience, Callback<void(bool)> done);
    protocol::SubscriptionData& subscription(const std::string& topic);
    OwnedQueue& owned_queue(const protocol::MessageQueue& queue) const;
    void fetch_routes(std::size_t index);
    void leave();

    Host& host_;
    const ConsumerOptions options_;
    const NameId group_name_;
    ClientInstance instance_;
    QueueTable queues_;
    HeldLocks locks_;
    std::unique_ptr<MessageService> handlers_;
    PullLoop pulls_;
    StartOffset start_;
    std::vector<protocol::SubscriptionData> subscriptions_;  // by topic; made once
    std::unique_ptr<Ownership> ownership_;
    bool member_ = false;  // the ownership was started
    bool stopping_ = false;
    bool leaving_ = false;
    Task left_;  // what a shutdown ends with
};

}  // namespace brokersim::client
