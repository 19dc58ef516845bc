#pragma once

#include <vector>

#include "core/client/push_consumer.h"
#include "scenarios/scenario.h"
#include "scenarios/strategy_program.h"

namespace brokersim::scenario {

/// RocketMQ's strategy of the group, null if the group is Kafka's. One that a program answers for is made by `programs`
/// and lives as long; `programs` is not asked for any other and may then be null.
const client::AllocateStrategy* strategy_of(const GroupSpec& group, StrategyPrograms* programs);

/// What a consumer of the group is made of, by the group's assignment. `group` and its `strategy` must outlive the
/// consumer.
client::ConsumerOptions consumer_options(const GroupSpec& group, const client::AllocateStrategy* strategy,
                                         std::vector<Address> name_servers);

}  // namespace brokersim::scenario
