#pragma once

#include <expected>
#include <string>

#include "core/kafka/assignors/sticky_group.h"

namespace brokersim::kafka::sticky {

/// GeneralAssignmentBuilder, for groups with different subscriptions: members keep what they own, the rest goes to the
/// least loaded subscribers, then partitions move one by one as long as that helps. The error is Kafka's exception (a
/// stale claimer that takes no part in the balancing makes it fail).
std::expected<Plan, std::string> assign_general(const Group& group);

}  // namespace brokersim::kafka::sticky
