#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/kafka/consumer_protocol.h"

/// How the leader of a group shares out partitions: the common shape of Kafka's client-side assignors.
namespace brokersim::kafka {

/// A topic of the cluster as the leader knows it. A topic that is unknown or has no partitions takes no part.
struct TopicMetadata {
    std::string topic;
    std::int32_t partitions = 0;
    /// For each partition the racks of its replicas (all of them, in sync or not; brokers without a rack left out).
    /// Empty: no rack is known.
    std::vector<std::vector<std::string>> racks;
};

/// A member of the group as the leader sees it.
struct Subscriber {
    std::string member_id;
    std::string instance_id;  // empty: dynamic member
    Subscription subscription;
};

/// What each member gets: element i belongs to members[i], in the order in which Kafka's list has them.
using PartitionPlan = std::vector<std::vector<TopicPartition>>;

/// Another name for a partition; none if it has none.
using PartitionNaming = std::function<std::optional<TopicPartition>(const TopicPartition&)>;

/// ConsumerPartitionAssignor. One object serves one client for its whole life: some assignors remember.
class Assignor {
public:
    virtual ~Assignor() = default;

    /// The name under which members offer it ("range").
    virtual std::string_view name() const = 0;
    /// What this member adds to its subscription (empty: nothing).
    virtual std::string subscription_user_data() { return {}; }
    /// Whether its members may keep what they own while they join (COOPERATIVE), because it gives to nobody what
    /// another one still has to give up. Otherwise they give everything up first (EAGER).
    virtual bool cooperative() const { return false; }
    /// Such user data with each partition in it under its other name; what has none is left out.
    virtual std::string renamed(std::string user_data, const PartitionNaming& /*other_name*/) const {
        return user_data;
    }
    /// Shares out all partitions of `topics` (in any order, each topic once). `members` stand in the order of the
    /// JoinGroup answer, their ids differ. An error is the exception that Kafka's class throws, "Class: message"; the
    /// rebalance has failed then.
    virtual std::expected<PartitionPlan, std::string> assign(const std::vector<TopicMetadata>& topics,
                                                             const std::vector<Subscriber>& members) = 0;
    /// This member has been given `assignment` in `generation`.
    virtual void on_assignment(const Assignment& /*assignment*/, std::int32_t /*generation*/) {}
};

}  // namespace brokersim::kafka
