#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/kafka/group_log.h"
#include "core/kafka/messages.h"

/// The records of a group of the consumer protocol in __consumer_offsets. Everything that the coordinator knows of a
/// group is what these records say, in their order. Layouts are Kafka's: keys as in group_records.h, values int16
/// version 0 and the flexible encoding.
///
///   3 ConsumerGroupMetadata:                 group; int32 epoch
///   4 ConsumerGroupPartitionMetadata:        group; topics: id, name, int32 partitions, racks of partitions (none)
///   5 ConsumerGroupMemberMetadata:           group, member; instance id, rack id, client id, client host, topics,
///                                            regex (none), int32 rebalance timeout (ms), assignor
///   6 ConsumerGroupTargetAssignmentMetadata: group; int32 epoch
///   7 ConsumerGroupTargetAssignmentMember:   group, member; partitions by topic id
///   8 ConsumerGroupCurrentMemberAssignment:  group, member; int32 epoch, int32 previous epoch, int8 state, assigned
///                                            partitions, partitions to be revoked
namespace brokersim::kafka {

/// Sorted, each once.
using IdPartitions = std::vector<TopicIdPartition>;

/// A topic that members of a group subscribe to. In this cluster that is a topic's queues on one broker.
struct GroupTopic {
    TopicId id;
    std::string name;  // "TOPIC@BROKER"
    std::int32_t partitions = 0;

    bool operator==(const GroupTopic&) const = default;
};

/// What a member said of itself.
struct MemberMetadata {
    std::string instance_id;  // empty: dynamic
    std::string rack_id;
    std::string client_id;
    std::string client_host;
    std::vector<std::string> topics;  // sorted
    std::int32_t rebalance_timeout_ms = -1;
    std::string server_assignor;  // empty: any

    bool operator==(const MemberMetadata&) const = default;
};

/// How far a member has come towards its target (Kafka's MemberState).
enum class MemberProgress : std::int8_t {
    stable = 0,
    unrevoked_partitions = 1,   // has to give up some first
    unreleased_partitions = 2,  // waits for some that others have not given up
};

/// What a member has, and the epoch that it was told.
struct MemberAssigned {
    std::int32_t epoch = 0;
    std::int32_t previous_epoch = -1;
    MemberProgress progress = MemberProgress::stable;
    IdPartitions assigned;
    IdPartitions revoking;  // to be given up; nobody else gets them before

    bool operator==(const MemberAssigned&) const = default;
};

// The records, in the order of their kinds; a value that is absent deletes.
struct GroupEpochRecord {
    std::optional<std::int32_t> epoch;
    bool operator==(const GroupEpochRecord&) const = default;
};
struct GroupTopicsRecord {
    std::optional<std::vector<GroupTopic>> topics;
    bool operator==(const GroupTopicsRecord&) const = default;
};
struct MemberRecord {
    std::string member;
    std::optional<MemberMetadata> metadata;
    bool operator==(const MemberRecord&) const = default;
};
struct TargetEpochRecord {
    std::optional<std::int32_t> epoch;
    bool operator==(const TargetEpochRecord&) const = default;
};
struct MemberTargetRecord {
    std::string member;
    std::optional<IdPartitions> target;
    bool operator==(const MemberTargetRecord&) const = default;
};
struct MemberAssignedRecord {
    std::string member;
    std::optional<MemberAssigned> assigned;
    bool operator==(const MemberAssignedRecord&) const = default;
};

struct ConsumerGroupRecord {
    std::string group;
    std::variant<GroupEpochRecord, GroupTopicsRecord, MemberRecord, TargetEpochRecord, MemberTargetRecord,
                 MemberAssignedRecord>
        what;

    bool operator==(const ConsumerGroupRecord&) const = default;
};

GroupRecord encode(const ConsumerGroupRecord& record);
/// None if the record is malformed, or of another kind or version.
std::optional<ConsumerGroupRecord> decode_consumer_group(const GroupRecord& record);

}  // namespace brokersim::kafka
