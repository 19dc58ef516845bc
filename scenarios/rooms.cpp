#include "scenarios/rooms.h"

#include <fmt/format.h>

namespace brokersim::scenario {

std::string room_of(const ClusterSpec& cluster, std::int64_t index) {
    if (cluster.rooms.empty()) return {};
    return cluster.rooms[static_cast<std::size_t>(index) % cluster.rooms.size()];
}

std::string broker_name(const ClusterSpec& cluster, std::int64_t index) {
    const std::string room = room_of(cluster, index);
    return room.empty() ? fmt::format("broker-{}", index) : fmt::format("{}@broker-{}", room, index);
}

std::string room_of_broker(const std::string& broker) {
    const std::size_t end = broker.find('@');
    return end == std::string::npos ? std::string() : broker.substr(0, end);
}

std::string queue_place(const std::string& broker, std::int64_t queue) { return fmt::format("{}:{}", broker, queue); }

std::vector<std::string> queue_places(const ClusterSpec& cluster, const TopicSpec& topic) {
    std::vector<std::string> places;
    for (std::int64_t broker = 0; broker < cluster.brokers; ++broker)
        for (std::int64_t queue = 0; queue < topic.queues; ++queue)
            places.push_back(queue_place(broker_name(cluster, broker), queue));
    return places;
}

}  // namespace brokersim::scenario
