#pragma once

#include "core/kafka/assignor.h"

namespace brokersim::kafka {

/// Kafka's RoundRobinAssignor ("roundrobin"): all partitions of all topics, by name, are dealt to the members in turn;
/// whoever does not subscribe to a topic is passed over.
class RoundRobinAssignor final : public Assignor {
public:
    std::string_view name() const override { return "roundrobin"; }
    std::expected<PartitionPlan, std::string> assign(const std::vector<TopicMetadata>& topics,
                                                     const std::vector<Subscriber>& members) override;
};

}  // namespace brokersim::kafka
