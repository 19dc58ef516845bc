#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/client/consumer.h"
#include "core/client/message_listener.h"
#include "core/client/push_consumer.h"
#include "scenarios/scenario.h"
#include "scenarios/strategy_program.h"

namespace brokersim::scenario {

/// What consumer `index` of the group, who stands in `room` (empty: there are none), is made of, by the group's
/// assignment. `strategy` is what make_strategy gives,
/// for RocketMQ's own rebalance; `group` must outlive the consumer.
client::ConsumerOptions consumer_options(const GroupSpec& group, std::int64_t index, const std::string& room,
                                         std::vector<Address> name_servers,
                                         std::shared_ptr<const client::AllocateStrategy> strategy);
/// A consumer of the group with these options. `listener` must outlive it.
std::unique_ptr<client::Consumer> make_consumer(Host& host, const GroupSpec& group, client::ConsumerOptions options,
                                                client::MessageListener& listener);

}  // namespace brokersim::scenario
