#include <algorithm>

#include <fmt/format.h>

#include "scenarios/assignment.h"
#include "scenarios/resolve.h"
#include "scenarios/rooms.h"
#include "scenarios/spelling.h"

namespace brokersim::scenario {

namespace {

/// Where every member gets every message, nothing is shared out, and nobody keeps others from a queue.
void read_model(Section& section, GroupSpec& group) {
    if (section.word("model") != "broadcasting") return;
    group.model = MessageModel::broadcasting;
    if (group.assignment != assignments().front().word)
        section.error("model", fmt::format("`model` = \"broadcasting\" does not go with `assignment` = \"{}\": every "
                                           "consumer takes all queues",
                                           group.assignment));
    if (group.order == ConsumeOrder::orderly)
        section.error("model", "`model` = \"broadcasting\" does not go with `order` = \"orderly\"");
}

void read_machine_rooms(Section& section, const Scenario& scenario, GroupSpec& group) {
    const std::vector<std::string>& rooms = scenario.cluster.rooms;
    const bool by_room = group.assignment == "machine-room";
    if ((by_room || group.assignment == "machine-room-nearby") && rooms.empty()) {
        section.error("assignment", fmt::format("`{}` needs `rooms` under [cluster]", group.assignment));
        return;
    }
    if (section.has("machine_rooms") && !by_room) {
        section.error("machine_rooms", "only `assignment` = \"machine-room\" looks at `machine_rooms`");
        return;
    }
    group.machine_rooms = section.texts("machine_rooms");
    for (const std::string& room : group.machine_rooms)
        if (std::ranges::find(rooms, room) == rooms.end())
            section.error("machine_rooms",
                          fmt::format("no room is named `{}`{}", room, suggestion(room, rooms, "rooms")));
    if (by_room && group.machine_rooms.empty()) group.machine_rooms = rooms;
}

void read_owners(Section& section, const Scenario& scenario, GroupSpec& group, Findings& findings) {
    const bool configured = group.assignment == "config";
    if (section.has("owners") != configured) {
        section.error(configured ? "assignment" : "owners",
                      configured ? "`config` needs `owners`, such as {\"broker-0:3\" = 1}"
                                 : "only `assignment` = \"config\" looks at `owners`");
        return;
    }
    const auto topic = std::ranges::find(scenario.topics, group.topic, &TopicSpec::name);
    if (!configured || topic == scenario.topics.end()) return;
    const std::vector<std::string> places = queue_places(scenario.cluster, *topic);
    bool all_known = true;
    section.for_each("owners", [&](const Entry& entry) {
        const auto consumer = section.checked_integer(*find_key("group", "owners"), entry.item);
        const bool known = std::ranges::find(places, entry.key) != places.end();
        all_known = all_known && known;
        if (!known)
            findings.error(entry.place, fmt::format("topic `{}` has no queue `{}`{}", topic->name, entry.key,
                                                    suggestion(entry.key, places, "queues")));
        else if (consumer)
            group.owners[entry.key] = *consumer;
    });
    for (const std::string& place : places)
        if (all_known && !group.owners.contains(place)) {
            section.error("owners", fmt::format("nobody owns `{}`; `owners` names a consumer for each queue", place));
            return;
        }
}

}  // namespace

void resolve_sharing(Section& section, const Scenario& scenario, GroupSpec& group, Findings& findings) {
    group.order = section.word("order") == "orderly" ? ConsumeOrder::orderly : ConsumeOrder::concurrent;
    if (group.order == ConsumeOrder::orderly && assignment_of(group).protocol != GroupProtocol::self_assignment)
        section.error("order",
                      fmt::format("only RocketMQ's own assignments lock queues: `order` = \"orderly\" does not "
                                  "go with `assignment` = \"{}\"",
                                  group.assignment));
    read_model(section, group);
    read_machine_rooms(section, scenario, group);
    read_owners(section, scenario, group, findings);
}

}  // namespace brokersim::scenario
