#include "scenarios/machines.h"

#include <algorithm>

namespace brokersim::scenario {

bool stands_on(const SharedMachine& machine, const NodeName& node) {
    return std::ranges::any_of(machine.nodes, [&](const NodeName& named) {
        const bool index = named.index == NodeName::all || named.index == node.index;
        return named.role == node.role && named.name == node.name && index;
    });
}

const SharedMachine* shared_machine(const Scenario& scenario, const NodeName& node) {
    for (const SharedMachine& machine : scenario.machines)
        if (stands_on(machine, node)) return &machine;
    return nullptr;
}

}  // namespace brokersim::scenario
