#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/broker/housekeeping.h"
#include "core/host.h"

namespace brokersim::broker {

/// Producer groups and their members by connection (RocketMQ's ProducerManager).
class ProducerRegistry {
public:
    explicit ProducerRegistry(Host& host) : host_(host) {}

    void heartbeat(ConnectionId connection, const std::string& client_id, const std::string& group);
    void unregister(ConnectionId connection, const std::string& group);
    void remove(ConnectionId connection);

    /// Members of a group, by age of their connections.
    std::vector<ConnectionId> members(std::string_view group) const;
    /// Shows every member to a scan.
    void show(HeartbeatScan& scan) const;

private:
    struct Member {
        std::string client_id;
        MonoTime heartbeat;
    };

    Host& host_;
    std::map<std::string, std::map<ConnectionId, Member>, std::less<>> groups_;
};

}  // namespace brokersim::broker
