#pragma once

#include "core/kafka/assignor.h"

namespace brokersim::kafka {

/// Kafka's RangeAssignor ("range"): for each topic by itself every subscriber gets a contiguous block, sizes differing
/// by at most one. Where members and replicas have racks, members get partitions with a replica in their rack first, as
/// far as the balance allows.
class RangeAssignor final : public Assignor {
public:
    std::string_view name() const override { return "range"; }
    std::expected<PartitionPlan, std::string> assign(const std::vector<TopicMetadata>& topics,
                                                     const std::vector<Subscriber>& members) override;
};

}  // namespace brokersim::kafka
