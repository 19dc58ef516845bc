#include <algorithm>

#include "scenarios/configs.h"
#include "scenarios/machines.h"
#include "scenarios/profiles.h"
#include "scenarios/stage.h"
#include "scenarios/vm_config.h"
#include "sim/machine.h"

/// The machines of the cluster, and what they have done so far.
namespace brokersim::scenario {

/// The machine that the node shares, if it does, or a new one of its own.
sim::MachineId Stage::machine_for(const NodeName& node) {
    const SharedMachine* shared = shared_machine(scenario_, node);
    const std::string name = shared == nullptr ? node.text() : shared->name;
    if (const auto there = world_.find_machine(name)) return *there;
    const HardwareSpec& hardware = scenario_.hardware;
    const std::int64_t cores = shared == nullptr ? hardware.cores : shared->cores.value_or(hardware.cores);
    const std::int64_t memory = shared == nullptr ? hardware.memory : shared->memory.value_or(hardware.memory);
    return world_.add_machine({.name = name,
                               .cores = static_cast<int>(cores),
                               .memory_bytes = static_cast<std::uint64_t>(memory),
                               .disk_bytes = static_cast<std::uint64_t>(hardware.disk),
                               .nic_bits_per_second = find_network_profile(hardware.network)->bytes_per_second * 8,
                               .disk = hardware.device,
                               .page_cache = page_cache_spec(hardware, vm_config(scenario_))});
}

Stage::Pauses Stage::pauses() const {
    Pauses all;
    for (std::uint32_t node = 0; node < world_.node_count(); ++node) {
        const NodeName::Role role = roster_.nodes()[node].name.role;
        const bool client = role == NodeName::Role::producer || role == NodeName::Role::consumer;
        sim::Pauses& sum = client ? all.clients : all.servers;
        const sim::Pauses& own = world_.pauses({node});
        sum.count += own.count;
        sum.total_ns += own.total_ns;
        sum.longest_ns = std::max(sum.longest_ns, own.longest_ns);
    }
    return all;
}

std::vector<std::int64_t> Stage::wires_busy_ns() const {
    std::vector<std::int64_t> busy;
    const std::int64_t now = sim::ns_of(world_.now());
    for (std::uint32_t machine = 0; machine < world_.machine_count(); ++machine) {
        busy.push_back(world_.machine({machine}).outgoing.busy_ns(now));
        busy.push_back(world_.machine({machine}).incoming.busy_ns(now));
    }
    return busy;
}

std::int64_t Stage::longest_send_queue() const {
    std::int64_t longest = 0;
    for (std::uint32_t machine = 0; machine < world_.machine_count(); ++machine)
        longest = std::max(longest, world_.machine({machine}).traffic.longest_queue_bytes);
    return longest;
}

std::uint64_t Stage::network_bytes() const {
    std::uint64_t bytes = 0;
    for (std::uint32_t machine = 0; machine < world_.machine_count(); ++machine)
        bytes += world_.machine({machine}).traffic.bytes_sent;
    return bytes;
}

}  // namespace brokersim::scenario
