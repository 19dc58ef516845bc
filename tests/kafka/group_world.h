#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/kafka/consumer_group_topics.h"
#include "core/kafka/consumer_groups.h"
#include "core/kafka/group_coordinator.h"
#include "core/kafka/group_member.h"
#include "core/protocol/remoting.h"
#include "tests/support/bare_host.h"

/// What the tests of groups live in: brokers that are nothing but coordinators, raw clients, and consumers that own
/// queues without consuming.
namespace brokersim::kafka::testing {

using brokersim::testing::BareHost;
using brokersim::testing::BareWorld;

/// Keeps the batches of all lives of a broker; stores each after `delay`, or fails.
class MemoryLog final : public GroupLog {
public:
    void append(std::int32_t partition, std::vector<GroupRecord> batch, Callback<void(bool)> done) override {
        ++batches;
        host->after(delay, [this, partition, batch = std::move(batch), done = std::move(done)]() mutable {
            const bool stored = !failing;
            if (stored)
                for (GroupRecord& record : batch) records[partition].push_back(std::move(record));
            done(stored);
        });
    }

    Host* host = nullptr;
    Duration delay{};
    bool failing = false;
    int batches = 0;
    std::map<std::int32_t, std::vector<GroupRecord>> records;
};

/// Topics that have the same number of queues on each broker, broker-0 and so on.
class TestTopics final : public GroupTopics {
public:
    TestTopics(Host& host, const std::map<std::string, int>& queues, std::size_t brokers)
        : host_(host), queues_(queues), brokers_(brokers) {}

    Queues queues(const std::string& topic) const override {
        Queues found;
        if (const auto known = queues_.find(topic); known != queues_.end())
            for (std::size_t i = 0; i < brokers_; ++i) found["broker-" + std::to_string(i)] = known->second;
        return found;
    }
    bool looked_for(const std::vector<std::string>& topics) const override {
        return std::ranges::all_of(topics, [this](const auto& topic) { return watched_.contains(topic); });
    }
    void watch(const std::vector<std::string>& topics, Task then) override {
        watched_.insert(topics.begin(), topics.end());
        host_.soon(std::move(then));
    }
    void remember(const std::string&, const std::string&, std::int32_t) override {}
    void on_change(std::function<void(const std::string&)> listener) override { changed = std::move(listener); }

    std::function<void(const std::string&)> changed;

private:
    Host& host_;
    const std::map<std::string, int>& queues_;
    std::size_t brokers_;
    std::set<std::string> watched_;
};

/// A broker with nothing but a coordinator, and a few offsets to ask for.
class TestBroker final : public protocol::ServerEvents {
public:
    static constexpr std::uint16_t port = 10911;

    TestBroker(Host& host, MemoryLog& log, CoordinatorCluster cluster, CoordinatorConfig config,
               const std::map<std::string, int>& queues, bool loaded = true)
        : host_(host),
          topics(host, queues, cluster.brokers.size()),
          server(host, *this),
          coordinator(host, server, log, std::move(cluster), std::move(config), &topics) {
        log.host = &host;
        host.open_lane(Lane::coordinator, 1);
        for (const auto& [partition, records] : log.records)
            for (const GroupRecord& record : records) coordinator.restore(record);
        if (loaded) coordinator.start();
        server.listen(port);
    }

