#include "core/broker/producer_registry.h"

#include <iterator>

namespace brokersim::broker {

void ProducerRegistry::heartbeat(ConnectionId connection, const std::string& client_id, const std::string& group) {
    groups_[group][connection] = {client_id, host_.mono_ns()};
}

void ProducerRegistry::unregister(ConnectionId connection, const std::string& group) {
    auto found = groups_.find(group);
    if (found == groups_.end()) return;
    found->second.erase(connection);
    if (found->second.empty()) groups_.erase(found);
}

void ProducerRegistry::remove(ConnectionId connection) {
    for (auto group = groups_.begin(); group != groups_.end();) {
        group->second.erase(connection);
        group = group->second.empty() ? groups_.erase(group) : std::next(group);
    }
}

std::vector<ConnectionId> ProducerRegistry::members(std::string_view group) const {
    std::vector<ConnectionId> members;
    if (auto found = groups_.find(group); found != groups_.end())
        for (const auto& [connection, member] : found->second) members.push_back(connection);
    return members;
}

void ProducerRegistry::show(HeartbeatScan& scan) const {
    for (const auto& [name, members] : groups_)
        for (const auto& [connection, member] : members) scan.see(connection, member.heartbeat);
}

}  // namespace brokersim::broker
