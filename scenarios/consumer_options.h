#pragma once

#include <memory>
#include <vector>

#include "core/client/consumer.h"
#include "core/client/message_listener.h"
#include "core/client/push_consumer.h"
#include "scenarios/scenario.h"

namespace brokersim::scenario {

/// What a consumer of the group is made of, by the group's assignment. `group` must outlive the consumer.
client::ConsumerOptions consumer_options(const GroupSpec& group, std::vector<Address> name_servers);
/// A consumer of the group. `group` and `listener` must outlive it.
std::unique_ptr<client::Consumer> make_consumer(Host& host, const GroupSpec& group, std::vector<Address> name_servers,
                                                client::MessageListener& listener);

}  // namespace brokersim::scenario
