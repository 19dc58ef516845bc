#pragma once

#include <expected>
#include <string>

#include "core/kafka/assignors/sticky_group.h"

namespace brokersim::kafka::sticky {

/// ConstrainedAssignmentBuilder, for groups whose members all have the same subscription: as many partitions as
/// possible stay where they are while shares differ by at most one. The error is the message of Kafka's exception.
std::expected<Plan, std::string> assign_equal(const Group& group);

}  // namespace brokersim::kafka::sticky
