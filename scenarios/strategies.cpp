#include "scenarios/strategies.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "core/client/configured_queues.h"
#include "core/client/machine_room.h"
#include "scenarios/assignment.h"
#include "scenarios/rooms.h"

namespace brokersim::scenario {
namespace {

client::Queues configured_queues(const Scenario& scenario, const GroupSpec& group, std::int64_t index) {
    client::Queues queues;
    const auto topic = std::ranges::find(scenario.topics, group.topic, &TopicSpec::name);
    for (std::int64_t broker = 0; broker < scenario.cluster.brokers; ++broker)
        for (std::int32_t queue = 0; queue < topic->queues; ++queue) {
            const std::string name = broker_name(scenario.cluster, broker);
            const auto owner = group.owners.find(queue_place(name, queue));
            if (owner != group.owners.end() && owner->second == index) queues.push_back({topic->name, name, queue});
        }
    return queues;
}

}  // namespace

std::shared_ptr<const client::AllocateStrategy> make_strategy(const Scenario& scenario, const GroupSpec& group,
                                                              std::int64_t index, ClientRooms rooms,
                                                              StrategyPrograms* programs) {
    if (assignment_of(group).protocol != GroupProtocol::self_assignment) return nullptr;
    if (is_program(group.assignment)) {
        BROKERSIM_CHECK(programs != nullptr, "group {} has no program to ask", group.name);
        return {std::shared_ptr<void>(), &programs->strategy(group.name, command_of(group.assignment))};
    }
    const std::string_view name = assignment_of(group).algorithm;
    if (name == "machine-room")
        return std::make_shared<client::ByMachineRoom>(
            std::set<std::string, std::less<>>(group.machine_rooms.begin(), group.machine_rooms.end()));
    if (name == "machine-room-nearby") {
        return std::make_shared<client::MachineRoomNearby>(*client::find_strategy("averagely"),
                                                           client::RoomResolver{room_of_broker, std::move(rooms)});
    }
    if (name == "config") return std::make_shared<client::ConfiguredQueues>(configured_queues(scenario, group, index));
    const client::AllocateStrategy* strategy = client::find_strategy(name);
    BROKERSIM_CHECK(strategy != nullptr, "no strategy is called {}", name);
    return {std::shared_ptr<void>(), strategy};  // lives as long as the program
}

}  // namespace brokersim::scenario
