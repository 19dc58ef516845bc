#pragma once

#include "scenarios/scenario.h"

namespace brokersim::scenario {

/// Whether the node is one of those that share this machine.
bool stands_on(const SharedMachine& machine, const NodeName& node);

/// The machine that the node shares with others; null if it has one of its own.
const SharedMachine* shared_machine(const Scenario& scenario, const NodeName& node);

}  // namespace brokersim::scenario
