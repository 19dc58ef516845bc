#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/host.h"
#include "core/kafka/group.h"
#include "core/kafka/group_config.h"
#include "core/kafka/group_log.h"
#include "core/kafka/messages.h"
#include "core/protocol/remoting.h"

namespace brokersim::kafka {

class OffsetsPartition;

/// Partition of the offsets topic to which a group belongs: abs(hash) mod `partitions`, where abs(-2^31) is 0.
std::int32_t group_partition(std::string_view group, std::int32_t partitions = offsets_partitions);

/// The brokers that coordinate groups: partition p of the offsets topic is led by brokers[p mod number of brokers].
struct CoordinatorCluster {
    std::int32_t self = 0;  // index of this broker
    std::vector<Address> brokers;

    std::int32_t leader_of(std::int32_t partition) const {
        return partition % static_cast<std::int32_t>(brokers.size());
    }
};

/// The broker's side of Kafka's classic group protocol (GroupCoordinatorService and GroupMetadataManager): membership,
/// generations, assignments, committed offsets. Everything runs on Lane::coordinator, whose single server makes it
/// single-threaded; the broker opens the lane, and calls handle() in a handler that holds the server. The node that it
/// belongs to must be destroyed together with its host's timers.
class GroupCoordinator {
public:
    /// All references must outlive the coordinator.
    GroupCoordinator(Host& host, protocol::RemotingServer& server, GroupLog& log, CoordinatorCluster cluster,
                     CoordinatorConfig config = {});
    ~GroupCoordinator();

    /// Feeds a record of the log, in order, before start(). A record that cannot be read is an invariant that broke.
    void restore(const GroupRecord& record);
    /// Everything has been restored. Until then requests are answered COORDINATOR_LOAD_IN_PROGRESS (heartbeats: no
    /// error). Groups with members come back as Stable; their sessions start afresh.
    void start();
    /// Gives the groups up: parked requests are answered NOT_COORDINATOR, as is everything that comes later.
    void stop();

    /// Works on one request and owes its CPU time; false if it is not Kafka's. The answer leaves through the server
    /// when the debts are paid, when what it depends on is stored, or when the round for which it was parked goes on.
    bool handle(ConnectionId connection, protocol::Frame&& frame);

    /// For tests and inspection: null if nothing is known of the group.
    const Group* find(const std::string& group) const;
    /// Committed offset of a group; -1: none.
    std::int64_t committed(const std::string& group, const TopicPartition& partition) const;
};

}  // namespace brokersim::kafka
