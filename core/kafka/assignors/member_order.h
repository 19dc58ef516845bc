#pragma once

#include <cstddef>
#include <vector>

#include "core/kafka/assignor.h"

namespace brokersim::kafka {

/// Indexes of `members` in the order of Kafka's MemberInfo: static members by instance id, then dynamic ones by member
/// id.
std::vector<std::size_t> member_order(const std::vector<Subscriber>& members);

/// Indexes of the topics that take part (they have partitions, and somebody subscribes to them), by name, and for each
/// of them its subscribers in the order of MemberInfo.
struct SubscribedTopic {
    std::size_t topic;
    std::vector<std::size_t> subscribers;
};
std::vector<SubscribedTopic> subscribed_topics(const std::vector<TopicMetadata>& topics,
                                               const std::vector<Subscriber>& members);

/// The same topics (places in `topics`) in the order of the HashMap in which Kafka's leader has them.
std::vector<std::size_t> topics_in_hash_order(const std::vector<TopicMetadata>& topics,
                                              const std::vector<Subscriber>& members);

}  // namespace brokersim::kafka
