#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scenarios/scenario.h"

/// Machine rooms, and the names of brokers, which carry them.
namespace brokersim::scenario {

/// The room in which the broker, or the consumer of a group, with that number stands; empty if there are no rooms.
std::string room_of(const ClusterSpec& cluster, std::int64_t index);
/// "broker-0", or "east@broker-0" in a cluster with rooms: the form that RocketMQ's AllocateMessageQueueByMachineRoom
/// reads.
std::string broker_name(const ClusterSpec& cluster, std::int64_t index);
/// The room in the name of a broker; empty if it has none.
std::string room_of_broker(const std::string& broker);
/// The queues of a topic, by broker and number.
std::vector<std::string> queue_places(const ClusterSpec& cluster, const TopicSpec& topic);
/// "broker-0:3", the place of a queue in any topic.
std::string queue_place(const std::string& broker, std::int64_t queue);

}  // namespace brokersim::scenario
