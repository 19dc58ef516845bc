#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/client/client_config.h"
#include "core/client/client_instance.h"
#include "core/client/message_listener.h"
#include "core/client/ownership.h"
#include "core/client/process_queue.h"
#include "core/host.h"

namespace brokersim::client {

struct Subscription {
    std::string topic;
    std::string expression = "*";  // tags: "a || b", or all
};

using OwnershipFactory = std::function<std::unique_ptr<Ownership>(QueueOwner&)>;

struct ConsumerOptions {
    std::string group;
    std::vector<Subscription> subscriptions;
    std::vector<Address> name_servers;
    ClientConfig config = {};
    std::string strategy = "averagely";  // see find_strategy; used by RocketMQ's own rebalance only
    OwnershipFactory ownership = {};     // empty: RocketMQ's own rebalance
};

/// RocketMQ's DefaultMQPushConsumer with a concurrent listener and CLUSTERING, as a node. How it comes to own queues
/// is an Ownership's affair; pulling, handling and positions are the same under all of them.
///
/// Lanes: one thread for timers, one that rebalances, one that sends pulls, consumeThreadMin that call the listener.
///
/// A message that the listener wants later would be sent back to the broker. Sending back is not modelled, so the
/// consumer does what the real one does when sending back fails: the message stays, and is handed over again after 5 s.
class PushConsumer final : public Node, private InstanceMember, private GroupClient {
public:
    /// `listener` must outlive the consumer.
    PushConsumer(Host& host, ConsumerOptions options, MessageListener& listener);
    ~PushConsumer() override;

    /// Fetches routes, sends heartbeats, starts the ownership.
    void start() override;
    /// Starts no more handlers, waits awaitTerminationMillisWhenShutdown for running ones, commits, leaves the group,
    /// unregisters, closes.
    void shutdown(Task done) override;

    const std::string& client_id() const override { return instance_.client_id(); }
    /// Queues owned now, sorted.
    std::vector<protocol::MessageQueue> owned() const override;
    /// Messages pulled and not finished, of all owned queues; handlers under way.
    std::int64_t cached() const;
    std::int32_t handling() const { return handling_; }

private:
    struct OwnedQueue;
    struct Batch;
    using QueuePtr = boost::intrusive_ptr<OwnedQueue>;
    using BatchPtr = boost::intrusive_ptr<Batch>;
    struct Names {
        NameId group;
        NameId flow_control;
        NameId pull_exception;
        NameId ignored_result;
    };

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
    std::int64_t position(const protocol::MessageQueue& queue) const override;
    bool pull_expired(const protocol::MessageQueue& queue) const override;
    void forget_position(const protocol::MessageQueue& queue) override;
    void queues_changed(const std::string& topic, Task done) override;

    void fetch_routes(std::size_t index);
    void begin();
    void leave(Task done);
    OwnedQueue& owned_queue(const protocol::MessageQueue& queue) const;
    void share_thresholds();
    void quiet_now();

    // pulling
    void pull_now(QueuePtr queue);
    void pull_later(QueuePtr queue, Duration delay);
    void pull(const QueuePtr& queue);
    bool flow_controlled(OwnedQueue& queue);
    void request(const QueuePtr& queue, const FoundBroker& broker);
    void pulled(const QueuePtr& queue, protocol::CallResult answer);
    void found(const QueuePtr& queue, protocol::PullMessageResponse& response);
    void nothing_new(const QueuePtr& queue, QueueOffset next);
    void out_of_range(const QueuePtr& queue, QueueOffset corrected);
    void pull_failed(const QueuePtr& queue, std::int32_t code);

    // handling
    void submit(const BatchPtr& batch, std::uint32_t begin, std::uint32_t count);
    void handle(BatchPtr batch, std::uint32_t begin, std::uint32_t count, LaneServer server);
    void handled(const BatchPtr& batch, std::uint32_t begin, std::uint32_t count, ConsumeStatus status);
    void advance(OwnedQueue& queue, std::int64_t position);

    Host& host_;
    ConsumerOptions options_;
    MessageListener& listener_;
    ClientInstance instance_;
    std::vector<protocol::SubscriptionData> subscriptions_;  // by topic
    std::unique_ptr<Ownership> ownership_;
    std::map<protocol::MessageQueue, QueuePtr> queues_;
    Names names_;
    std::int64_t threshold_messages_ = 0;  // of one queue
    std::int64_t threshold_mib_ = 0;
    std::int32_t handling_ = 0;
    bool handles_ = true;  // may start handlers
    Task all_handled_;     // a shutdown that waits for handlers
    TimerId give_up_waiting_;
    struct Quiescing {
        std::vector<QueuePtr> queues;
        Task done;
    };
    std::vector<Quiescing> quiescing_;
};

}  // namespace brokersim::client
