#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/kafka/messages.h"

/// How the coordinator of Kafka's new group protocol (KIP-848) shares out partitions: the target that members move to
/// step by step.
namespace brokersim::kafka {

/// A topic that exists; it may have no partitions.
struct TargetTopic {
    std::string name;
    TopicId id;
    std::int32_t partitions = 0;
};

struct TargetMember {
    std::string id;
    std::string instance_id;  // empty: dynamic
    std::vector<std::string> topics;
    /// The target that it has now, as its record lists it; of topics that may be gone, each once.
    std::vector<std::pair<TopicId, std::vector<std::int32_t>>> previous;
};

/// Partitions of a topic (its place in the list of topics).
struct TopicShare {
    std::size_t topic;
    std::vector<std::int32_t> partitions;

    bool operator==(const TopicShare&) const = default;
};

struct Target {
    /// All members subscribe to the same topics.
    bool homogeneous = true;
    /// By member; topics and partitions ascending. None: the assignor said nothing about the member.
    std::vector<std::optional<std::vector<TopicShare>>> shares;
};

/// ConsumerGroupPartitionAssignor. Keeps nothing between calls.
class TargetAssignor {
public:
    virtual ~TargetAssignor() = default;
    /// The name by which members ask for it ("uniform").
    virtual std::string_view name() const = 0;
    /// Shares out all partitions of the topics that somebody subscribes to; what a member subscribes to and is not in
    /// `topics` does not exist. Names and ids of topics and ids of members differ. `members` stand in the order of the
    /// group's own table. The error is Kafka's exception, "Class: message".
    virtual std::expected<Target, std::string> assign(const std::vector<TargetTopic>& topics,
                                                      const std::vector<TargetMember>& members) const = 0;
};

/// Names of all server-side assignors ("range", "uniform").
std::vector<std::string_view> target_assignor_names();
/// The assignor of that name, which lives as long as the program; null for an unknown one.
const TargetAssignor* find_target_assignor(std::string_view name);

}  // namespace brokersim::kafka
