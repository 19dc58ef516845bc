#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "scenarios/machines.h"
#include "scenarios/nodes.h"
#include "scenarios/resolve.h"
#include "scenarios/rooms.h"
#include "scenarios/section.h"

namespace brokersim::scenario {

namespace {

/// The nodes of a machine, those of kinds written out; what does not exist is left out, with a finding.
std::vector<NodeName> read_nodes(Section& section, const Scenario& scenario) {
    std::vector<NodeName> nodes;
    for (const std::string& text : section.texts("nodes")) {
        const auto node = parse_nodes(text, scenario);
        if (!node) {
            section.error("nodes", node.error());
        } else if (node->index >= total_count(*node, scenario)) {
            section.error(
                "nodes",
                fmt::format("there is no \"{}\": nodes up to \"{}\" run from the beginning, and no "
                            "event starts it",
                            text, NodeName{node->role, node->name, initial_count(*node, scenario) - 1}.text()));
        } else {
            nodes.push_back(*node);
        }
    }
    return nodes;
}

/// What cannot be together on one machine.
void check_company(Section& section, const SharedMachine& machine, const Scenario& scenario) {
    std::map<NodeName::Role, NodeName> servers;
    std::map<std::string, NodeName> rooms;
    for (const NodeName& kind : machine.nodes)
        for (const NodeName& node : each_node(kind, scenario)) {
            const bool server = node.role == NodeName::Role::broker || node.role == NodeName::Role::name_server;
            if (const auto [first, alone] = servers.try_emplace(node.role, node); server && !alone)
                section.error("nodes",
                              fmt::format("\"{}\" and \"{}\" listen on the same port: they need a machine each",
                                          first->second.text(), node.text()));
            if (scenario.cluster.rooms.empty()) continue;
            if (node.role != NodeName::Role::broker && node.role != NodeName::Role::consumer) continue;
            rooms.try_emplace(room_of(scenario.cluster, node.index), node);
        }
    if (rooms.size() > 1)
        section.error("nodes",
                      fmt::format("\"{}\" stands in room {}, and \"{}\" in room {}", rooms.begin()->second.text(),
                                  rooms.begin()->first, rooms.rbegin()->second.text(), rooms.rbegin()->first));
}

/// There are no links within a machine.
void check_links(Section& section, const SharedMachine& machine, const Scenario& scenario) {
    const auto here = [&](const std::vector<NodeName>& side) -> std::optional<NodeName> {
        for (const NodeName& kind : side)
            for (const NodeName& node : each_node(kind, scenario))
                if (stands_on(machine, node)) return node;
        return std::nullopt;
    };
    for (const EventSpec& event : scenario.events) {
        const auto one = here(event.from);
        const auto other = here(event.to);
        if (one && other)
            section.error("nodes",
                          fmt::format("event `{}` strikes the links between \"{}\" and \"{}\", but on one machine "
                                      "there are none",
                                      event.name, one->text(), other->text()));
    }
}

}  // namespace

void resolve_shared_machines(const Item& root, Scenario& scenario, Findings& findings) {
    NameCheck names("machines", {}, findings);
    for (const Item& table : section_list(root, "machine")) {
        Section section(table, "machine", findings);
        SharedMachine machine;
        machine.name = section.text("name");
        machine.nodes = read_nodes(section, scenario);
        machine.cores = section.given_integer("cores");
        machine.memory = section.given_size("memory");
        if (machine.memory) check_memory(section, "memory", *machine.memory, scenario.hardware.heap);
        names.add(machine.name, section.place("name"));
        for (const NodeName& kind : machine.nodes)
            for (const NodeName& node : each_node(kind, scenario)) {
                const auto found = std::ranges::find_if(
                    scenario.machines, [&](const SharedMachine& other) { return stands_on(other, node); });
                if (found != scenario.machines.end())
                    section.error("nodes",
                                  fmt::format("\"{}\" stands on machine `{}` already", node.text(), found->name));
            }
        check_company(section, machine, scenario);
        check_links(section, machine, scenario);
        scenario.machines.push_back(std::move(machine));
    }
}

}  // namespace brokersim::scenario
