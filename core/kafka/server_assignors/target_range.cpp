#include <algorithm>
#include <numeric>

#include "core/kafka/java_order.h"
#include "core/kafka/server_assignors/target_group.h"

namespace brokersim::kafka::target {

Target assign_ranges(const Group& group) {
    // Static members by instance id, then dynamic ones by member id.
    std::vector<std::size_t> order(group.members.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        const TargetMember& left = group.members[a];
        const TargetMember& right = group.members[b];
        if (left.instance_id.empty() != right.instance_id.empty()) return right.instance_id.empty();
        if (const int instance = java_compare(left.instance_id, right.instance_id); instance != 0) return instance < 0;
        return java_compare(left.id, right.id) < 0;
    });
    Target result{group.homogeneous, {}};
    result.shares.assign(group.members.size(), std::vector<TopicShare>{});
    std::vector<std::int32_t> next(group.topics.size());
    std::vector<std::int32_t> extra(group.topics.size());
    for (std::size_t topic = 0; topic < group.topics.size(); ++topic)
        if (const auto subscribers = static_cast<std::int32_t>(group.subscribers[topic].size()); subscribers > 0)
            extra[topic] = group.topics[topic].partitions % subscribers;
    for (const std::size_t member : order) {
        for (const std::uint32_t topic : group.topics_of[member]) {
            const auto subscribers = static_cast<std::int32_t>(group.subscribers[topic].size());
            std::int32_t count = group.topics[topic].partitions / subscribers;
            if (extra[topic] > 0) {
                --extra[topic];
                ++count;
            }
            if (count == 0) continue;
            auto& share = result.shares[member]->emplace_back(TopicShare{topic, {}});
            for (; count > 0; --count) share.partitions.push_back(next[topic]++);
        }
    }
    return result;
}

}  // namespace brokersim::kafka::target
