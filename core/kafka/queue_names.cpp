#include "core/kafka/queue_names.h"

#include "core/check.h"

namespace brokersim::kafka {

TopicPartition partition_of(const protocol::MessageQueue& queue) {
    return {part_of_topic(queue.topic, queue.broker), queue.queue_id};
}

protocol::MessageQueue queue_of(const TopicPartition& partition) {
    const auto mark = partition.topic.find(broker_mark);
    BROKERSIM_CHECK(mark != std::string::npos, "{} names no broker", partition.topic);
    return {partition.topic.substr(0, mark), partition.topic.substr(mark + 1), partition.partition};
}

}  // namespace brokersim::kafka
