#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "core/client/client_config.h"
#include "core/client/name_servers.h"
#include "core/client/route_table.h"
#include "core/host.h"
#include "core/protocol/remoting.h"

namespace brokersim::client {

/// Topic after whose example brokers make a topic that somebody sends to (AUTO_CREATE_TOPIC_KEY_TOPIC).
inline constexpr std::string_view default_topic = "TBW102";

/// Identity of the draws of one life of a client.
std::uint64_t life_identity(const Host& host);

/// The producer or consumer that an instance serves. All calls come from the node's own handlers.
class InstanceMember {
public:
    virtual ~InstanceMember() = default;
    /// Topics whose routes are kept up to date, sorted.
    virtual std::vector<std::string> route_topics() const = 0;
    /// Adds itself to a heartbeat.
    virtual void describe(protocol::HeartbeatData& heartbeat) const = 0;
    /// The route of a topic is new or has changed.
    virtual void route_changed(const std::string& topic, const RoutePtr& route) = 0;
    /// It is time to commit positions.
    virtual void persist_offsets() = 0;
    /// The group changed (NOTIFY_CONSUMER_IDS_CHANGED), or a new connection to a broker has taken its heartbeat.
    virtual void wake() = 0;
};

/// What every client of RocketMQ has (MQClientInstance): connections, the choice of a name server, routes, heartbeats
/// and their timers. Each producer and each consumer has an instance of its own, as those have that keep the default
/// instance name (it becomes pid#nanos). Its timers work on Lane::scheduled, whose one server a blocking call keeps
/// until it is answered or times out, so a silent broker delays whatever else is due.
class ClientInstance final : private protocol::ClientEvents {
public:
    /// `member` and `host` must outlive the instance. Name servers must not be empty. With `lasting_name` the instance
    /// keeps RocketMQ's default name, so that its client id is the same in every life, as broadcasting consumers have
    /// it.
    ClientInstance(Host& host, InstanceMember& member, const ClientConfig& config, std::vector<Address> name_servers,
                   bool lasting_name = false);
    ClientInstance(const ClientInstance&) = delete;
    ClientInstance& operator=(const ClientInstance&) = delete;

    /// Opens Lane::scheduled and starts the timers: routes after 10 ms, heartbeats after 1 s, positions after 10 s,
    /// then at a fixed rate. The first runs of the last two happen even if the member did the same at its own start.
    void start();
    /// Stops the timers and asks for no more routes (questions that wait end at once); heartbeats and goodbyes go on
    /// working.
    void stop();

    /// "10.0.0.7@12345#9876543210": address, then process id and start time, which are drawn for each life of the node;
    /// or "10.0.0.7@DEFAULT".
    const std::string& client_id() const { return client_id_; }
    std::uint16_t process_id() const { return process_id_; }
    protocol::RemotingClient& remoting() { return remoting_; }
    const RouteTable& routes() const { return routes_; }
    /// What the routes say of one broker, now and later.
    const Replicas& replicas(const std::string& broker) { return routes_.replicas(broker); }

    /// Asks a name server for the topic's route (updateTopicRouteInfoFromNameServer) and then calls `done`, telling
    /// whether a new or changed route came. One question at a time: who has waited 3 s for its turn gives up.
    void update_route(const std::string& topic, Callback<void(bool changed)> done);
    /// The same with the route of TBW102 as the topic's, each broker with at most `queues` queues: what a producer
    /// takes for a topic that nobody has made yet.
    void update_route_by_default_topic(const std::string& topic, std::int32_t queues,
                                       Callback<void(bool changed)> done);
    /// Sends the heartbeat to all known brokers, one after the other; brokers that fail are passed over. `done(false)`
    /// at once if a heartbeat is already under way or no broker is known (sendHeartbeatToAllBrokerWithLock).
    void heartbeat(Callback<void(bool sent)> done);
    /// Says goodbye to all known brokers, one after the other; one of the groups is empty (UNREGISTER_CLIENT).
    void unregister(const std::string& producer_group, const std::string& consumer_group, Task done);

private:
    struct RouteQuestion {
        std::string topic;
        std::int32_t default_queues = 0;  // 0: ask for the topic itself
        std::uint64_t number = 0;
        TimerId gives_up;
        Callback<void(bool)> done;
    };
    struct Rounds {  // one call to each broker, in turn
        std::vector<Address> brokers;
        std::size_t next = 0;
        Callback<void(bool)> done;
    };
    using Periodic = void (ClientInstance::*)(LaneServer);

    void on_push(Address peer, ConnectionId id, protocol::Frame&& frame) override;
    void on_connection(Address peer, bool open) override;

    void every(Duration first, Duration period, Periodic run);
    void again(MonoTime due, Duration period, Periodic run);
    void update_all_routes(LaneServer server);
    void update_next_route(std::shared_ptr<std::vector<std::string>> topics, std::size_t index, LaneServer server);
    void send_heartbeats(LaneServer server);
    void persist(LaneServer server);

    void question(RouteQuestion question);
    void ask_route();
    void take_route(RouteQuestion& question, protocol::CallResult answer);
    void give_up(std::uint64_t number);
    std::shared_ptr<const protocol::HeartbeatData> heartbeat_data() const;
    void heartbeat_next(std::shared_ptr<const protocol::HeartbeatData> data);
    void heartbeat_new_connection(Address broker);
    void unregister_next(std::shared_ptr<Rounds> rounds, const protocol::UnregisterClientRequest& request);

    Host& host_;
    InstanceMember& member_;
    ClientConfig config_;
    std::uint16_t process_id_ = 0;
    std::string client_id_;
    protocol::RemotingClient remoting_;
    NameServers name_servers_;
    RouteTable routes_;
    std::deque<RouteQuestion> questions_;  // the first one is being asked
    std::uint64_t next_question_ = 1;
    Rounds heartbeats_;
    bool heartbeat_under_way_ = false;
    bool running_ = false;
};

}  // namespace brokersim::client
