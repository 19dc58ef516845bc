#pragma once

#include <vector>

#include "core/client/push_consumer.h"
#include "scenarios/scenario.h"

namespace brokersim::scenario {

/// What a consumer of the group is made of, by the group's assignment. `group` must outlive the consumer.
client::ConsumerOptions consumer_options(const GroupSpec& group, std::vector<Address> name_servers);

}  // namespace brokersim::scenario
