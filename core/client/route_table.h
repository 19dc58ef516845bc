#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/protocol/messages.h"

namespace brokersim::client {

using RoutePtr = std::shared_ptr<const protocol::TopicRouteData>;

/// Queues of a topic that may be read: all queue ids of brokers with read permission, sorted as sort_queues does
/// (MQClientInstance.topicRouteData2TopicSubscribeInfo).
std::vector<protocol::MessageQueue> readable_queues(const std::string& topic, const protocol::TopicRouteData& route);
/// The same, worked out once for all who share the route, and with a digest.
const protocol::SortedQueues& sorted_queues(const std::string& topic, const protocol::TopicRouteData& route);
/// Queues of a topic that may be written: by broker name, of brokers with write permission and a master
/// (MQClientInstance.topicRouteData2TopicPublishInfo).
std::vector<protocol::MessageQueue> writable_queues(const std::string& topic, const protocol::TopicRouteData& route);

struct FoundBroker {
    Address address;
    bool slave = false;
};

/// The addresses of one broker, by broker id, as far as they are known.
class Replicas {
public:
    /// That of the master (findBrokerAddressInPublish).
    std::optional<Address> master() const;
    /// The one to read from: `broker_id`, else for a slave's id the next higher one, else, unless `only_this`, the one
    /// with the smallest id (findBrokerAddressInSubscribe).
    std::optional<FoundBroker> to_read_from(std::int64_t broker_id, bool only_this) const;

private:
    friend class RouteTable;
    std::map<std::int64_t, Address> addresses_;
};

/// The address of one broker of a route: its master's, or without one that with the smallest id, unless `master_only`.
std::optional<Address> replica_in(const RoutePtr& route, const std::string& broker, bool master_only);

/// What a client knows of topics and brokers: topicRouteTable and brokerAddrTable of MQClientInstance.
class RouteTable {
public:
    /// Takes the route that a name server gave. Returns whether it differs from the one before (order does not count);
    /// only then are the brokers' addresses taken over.
    bool put(const std::string& topic, RoutePtr route);
    /// The route of a topic, or null.
    RoutePtr find(const std::string& topic) const;

    /// What is known, now and later, of the broker with that name: always the same object.
    const Replicas& replicas(const std::string& broker) { return brokers_[broker]; }
    /// All known brokers, by name and id; only masters if `masters_only`.
    std::vector<Address> brokers(bool masters_only) const;
    bool knows(Address broker) const;
    /// Forgets addresses that no route names any more (cleanOfflineBroker).
    void forget_offline_brokers();

private:
    std::map<std::string, RoutePtr, std::less<>> routes_;
    std::map<std::string, Replicas, std::less<>> brokers_;  // those that went stay, without addresses
};

}  // namespace brokersim::client
