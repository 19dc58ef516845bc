#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/types.h"

/// Requests and responses of Kafka's group protocols as plain structs. The classic one's (versions: FindCoordinator 1,
/// JoinGroup 5, SyncGroup 3, Heartbeat 3, LeaveGroup 3, OffsetCommit 7, OffsetFetch 4) have static members, and no
/// flexible encoding. The consumer protocol's (KIP-848) are ConsumerGroupHeartbeat 0, OffsetFetch 9, and OffsetCommit
/// 7, which has the fields of 9.
namespace brokersim::kafka {

enum class Error : std::int16_t {
    unknown_server_error = -1,
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
    unsupported_version = 35,
    invalid_request = 42,
    group_id_not_found = 69,
    member_id_required = 79,
    group_max_size_reached = 81,
    fenced_instance_id = 82,
    fenced_member_epoch = 110,
    unreleased_instance_id = 111,
    unsupported_assignor = 112,
    stale_member_epoch = 113,
};

struct TopicPartition {
    std::string topic;
    std::int32_t partition = 0;

    auto operator<=>(const TopicPartition&) const = default;
};

/// Kafka's Uuid.
struct TopicId {
    std::int64_t most = 0;
    std::int64_t least = 0;

    /// Signed, the upper half first.
    auto operator<=>(const TopicId&) const = default;
};

struct TopicIdPartition {
    TopicId topic;
    std::int32_t partition = 0;

    auto operator<=>(const TopicIdPartition&) const = default;
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
    std::int32_t generation = -1;  // under the consumer protocol: the member epoch
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
    std::string member_id{};         // of the consumer protocol (version 9); empty: version 4
    std::int32_t member_epoch = -1;  // with a member id
};
struct OffsetFetchResponse {
    Error error = Error::none;
    std::vector<CommittedOffset> offsets;  // -1: none
    std::string group{};                   // in version 9; empty: version 4
};

/// Member epochs that are not epochs: the member leaves, or, a static one, goes away for a while.
inline constexpr std::int32_t leaving_epoch = -1;
inline constexpr std::int32_t static_away_epoch = -2;

/// What is absent has not changed since the last heartbeat.
struct ConsumerGroupHeartbeatRequest {
    std::string group;
    std::string member_id{};        // empty: not yet a member
    std::int32_t member_epoch = 0;  // 0: joins; leaving_epoch, static_away_epoch
    std::string instance_id{};      // empty: dynamic member
    std::string rack_id{};          // empty: none, or unchanged
    std::int32_t rebalance_timeout_ms = -1;
    std::optional<std::vector<std::string>> topics{};
    std::string server_assignor{};                         // empty: any, or unchanged
    std::optional<std::vector<TopicIdPartition>> owned{};  // sorted
};
struct ConsumerGroupHeartbeatResponse {
    Error error = Error::none;
    std::string member_id{};
    std::int32_t member_epoch = 0;
    std::int32_t heartbeat_interval_ms = 0;
    std::optional<std::vector<TopicIdPartition>> assignment{};  // sorted: what the member may use now
};

}  // namespace brokersim::kafka
