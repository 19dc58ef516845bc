#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/client/allocate.h"
#include "scenarios/scenario.h"

namespace brokersim::scenario {

/// The room of the client with that id; empty: unknown. What a user's MachineRoomResolver would look up.
using ClientRooms = std::function<std::string(const std::string& client_id)>;

/// The strategy of RocketMQ's own rebalance by which consumer `index` of the group computes its share; null for a group
/// that shares its queues out in another way.
std::shared_ptr<const client::AllocateStrategy> make_strategy(const Scenario& scenario, const GroupSpec& group,
                                                              std::int64_t index, ClientRooms rooms);

}  // namespace brokersim::scenario
