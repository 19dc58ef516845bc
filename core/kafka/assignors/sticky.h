#pragma once

#include <optional>
#include <utility>

#include "core/kafka/assignor.h"
#include "core/kafka/assignors/sticky_group.h"

namespace brokersim::kafka {

/// Kafka's StickyAssignor ("sticky"): balanced, and as few partitions as possible change hands. Members tell in their
/// user data what they had; they have given everything up before they join (eager).
class StickyAssignor final : public Assignor {
public:
    std::string_view name() const override { return "sticky"; }
    std::string subscription_user_data() override;
    std::string renamed(std::string user_data, const PartitionNaming& other_name) const override;
    std::expected<PartitionPlan, std::string> assign(const std::vector<TopicMetadata>& topics,
                                                     const std::vector<Subscriber>& members) override;
    void on_assignment(const Assignment& assignment, std::int32_t generation) override;

private:
    std::optional<std::string> user_data_;
    std::int32_t max_generation_ = -1;  // of all rounds that this client led
};

/// Kafka's CooperativeStickyAssignor ("cooperative-sticky"): the same, for members that keep what they own while they
/// join. What changes hands belongs to nobody until its owner has given it up, so it takes two rounds.
class CooperativeStickyAssignor final : public Assignor {
public:
    std::string_view name() const override { return "cooperative-sticky"; }
    bool cooperative() const override { return true; }
    std::string subscription_user_data() override;
    std::expected<PartitionPlan, std::string> assign(const std::vector<TopicMetadata>& topics,
                                                     const std::vector<Subscriber>& members) override;
    void on_assignment(const Assignment& assignment, std::int32_t generation) override;

    /// What the last assign withheld from its new owners (places in `members`), by topic and partition; none if the
    /// group's subscriptions differed, where Kafka keeps no such list.
    using Withheld = std::vector<std::pair<TopicPartition, std::size_t>>;
    const std::optional<Withheld>& withheld() const { return withheld_; }

private:
    std::int32_t generation_ = -1;
    std::int32_t max_generation_ = -1;
    std::optional<Withheld> withheld_;
};

}  // namespace brokersim::kafka
