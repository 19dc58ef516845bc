#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/types.h"

/// Requests and responses of Kafka's classic group protocol as plain structs (versions: FindCoordinator 1, JoinGroup 5,
/// SyncGroup 3, Heartbeat 3, LeaveGroup 3, OffsetCommit 7, OffsetFetch 4: static members, and no flexible encoding).
namespace brokersim::kafka {

enum class Error : std::int16_t {
    none = 0,
    unknown_topic_or_partition = 3,
    request_timed_out = 7,
    coordinator_load_in_progress = 14,
    coordinator_not_available = 15,
    not_coordinator = 16,
    illegal_generation = 22,
    inconsistent_group_protocol = 23,
    invalid_group_id = 24,
    unknown_member_id = 25,
    invalid_session_timeout = 26,
    rebalance_in_progress = 27,
    member_id_required = 79,
    group_max_size_reached = 81,
    fenced_instance_id = 82,
};

struct TopicPartition {
    std::string topic;
    std::int32_t partition = 0;

    auto operator<=>(const TopicPartition&) const = default;
};

struct FindCoordinatorRequest {
    std::string group;
};
struct FindCoordinatorResponse {
    Error error = Error::none;
    std::int32_t node_id = -1;
    Address address;
};

/// One assignor that a member offers, with what the leader must know of the member (ConsumerProtocol subscription).
struct ProtocolMetadata {
    std::string name;
    std::string metadata;  // opaque to the coordinator

    auto operator<=>(const ProtocolMetadata&) const = default;
};

struct JoinGroupRequest {
    std::string group;
    std::int32_t session_timeout_ms = 45'000;
    std::int32_t rebalance_timeout_ms = 300'000;
    std::string member_id;    // empty: not yet a member
    std::string instance_id;  // empty: dynamic member
    std::string protocol_type = "consumer";
    std::vector<ProtocolMetadata> protocols;  // by preference
};
struct JoinedMember {
    std::string member_id;
    std::string instance_id;
    std::string metadata;
};
struct JoinGroupResponse {
    Error error = Error::none;
    std::int32_t generation = -1;
    std::string protocol;
    std::string leader;
    std::string member_id;
    std::vector<JoinedMember> members;  // for the leader only
};

struct MemberAssignment {
    std::string member_id;
    std::string assignment;  // ConsumerProtocol assignment, opaque to the coordinator
};
struct SyncGroupRequest {
    std::string group;
    std::int32_t generation = -1;
    std::string member_id;
    std::string instance_id;
    std::vector<MemberAssignment> assignments;  // from the leader only
};
struct SyncGroupResponse {
    Error error = Error::none;
    std::string assignment;
};

struct HeartbeatRequest {
    std::string group;
    std::int32_t generation = -1;
    std::string member_id;
    std::string instance_id;
};
struct HeartbeatResponse {
    Error error = Error::none;
};

struct LeaveGroupRequest {
    std::string group;
    std::string member_id;
    std::string instance_id;
};
struct LeaveGroupResponse {
    Error error = Error::none;
};

struct CommittedOffset {
    TopicPartition partition;
    std::int64_t offset = -1;
};
struct OffsetCommitRequest {
    std::string group;
    std::int32_t generation = -1;
    std::string member_id;
    std::string instance_id;
    std::vector<CommittedOffset> offsets;
};
struct OffsetCommitResponse {
    Error error = Error::none;  // the same for every partition
    std::vector<TopicPartition> partitions;
};

struct OffsetFetchRequest {
    std::string group;
    std::vector<TopicPartition> partitions;
};
struct OffsetFetchResponse {
    Error error = Error::none;
    std::vector<CommittedOffset> offsets;  // -1: none
};

}  // namespace brokersim::kafka
