#pragma once

#include <cstdint>
#include <vector>

#include "core/kafka/server_assignors/target_assignor.h"

/// What the server-side assignors begin with: the group in numbers.
namespace brokersim::kafka::target {

struct Group {
    Group(const std::vector<TargetTopic>& given_topics, const std::vector<TargetMember>& given_members);

    const std::vector<TargetTopic>& topics;
    const std::vector<TargetMember>& members;
    std::vector<std::size_t> hash_order;                  // members as the HashMap of their ids iterates
    std::vector<std::vector<std::uint32_t>> topics_of;    // by member: existing topics, ascending, each once
    std::vector<std::vector<std::uint32_t>> subscribers;  // by topic: members, ascending
    /// By member: the previous target as the HashMap of its topics iterates, its partitions as their HashSets do. Only
    /// topics that exist, and partitions that they have.
    std::vector<std::vector<TopicShare>> previous;
    bool homogeneous = true;

    bool subscribes(std::size_t member, std::size_t topic) const;
};

/// Topics of a member as a HashSet of their ids iterates that was made from the HashSet of their names.
std::vector<std::uint32_t> topics_in_set_order(const Group& group, std::size_t member);

/// Sorts what was collected for each member by topic and partition.
void sort_shares(std::vector<TopicShare>& shares);

/// The three algorithms: UniformHomogeneousAssignmentBuilder, UniformHeterogeneousAssignmentBuilder, RangeAssignor.
std::expected<Target, std::string> assign_homogeneous(const Group& group);
Target assign_heterogeneous(const Group& group);
Target assign_ranges(const Group& group);

}  // namespace brokersim::kafka::target