    void on_request(ConnectionId id, protocol::Frame&& frame) override {
        if (interceptor && interceptor(id, frame)) return;
        if (holds_alternative<protocol::GetMaxOffsetRequest>(frame.payload))
            return server.respond(id, frame.opaque, protocol::OffsetResponse{max_offset});
        if (holds_alternative<protocol::GetMinOffsetRequest>(frame.payload))
            return server.respond(id, frame.opaque, protocol::OffsetResponse{min_offset});
        if (holds_alternative<protocol::SearchOffsetRequest>(frame.payload))
            return server.respond(id, frame.opaque, protocol::OffsetResponse{found_offset});
        host_.start(Lane::coordinator, [this, id, frame = std::move(frame)](LaneServer) mutable {
            if (!silent) coordinator.handle(id, std::move(frame));
        });
    }
    void on_connection_closed(ConnectionId) override {}

private:
    Host& host_;

public:
    TestTopics topics;
    protocol::RemotingServer server;
    GroupCoordinator coordinator;
    std::int64_t max_offset = 100;
    std::int64_t min_offset = 7;
    std::int64_t found_offset = 50;
    bool silent = false;  // takes requests and never answers
    /// Sees each request first; true: it was answered, or never will be.
    std::function<bool(ConnectionId, const protocol::Frame&)> interceptor;
};

/// The world's brokers, broker/0 at 10.0.0.1 and so on. Their logs survive them.
class Cluster {
public:
    explicit Cluster(int brokers = 1, CoordinatorConfig given = {}) : config(std::move(given)) {
        for (int i = 0; i < brokers; ++i)
            addresses.push_back({0x0A000001U + static_cast<std::uint32_t>(i), TestBroker::port});
        logs.resize(static_cast<std::size_t>(brokers));
        nodes.resize(static_cast<std::size_t>(brokers));
        for (auto& log : logs) log = std::make_unique<MemoryLog>();
        for (int i = 0; i < brokers; ++i) start(i);
    }
    /// Begins another life of the broker; the one before ends as if killed.
    TestBroker& start(int i, bool loaded = true) {
        const auto at = static_cast<std::size_t>(i);
        nodes[at].reset();
        BareHost& host = world.host("broker/" + std::to_string(i), i + 1);
        nodes[at] =
            std::make_unique<TestBroker>(host, *logs[at], CoordinatorCluster{i, addresses}, config, queues, loaded);
        world.settle();  // everybody hears that the old life is over
        return *nodes[at];
    }
    void kill(int i) {
        nodes[static_cast<std::size_t>(i)].reset();
        world.kill("broker/" + std::to_string(i));
    }
    bool runs(int i) const { return nodes[static_cast<std::size_t>(i)] != nullptr; }
    TestBroker& broker(int i = 0) { return *nodes[static_cast<std::size_t>(i)]; }
    MemoryLog& log(int i = 0) { return *logs[static_cast<std::size_t>(i)]; }
    /// The broker that coordinates the group.
    int coordinator_of(const std::string& group) const {
        return group_partition(group) % static_cast<int>(addresses.size());
    }
    /// The topic has so many queues on each broker now.
    void change_queues(const std::string& topic, int count) {
        queues[topic] = count;
        for (const auto& node : nodes)
            if (node) node->topics.changed(topic);
    }
    const ConsumerGroup* consumer_group(const std::string& name) {
        return broker(coordinator_of(name)).coordinator.consumer_groups()->find(name);
    }
    const Group& group(const std::string& name) { return *broker(coordinator_of(name)).coordinator.find(name); }

    CoordinatorConfig config;
    BareWorld world;
    std::map<std::string, int> queues;  // of each topic, on each broker: what the name server says
    std::vector<Address> addresses;
    std::vector<std::unique_ptr<MemoryLog>> logs;
    std::vector<std::unique_ptr<TestBroker>> nodes;
};

/// Speaks the group protocol by hand.
class RawClient final : public protocol::ClientEvents {
public:
    RawClient(Cluster& cluster, int number)
        : cluster_(cluster), remoting_(cluster.world.host("raw/" + std::to_string(number), 200 + number), *this) {}
    void on_push(Address, ConnectionId, protocol::Frame&&) override {}

    template <class Response>
    using Pending = std::shared_ptr<std::optional<Response>>;

