#include "core/kafka/assignors/round_robin.h"

#include <algorithm>

#include "core/kafka/assignors/member_order.h"

namespace brokersim::kafka {

std::expected<PartitionPlan, std::string> RoundRobinAssignor::assign(const std::vector<TopicMetadata>& topics,
                                                                     const std::vector<Subscriber>& members) {
    PartitionPlan result(members.size());
    const std::vector<std::size_t> ring = member_order(members);
    std::size_t next = 0;  // not reset between topics
    for (const auto& [topic, subscribers] : subscribed_topics(topics, members)) {
        std::vector<bool> subscribes(members.size());
        for (const std::size_t member : subscribers) subscribes[member] = true;
        for (std::int32_t partition = 0; partition < topics[topic].partitions; ++partition) {
            while (!subscribes[ring[next]]) next = (next + 1) % ring.size();
            result[ring[next]].push_back({topics[topic].topic, partition});
            next = (next + 1) % ring.size();
        }
    }
    return result;
}

}  // namespace brokersim::kafka
