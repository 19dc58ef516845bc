#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/client/allocate.h"
#include "scenarios/scenario.h"
#include "scenarios/strategy_program.h"

namespace brokersim::scenario {

/// The room of the client with that id; empty: unknown. What a user's MachineRoomResolver would look up.
using ClientRooms = std::function<std::string(const std::string& client_id)>;

/// The strategy of RocketMQ's own rebalance by which consumer `index` of the group computes its share; null for a group
/// that shares its queues out in another way. One that a program answers for is made by `programs` and lives as long;
/// `programs` is not asked for any other and may then be null.
std::shared_ptr<const client::AllocateStrategy> make_strategy(const Scenario& scenario, const GroupSpec& group,
                                                              std::int64_t index, ClientRooms rooms,
                                                              StrategyPrograms* programs);

}  // namespace brokersim::scenario
