#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/protocol/messages.h"
#include "core/types.h"

namespace brokersim::namesrv {

/// What a name server knows: which broker is where, and which topic has queues on it (RocketMQ's RouteInfoManager, for
/// brokers that do not act for a dead master). Plain tables; times are handed in.
class RouteTable {
public:
    /// `delete_topics`: topics that a registration no longer names are forgotten
    /// (deleteTopicWithBrokerRegistration).
    explicit RouteTable(bool delete_topics = false) : delete_topics_(delete_topics) {}

    /// Takes a registration that came on `connection` at `now` (the name server's wall clock). None if it is refused:
    /// a broker id that is not known yet and brings exactly one topic.
    std::optional<protocol::RegisterBrokerResponse> add(const protocol::RegisterBrokerRequest& request,
                                                        ConnectionId connection, WallTime now);
    /// Forgets a broker's address; with the last address of its name, the name and its queues.
    void remove(const protocol::UnregisterBrokerRequest& request);
    /// Forgets all brokers that registered last on this connection.
    void connection_lost(ConnectionId connection);
    /// Forgets the brokers of which nothing was heard for longer than their time-out, and returns their connections.
    std::vector<ConnectionId> expire(WallTime now);

    /// Where a topic is; null if no broker has it. Shared until something that it shows has changed.
    std::shared_ptr<const protocol::TopicRouteData> route(const std::string& topic);

    /// Whether any broker is registered.
    bool empty() const { return live_.empty(); }
    /// Names of the brokers of each cluster.
    const std::map<std::string, std::set<std::string>>& clusters() const { return clusters_; }

private:
    struct Live {
        std::string broker;
        std::int64_t broker_id = protocol::master_id;
        WallTime last_update;
        std::chrono::milliseconds timeout{};
        protocol::DataVersion version;
        ConnectionId connection;
        Address ha_server;
    };
    using LiveKey = std::pair<std::string, Address>;  // cluster and address

    bool place(const protocol::RegisterBrokerRequest& request, bool& first);
    bool older_than_the_owner(const protocol::RegisterBrokerRequest& request) const;
    void take_topics(const protocol::RegisterBrokerRequest& request, bool first);
    void forget_missing_topics(const protocol::RegisterBrokerRequest& request);
    protocol::RegisterBrokerResponse answer(const protocol::RegisterBrokerRequest& request) const;
    protocol::UnregisterBrokerRequest farewell(const LiveKey& key, const Live& live) const;
    void forget_queues_of(const std::string& broker);
    /// Every answer that shows the broker's addresses is stale.
    void addresses_changed() { answers_.clear(); }

    bool delete_topics_;
    std::map<std::string, std::map<std::string, protocol::QueueData>> topics_;  // by topic, by broker name
    std::map<std::string, protocol::BrokerData> brokers_;                       // by name
    std::map<std::string, std::set<std::string>> clusters_;
    std::map<LiveKey, Live> live_;
    std::map<std::string, std::shared_ptr<const protocol::TopicRouteData>> answers_;  // by topic
};

}  // namespace brokersim::namesrv
