#pragma once

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/kafka/consumer_group.h"
#include "core/kafka/server_assignors/target_assignor.h"

/// The two computations of a consumer group: where its members shall come to, and the next step of one member there.
namespace brokersim::kafka {

/// What a member has after one step towards its target (Kafka's CurrentAssignmentBuilder). `owned` is what it said that
/// it still owns; absent: it said nothing. None if nothing changes. Nobody is given a partition that another member has
/// or has not yet given up.
std::optional<MemberAssigned> reconciled(const ConsumerGroup& group, const ConsumerGroupMember& member,
                                         const std::optional<IdPartitions>& owned);

/// The target of every member (Kafka's TargetAssignmentBuilder). The assignor sees whole topics: partition p of a topic
/// is the p-th of its queues, by broker and queue id, over all brokers that the group's topics name. `order` is that of
/// the members. The error is the assignor's.
std::expected<std::map<std::string, IdPartitions>, std::string> new_targets(const ConsumerGroup& group,
                                                                            const std::vector<std::string>& order,
                                                                            const TargetAssignor& assignor);

/// The assignor that most members ask for; with equal votes, the first by name hash. `otherwise` if nobody asks.
std::string preferred_assignor(const ConsumerGroup& group, const std::string& otherwise);

}  // namespace brokersim::kafka
