#include <algorithm>

#include <fmt/format.h>

#include "scenarios/nodes.h"
#include "scenarios/paths.h"
#include "scenarios/resolve.h"
#include "scenarios/rooms.h"

/// What can be run as it stands, but is most probably not what its author had in mind.
namespace brokersim::scenario {

namespace {

using Role = NodeName::Role;

bool talk(Role a, Role b) {
    const auto client = [](Role role) { return role == Role::producer || role == Role::consumer; };
    return a != b && !(client(a) && client(b));
}

/// A fault of links over which nothing is ever said.
void warn_of_silent_links(const Item& table, const EventSpec& event, Findings& findings) {
    if (event.from.empty() || event.to.empty()) return;
    for (const NodeName& from : event.from)
        for (const NodeName& to : event.to)
            if (talk(from.role, to.role)) return;
    const Entry* between = table.find("between");
    findings.warning(between ? between->item.place : table.place,
                     fmt::format("`{}` strikes links that nobody uses: \"{}\" and \"{}\" never talk to each other",
                                 event.fault, event.from.front().text(), event.to.front().text()));
}

/// Under `config` nobody takes over.
void warn_of_lost_owners(const Item& table, const EventSpec& event, const Scenario& scenario, Findings& findings) {
    const bool ends = event.fault == "kill" || event.fault == "power-cut" ||
                      (event.fault.empty() && event.operation == Operation::stop);
    if (!ends || event.node.role != Role::consumer) return;
    const auto group = std::ranges::find(scenario.groups, event.node.name, &GroupSpec::name);
    if (group == scenario.groups.end() || group->assignment != "config") return;
    const bool owns =
        std::ranges::any_of(group->owners, [&](const auto& owner) { return owner.second == event.node.index; });
    const Entry* node = table.find("node");
    if (owns)
        findings.warning(node ? node->item.place : table.place,
                         fmt::format("while \"{}\" is down its queues have no owner, since `config` gives them to "
                                     "nobody else: `all-owned` breaks if that lasts",
                                     event.node.text()));
}

void warn_of_absent_owners(const Item& table, const GroupSpec& group, const Scenario& scenario, Findings& findings) {
    const std::int64_t count = total_count({Role::consumer, group.name, 0}, scenario);
    for (const auto& [queue, owner] : group.owners)
        if (owner >= count) {
            const Entry* owners = table.find("owners");
            findings.warning(owners ? owners->item.place : table.place,
                             fmt::format("`{}` has no owner: there is never a \"{}/{}\", and `all-owned` will break",
                                         queue, group.name, owner));
            return;
        }
}

void warn_of_forgotten_rooms(const Item& table, const GroupSpec& group, const Scenario& scenario, Findings& findings) {
    if (group.assignment != "machine-room") return;
    for (std::int64_t broker = 0; broker < scenario.cluster.brokers; ++broker) {
        const std::string room = room_of(scenario.cluster, broker);
        if (std::ranges::find(group.machine_rooms, room) != group.machine_rooms.end()) continue;
        const Entry* rooms = table.find("machine_rooms");
        findings.warning(rooms ? rooms->item.place : table.place,
                         fmt::format("nobody in group `{}` consumes the queues of room `{}`: `all-owned` will break",
                                     group.name, room));
        return;
    }
}

}  // namespace

void resolve_hints(const Item& root, const Scenario& scenario, Findings& findings) {
    const bool knows = scenario.promises_off.contains("all-owned") ||
                       std::ranges::any_of(scenario.expectations, [](const ExpectationSpec& expectation) {
                           return expectation.promise == "all-owned" && expectation.broken != BrokenWhen::never;
                       });
    const auto groups = section_list(root, "group");
    for (std::size_t i = 0; i < scenario.groups.size() && !knows; ++i) {
        warn_of_absent_owners(groups[i], scenario.groups[i], scenario, findings);
        warn_of_forgotten_rooms(groups[i], scenario.groups[i], scenario, findings);
    }
    for (const Item& table : section_list(root, "at")) {
        const auto event = std::ranges::find(scenario.events, std::string(element_name("at", table)), &EventSpec::name);
        if (event == scenario.events.end()) continue;
        warn_of_silent_links(table, *event, findings);
        if (!knows) warn_of_lost_owners(table, *event, scenario, findings);
    }
}

}  // namespace brokersim::scenario
