#include "core/kafka/queue_names.h"

#include "core/check.h"

namespace brokersim::kafka {
namespace {

constexpr char broker_mark = '@';  // no topic's name has one

}  // namespace

TopicPartition named(const protocol::MessageQueue& queue) {
    return {queue.topic + broker_mark + queue.broker, queue.queue_id};
}

protocol::MessageQueue queue_of(const TopicPartition& partition) {
    const auto mark = partition.topic.find(broker_mark);
    BROKERSIM_CHECK(mark != std::string::npos, "{} names no broker", partition.topic);
    return {partition.topic.substr(0, mark), partition.topic.substr(mark + 1), partition.partition};
}

}  // namespace brokersim::kafka
