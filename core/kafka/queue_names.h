#pragma once

#include "core/kafka/messages.h"
#include "core/protocol/messages.h"

/// How a queue of a RocketMQ topic travels in Kafka's protocol: as partition "queue id" of the topic "TOPIC@BROKER".
/// That is its identity, the same in everybody's view of the route.
namespace brokersim::kafka {

TopicPartition named(const protocol::MessageQueue& queue);
/// The queue that named() gave this name; it is an error of the program if the name has another form.
protocol::MessageQueue queue_of(const TopicPartition& partition);

}  // namespace brokersim::kafka
