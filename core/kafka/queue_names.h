#pragma once

#include <string>

#include "core/kafka/messages.h"
#include "core/protocol/messages.h"

/// How a queue is called in Kafka's messages: the topic "TOPIC@BROKER", and the queue id as the partition. That is its
/// identity, the same in everybody's view of the route.
namespace brokersim::kafka {

inline constexpr char broker_mark = '@';  // no topic's name has one

inline std::string part_of_topic(const std::string& topic, const std::string& broker) {
    return topic + broker_mark + broker;
}
/// The topic that a part belongs to; `part` itself if it names no broker.
inline std::string topic_of_part(const std::string& part) { return part.substr(0, part.find(broker_mark)); }

TopicPartition partition_of(const protocol::MessageQueue& queue);
/// The topic's name must name a broker.
protocol::MessageQueue queue_of(const TopicPartition& partition);

}  // namespace brokersim::kafka
