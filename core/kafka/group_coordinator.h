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
#include "core/kafka/group_records.h"
#include "core/kafka/group_runtime.h"
#include "core/kafka/messages.h"
#include "core/protocol/remoting.h"

namespace brokersim::kafka {

class ConsumerGroups;
class GroupTopics;

/// Partition of the offsets topic to which a group belongs: abs(hash) mod `partitions`, where abs(-2^31) is 0.
std::int32_t group_partition(std::string_view group, std::int32_t partitions = offsets_partitions);

/// The client id of a Java consumer that was not given one; the coordinator makes member ids from it.
std::string default_client_id(std::string_view group);

/// The brokers that coordinate groups: partition p of the offsets topic is led by brokers[p mod number of brokers].
struct CoordinatorCluster {
    std::int32_t self = 0;  // index of this broker
    std::vector<Address> brokers;
    std::vector<Address> name_servers{};  // to be asked for topics; none: the consumer protocol is not supported

    std::int32_t leader_of(std::int32_t partition) const {
        return partition % static_cast<std::int32_t>(brokers.size());
    }
};

/// The broker's side of Kafka's group protocols (GroupCoordinatorService and GroupMetadataManager): membership,
/// generations, assignments, committed offsets. The classic one is this class; groups of the consumer protocol are left
/// to ConsumerGroups. A name belongs to groups of one protocol at a time; who is empty makes way. Everything runs on
/// Lane::coordinator, whose single server makes it single-threaded; the broker opens the lane, and calls handle() in a
/// handler that holds the server. The node that it belongs to must be destroyed together with its host's timers.
class GroupCoordinator final : private GroupRuntime {
public:
    /// All references must outlive the coordinator. Without `topics` the consumer protocol is not supported.
    GroupCoordinator(Host& host, protocol::RemotingServer& server, GroupLog& log, CoordinatorCluster cluster,
                     CoordinatorConfig config = {}, GroupTopics* topics = nullptr);
    ~GroupCoordinator();

    /// Feeds a record of the log, in order, before start(). False if it cannot be read: it then changes nothing.
    bool restore(const GroupRecord& record);
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
    /// The groups of the consumer protocol; null if it is not supported.
    const ConsumerGroups* consumer_groups() const { return consumers_.get(); }
    /// Committed offset of a group; -1: none.
    std::int64_t committed(const std::string& group, const TopicPartition& partition) const;

private:
    struct Committed {
        std::int64_t offset;
        NameId queue;
    };
    using Offsets = std::map<TopicPartition, Committed>;

    // The requests. Each answers, parks, or leaves the answer to what it wrote.
    void work(Reply reply, FindCoordinatorRequest& request);
    void work(Reply reply, JoinGroupRequest& request);
    void work(Reply reply, SyncGroupRequest& request);
    void work(Reply reply, HeartbeatRequest& request);
    void work(Reply reply, LeaveGroupRequest& request);
    void work(Reply reply, OffsetCommitRequest& request);
    void work(Reply reply, OffsetFetchRequest& request);
    void work(Reply reply, ConsumerGroupHeartbeatRequest& request);

    // joining and rebalancing
    void join_as_new(Group& group, Reply reply, JoinGroupRequest& request);
    void join_as_known(Group& group, Reply reply, JoinGroupRequest& request);
    void hand_out_id(Group& group, Reply reply, const JoinGroupRequest& request, const std::string& id);
    void add_member(Group& group, Reply reply, JoinGroupRequest& request, const std::string& id);
    void rejoin_static(Group& group, Reply reply, JoinGroupRequest& request, const std::string& id);
    void keep_generation(Group& group, Member& member, const std::string& old_id, const std::string& old_leader,
                         std::vector<ProtocolMetadata> old_protocols);
    void update(Group& group, Member& member, JoinGroupRequest& request, Reply reply);
    void prepare_or_complete(Group& group);
    void prepare_rebalance(Group& group);
    void complete_if_all_joined(Group& group);
    void complete_join(Group& group);
    void remove_absent(Group& group);
    void answer_joined(Group& group);
    std::vector<JoinedMember> joined_members(const Group& group) const;
    void join_timer_met(const std::string& name);
    void sync_timer_met(const std::string& name);

    // membership
    Group& make_group(const std::string& name);
    std::unique_ptr<Member> make_member(const std::string& group);
    std::string new_member_id(const JoinGroupRequest& request);
    bool has_room(const Group& group, const std::string& member_id) const;
    Error leave(Group& group, const LeaveGroupRequest& request);
    Error validate(const Group& group, const std::string& member_id, const std::string& instance_id) const;
    Error validate(const Group& group, const std::string& member_id, const std::string& instance_id,
                   std::int32_t generation) const;
    void take_out(Group& group, Member& member, note::LeaveReason reason);
    void session_met(const std::string& group_name, const std::string& member_id);
    void pending_met(const std::string& group_name, const std::string& member_id);
    void member_gone(Group& group);

    // assignments and offsets
    void persist_assignment(Group& group, const SyncGroupRequest& request);
    void spread_assignment(Group& group, const StoredGroup& stored);
    void synced(Group& group, const Member& member);
    void fail_syncs(Group& group, Error error);
    StoredGroup snapshot(const Group& group) const;
    Error may_commit(const OffsetCommitRequest& request) const;
    Error may_fetch(const OffsetFetchRequest& request) const;
    void remember(const std::string& group, const std::vector<CommittedOffset>& offsets);
    Committed& committed_entry(const std::string& group, const TopicPartition& partition);

    Error admission(const std::string& group) const;
    Error write_error() const override;
    OffsetsPartition& partition_of(const std::string& group) override;
    Group* find_group(const std::string& group) const;
    void answer(Reply reply, protocol::Payload payload) override;
    void answer_join(Reply reply, const Group& group, const std::string& member_id, const std::string& leader,
                     std::vector<JoinedMember> members);
    void refuse_join(Reply reply, Error error, const std::string& member_id);
    void on_lane(Task task) override;
    std::string host_of(Reply reply) const;

    Host& host_;
    protocol::RemotingServer& server_;
    GroupLog& log_;
    CoordinatorCluster cluster_;
    CoordinatorConfig config_;
    bool started_ = false;
    bool stopped_ = false;
    std::map<std::string, std::unique_ptr<Group>> groups_;
    std::map<std::string, Offsets> offsets_;
    std::map<std::string, StoredGroup> restored_;
    std::map<std::int32_t, std::unique_ptr<OffsetsPartition>> partitions_;
    std::map<std::string, std::uint64_t> ids_given_;  // by prefix
    GroupTopics* topics_;
    std::unique_ptr<ConsumerGroups> consumers_;
};

}  // namespace brokersim::kafka