    /// Sends to broker `to`; the answer appears in what is returned.
    template <class Response>
    Pending<Response> send(protocol::Payload request, int to = 0) {
        auto pending = std::make_shared<std::optional<Response>>();
        remoting_.call(cluster_.addresses[static_cast<std::size_t>(to)], std::move(request), std::chrono::hours(1),
                       [pending](protocol::CallResult result) {
                           if (result) *pending = get<Response>(std::move(result->payload));
                       });
        cluster_.world.settle();
        return pending;
    }
    /// Sends and waits long enough for what only the log's linger and delay hold up.
    template <class Response>
    Response ask(protocol::Payload request, int to = 0) {
        auto pending = send<Response>(std::move(request), to);
        cluster_.world.run_for(std::chrono::milliseconds(20));
        BROKERSIM_CHECK(pending->has_value(), "no answer");
        return **pending;
    }

private:
    Cluster& cluster_;
    protocol::RemotingClient remoting_;
};

/// A consumer without messages: it owns queues, and its positions are what tests say.
class FakeConsumer final : public client::QueueOwner, private protocol::ClientEvents {
public:
    FakeConsumer(Cluster& cluster, const std::string& name, int last_byte, std::vector<std::string> topics)
        : cluster_(cluster),
          host_(cluster.world.host(name, last_byte)),
          remoting_(host_, *this),
          client_id_(name),
          topics_(std::move(topics)) {}

    Host& host() override { return host_; }
    protocol::RemotingClient& remoting() override { return remoting_; }
    const std::string& group() const override { return group_; }
    const std::string& client_id() const override { return client_id_; }
    std::vector<std::string> topics() const override { return topics_; }
    std::shared_ptr<const protocol::TopicRouteData> route(const std::string& topic) const override {
        auto found = routes_.find(topic);
        return found == routes_.end() ? nullptr : found->second;
    }
    void refresh_route(const std::string& topic, Task done) override {
        if (routes_stand_still) return host_.soon(std::move(done));
        auto route = std::make_shared<protocol::TopicRouteData>();
        for (std::size_t i = 0; i < cluster_.addresses.size(); ++i) {
            const std::string broker = "broker-" + std::to_string(i);
            if (cluster_.queues.contains(topic))
                route->queues.push_back({broker, cluster_.queues[topic], cluster_.queues[topic], 6, 0});
            route->brokers.push_back({"cluster", broker, {{protocol::master_id, cluster_.addresses[i]}}});
        }
        routes_[topic] = std::move(route);
        host_.soon(std::move(done));
    }

    std::vector<protocol::MessageQueue> owned() const override {
        std::vector<protocol::MessageQueue> queues;
        for (const auto& [queue, at] : positions) queues.push_back(queue);
        return queues;
    }
    void take(const protocol::MessageQueue& queue, QueueOffset from, Duration) override {
        BROKERSIM_CHECK(positions.emplace(queue, from.value).second, "{} is taken twice", queue.queue_id);
        host_.note(note::Owned{host_.name(group_), host_.name(protocol::queue_name(queue))});
    }
    std::int64_t drop(const protocol::MessageQueue& queue) override {
        auto node = positions.extract(queue);
        BROKERSIM_CHECK(!node.empty(), "{} is not owned", queue.queue_id);
        host_.note(note::Revoked{host_.name(group_), host_.name(protocol::queue_name(queue))});
        return node.mapped();
    }
    void quiesce(std::vector<protocol::MessageQueue>, Task done) override {
        ++quiesced;
        host_.after(handling, std::move(done));
    }
    std::int64_t position(const protocol::MessageQueue& queue) const override { return positions.at(queue); }
    bool pull_expired(const protocol::MessageQueue&) const override { return false; }

    std::map<protocol::MessageQueue, std::int64_t> positions;  // of what is owned
    Duration handling{};                                       // how long quiesce() takes
    int quiesced = 0;
    bool routes_stand_still = false;  // the name server says nothing new

private:
    void on_push(Address, ConnectionId, protocol::Frame&&) override {}

    Cluster& cluster_;
    BareHost& host_;
    protocol::RemotingClient remoting_;
    std::string group_ = "billing";
    std::string client_id_;
    std::vector<std::string> topics_;
    std::map<std::string, std::shared_ptr<const protocol::TopicRouteData>> routes_;
};

}  // namespace brokersim::kafka::testing
