#include "core/client/route_table.h"

#include <algorithm>
#include <numeric>

#include "core/client/allocate.h"
#include "core/draw.h"

namespace brokersim::client {
namespace {

using protocol::BrokerData;
using protocol::MessageQueue;
using protocol::QueueData;
using protocol::TopicRouteData;

/// The elements in the order of their brokers' names; those of one broker stay in their order.
template <class T>
std::vector<const T*> by_broker(const std::vector<T>& all) {
    std::vector<std::size_t> order(all.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&all](std::size_t a, std::size_t b) {
        return all[a].broker != all[b].broker ? java_string_less(all[a].broker, all[b].broker) : a < b;
    });
    std::vector<const T*> sorted;
    for (const std::size_t index : order) sorted.push_back(&all[index]);
    return sorted;
}

template <class T, class Same>
bool same_by_broker(const std::vector<T>& a, const std::vector<T>& b, Same same) {
    if (a.size() != b.size()) return false;
    const auto left = by_broker(a);
    const auto right = by_broker(b);
    return std::equal(left.begin(), left.end(), right.begin(), [&](const T* x, const T* y) { return same(*x, *y); });
}

/// Whether two routes say the same, in whatever order (TopicRouteData.topicRouteDataChanged).
bool same_route(const TopicRouteData& a, const TopicRouteData& b) {
    return same_by_broker(a.queues, b.queues,
                          [](const QueueData& x, const QueueData& y) {
                              return x.broker == y.broker && x.read_queue_nums == y.read_queue_nums &&
                                     x.write_queue_nums == y.write_queue_nums && x.perm == y.perm &&
                                     x.topic_sys_flag == y.topic_sys_flag;
                          }) &&
           same_by_broker(a.brokers, b.brokers, [](const BrokerData& x, const BrokerData& y) {
               return x.broker == y.broker && x.cluster == y.cluster && x.addresses == y.addresses;
           });
}

}  // namespace

std::vector<MessageQueue> readable_queues(const std::string& topic, const TopicRouteData& route) {
    std::vector<MessageQueue> queues;
    for (const QueueData& data : route.queues) {
        if ((data.perm & protocol::perm::read) == 0) continue;
        for (std::int32_t id = 0; id < data.read_queue_nums; ++id) queues.push_back({topic, data.broker, id});
    }
    sort_queues(queues);
    queues.erase(std::unique(queues.begin(), queues.end()), queues.end());
    return queues;
}

const protocol::SortedQueues& sorted_queues(const std::string& topic, const TopicRouteData& route) {
    return route.readable.get([&] {
        protocol::SortedQueues sorted{readable_queues(topic, route), 0};
        for (const MessageQueue& queue : sorted.queues)
            sorted.digest = mix64(mix64(sorted.digest ^ text_identity(queue.topic)) ^ text_identity(queue.broker)) +
                            static_cast<std::uint64_t>(queue.queue_id);
        return sorted;
    });
}

std::vector<MessageQueue> writable_queues(const std::string& topic, const TopicRouteData& route) {
    std::vector<MessageQueue> queues;
    for (const QueueData* data : by_broker(route.queues)) {
        if ((data->perm & protocol::perm::write) == 0) continue;
        const auto broker = std::find_if(route.brokers.begin(), route.brokers.end(),
                                         [&](const BrokerData& known) { return known.broker == data->broker; });
        if (broker == route.brokers.end() || !broker->addresses.contains(protocol::master_id)) continue;
        for (std::int32_t id = 0; id < data->write_queue_nums; ++id) queues.push_back({topic, data->broker, id});
    }
    return queues;
}

std::optional<Address> replica_in(const RoutePtr& route, const std::string& broker, bool master_only) {
    if (route == nullptr) return std::nullopt;
    for (const auto& data : route->brokers) {
        if (data.broker != broker || data.addresses.empty()) continue;
        const auto& [id, address] = *data.addresses.begin();  // the master has the smallest id
        if (id == protocol::master_id || !master_only) return address;
    }
    return std::nullopt;
}

bool RouteTable::put(const std::string& topic, RoutePtr route) {
    RoutePtr& known = routes_[topic];
    if (known == route || (known != nullptr && same_route(*known, *route))) return false;
    for (const BrokerData& broker : route->brokers) brokers_[broker.broker].addresses_ = broker.addresses;
    known = std::move(route);
    return true;
}

RoutePtr RouteTable::find(const std::string& topic) const {
    const auto found = routes_.find(topic);
    return found == routes_.end() ? nullptr : found->second;
}

std::optional<Address> Replicas::master() const {
    const auto master = addresses_.find(protocol::master_id);
    if (master == addresses_.end()) return std::nullopt;
    return master->second;
}

std::optional<FoundBroker> Replicas::to_read_from(std::int64_t broker_id, bool only_this) const {
    if (addresses_.empty()) return std::nullopt;
    auto replica = addresses_.find(broker_id);
    const bool slave_wanted = broker_id != protocol::master_id;
    if (replica == addresses_.end() && slave_wanted) replica = addresses_.find(broker_id + 1);
    if (replica != addresses_.end()) return FoundBroker{replica->second, slave_wanted};
    if (only_this) return std::nullopt;
    return FoundBroker{addresses_.begin()->second, addresses_.begin()->first != protocol::master_id};
}

std::vector<Address> RouteTable::brokers(bool masters_only) const {
    std::vector<Address> addresses;
    for (const auto& [name, replicas] : brokers_)
        for (const auto& [id, address] : replicas.addresses_)
            if (!masters_only || id == protocol::master_id) addresses.push_back(address);
    return addresses;
}

bool RouteTable::knows(Address broker) const {
    for (const auto& [name, replicas] : brokers_)
        for (const auto& [id, address] : replicas.addresses_)
            if (address == broker) return true;
    return false;
}

void RouteTable::forget_offline_brokers() {
    const auto named = [this](Address address) {
        for (const auto& [topic, route] : routes_)
            for (const BrokerData& broker : route->brokers)
                for (const auto& [id, known] : broker.addresses)
                    if (known == address) return true;
        return false;
    };
    for (auto& [name, replicas] : brokers_)
        std::erase_if(replicas.addresses_, [&](const auto& replica) { return !named(replica.second); });
}

}  // namespace brokersim::client
