#include "core/namesrv/route_table.h"

#include <iterator>
#include <vector>

#include "core/check.h"

namespace brokersim::namesrv {

namespace {

/// RouteInfoManager's DEFAULT_BROKER_CHANNEL_EXPIRED_TIME.
constexpr std::chrono::milliseconds default_timeout{120'000};

bool same_queues(const protocol::QueueData& a, const protocol::QueueData& b) {
    return a.broker == b.broker && a.read_queue_nums == b.read_queue_nums && a.write_queue_nums == b.write_queue_nums &&
           a.perm == b.perm && a.topic_sys_flag == b.topic_sys_flag;
}

}  // namespace

std::optional<protocol::RegisterBrokerResponse> RouteTable::add(const protocol::RegisterBrokerRequest& request,
                                                                ConnectionId connection, WallTime now) {
    BROKERSIM_CHECK(request.topics != nullptr, "a registration without topics");
    clusters_[request.cluster].insert(request.broker);
    bool first = !brokers_.contains(request.broker);
    protocol::BrokerData& data = brokers_[request.broker];
    if (first) {
        data.cluster = request.cluster;
        data.broker = request.broker;
    }
    // A slave that became master keeps its address: an address has one id only.
    if (std::erase_if(data.addresses, [&request](const auto& entry) {
            return entry.second == request.address && entry.first != request.broker_id;
        }) > 0)
        addresses_changed();
    const LiveKey key{request.cluster, request.address};
    if (older_than_the_owner(request)) {
        live_.erase(key);
        return protocol::RegisterBrokerResponse{};
    }
    if (!place(request, first)) return std::nullopt;
    if (request.broker_id == protocol::master_id) take_topics(request, first);
    const std::chrono::milliseconds timeout(request.heartbeat_timeout_ms);
    live_[key] = Live{.broker = request.broker,
                      .broker_id = request.broker_id,
                      .last_update = now,
                      .timeout = timeout.count() == 0 ? default_timeout : timeout,
                      .version = request.data_version,
                      .connection = connection,
                      .ha_server = request.ha_server};
    return answer(request);
}

/// True if another address has the id, and a newer state: a master that was replaced while it was away.
bool RouteTable::older_than_the_owner(const protocol::RegisterBrokerRequest& request) const {
    const auto& addresses = brokers_.at(request.broker).addresses;
    const auto owner = addresses.find(request.broker_id);
    if (owner == addresses.end() || owner->second == request.address) return false;
    const auto live = live_.find({request.cluster, owner->second});
    return live != live_.end() && live->second.version.state_version > request.data_version.state_version;
}

/// Gives the broker its address. False if it is refused; `first` becomes true if the id had none before.
bool RouteTable::place(const protocol::RegisterBrokerRequest& request, bool& first) {
    auto& addresses = brokers_.at(request.broker).addresses;
    const auto known = addresses.find(request.broker_id);
    if (known == addresses.end()) {
        // One topic alone is what a broker sends after a change of that topic, not when it comes up.
        if (request.topics->size() == 1) return false;
        addresses.emplace(request.broker_id, request.address);
        first = true;
    } else if (known->second != request.address) {
        known->second = request.address;
    } else {
        return true;
    }
    addresses_changed();
    return true;
}

void RouteTable::take_topics(const protocol::RegisterBrokerRequest& request, bool first) {
    if (delete_topics_) forget_missing_topics(request);
    const auto live = live_.find({request.cluster, request.address});
    const bool all = first || live == live_.end() || live->second.version != request.data_version;
    for (const protocol::TopicConfig& topic : *request.topics) {
        auto& queues = topics_[topic.topic];
        const auto known = queues.find(request.broker);
        if (!all && known != queues.end()) continue;
        const protocol::QueueData data{.broker = request.broker,
                                       .read_queue_nums = topic.read_queue_nums,
                                       .write_queue_nums = topic.write_queue_nums,
                                       .perm = topic.perm,
                                       .topic_sys_flag = topic.topic_sys_flag};
        if (known != queues.end() && same_queues(known->second, data)) continue;
        queues.insert_or_assign(request.broker, data);
        answers_.erase(topic.topic);
    }
}

void RouteTable::forget_missing_topics(const protocol::RegisterBrokerRequest& request) {
    std::set<std::string> named;
    for (const protocol::TopicConfig& topic : *request.topics) named.insert(topic.topic);
    for (auto entry = topics_.begin(); entry != topics_.end();) {
        auto& [topic, queues] = *entry;
        if (!named.contains(topic) && queues.erase(request.broker) > 0) answers_.erase(topic);
        entry = queues.empty() ? topics_.erase(entry) : std::next(entry);
    }
}

protocol::RegisterBrokerResponse RouteTable::answer(const protocol::RegisterBrokerRequest& request) const {
    if (request.broker_id == protocol::master_id) return {};
    const auto& addresses = brokers_.at(request.broker).addresses;
    const auto master = addresses.find(protocol::master_id);
    if (master == addresses.end()) return {};
    const auto live = live_.find({request.cluster, master->second});
    if (live == live_.end()) return {};
    return {.ha_server = protocol::to_text(live->second.ha_server), .master = protocol::to_text(master->second)};
}

void RouteTable::remove(const protocol::UnregisterBrokerRequest& request) {
    live_.erase({request.cluster, request.address});
    const auto broker = brokers_.find(request.broker);
    if (broker == brokers_.end()) return;
    addresses_changed();
    auto& addresses = broker->second.addresses;
    std::erase_if(addresses, [&request](const auto& entry) { return entry.second == request.address; });
    if (!addresses.empty()) return;  // clients find no master, or no slave, under the name
    brokers_.erase(broker);
    if (const auto cluster = clusters_.find(request.cluster); cluster != clusters_.end()) {
        cluster->second.erase(request.broker);
        if (cluster->second.empty()) clusters_.erase(cluster);
    }
    forget_queues_of(request.broker);
}

void RouteTable::forget_queues_of(const std::string& broker) {
    for (auto entry = topics_.begin(); entry != topics_.end();) {
        entry->second.erase(broker);
        entry = entry->second.empty() ? topics_.erase(entry) : std::next(entry);
    }
}

protocol::UnregisterBrokerRequest RouteTable::farewell(const LiveKey& key, const Live& live) const {
    return {.cluster = key.first, .broker = live.broker, .address = key.second, .broker_id = live.broker_id};
}

void RouteTable::connection_lost(ConnectionId connection) {
    std::vector<protocol::UnregisterBrokerRequest> gone;
    for (const auto& [key, live] : live_)
        if (live.connection == connection) gone.push_back(farewell(key, live));
    for (const auto& request : gone) remove(request);
}

std::vector<ConnectionId> RouteTable::expire(WallTime now) {
    std::vector<protocol::UnregisterBrokerRequest> gone;
    std::vector<ConnectionId> connections;
    for (const auto& [key, live] : live_)
        if (live.last_update + live.timeout < now) {
            gone.push_back(farewell(key, live));
            connections.push_back(live.connection);
        }
    for (const auto& request : gone) remove(request);
    return connections;
}

std::shared_ptr<const protocol::TopicRouteData> RouteTable::route(const std::string& topic) {
    if (const auto known = answers_.find(topic); known != answers_.end()) return known->second;
    const auto queues = topics_.find(topic);
    if (queues == topics_.end()) return nullptr;
    auto data = std::make_shared<protocol::TopicRouteData>();
    for (const auto& [broker, queue] : queues->second) {
        data->queues.push_back(queue);
        if (const auto found = brokers_.find(broker); found != brokers_.end()) data->brokers.push_back(found->second);
    }
    if (data->queues.empty() || data->brokers.empty()) return nullptr;
    answers_.emplace(topic, data);
    return data;
}

}  // namespace brokersim::namesrv
