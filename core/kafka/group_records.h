#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/kafka/group_log.h"
#include "core/kafka/messages.h"

/// The records of __consumer_offsets. Integers are big-endian, strings int16 length and bytes (nullable: -1), byte
/// arrays int32 length and bytes; keys and values begin with their int16 version, and have the layouts of Kafka's own:
///
///   OffsetCommitKey 1:    group, topic, int32 partition
///   OffsetCommitValue 3:  int64 offset, int32 leader epoch (-1), metadata (empty), int64 commit time
///   GroupMetadataKey 2:   group
///   GroupMetadataValue 3: protocol type, int32 generation, nullable protocol, nullable leader, int64 state time,
///                         int32 count of members, each: id, nullable instance id, client id, client host,
///                         int32 rebalance timeout, int32 session timeout, subscription bytes, assignment bytes
///
/// Times are ms since the epoch, time-outs ms. A batch is one message body: int16 version 0, int32 count of records,
/// each a key and a value as byte arrays.
namespace brokersim::kafka {

struct StoredOffset {
    std::string group;
    TopicPartition partition;
    std::int64_t offset = -1;
    std::int64_t commit_time_ms = 0;

    bool operator==(const StoredOffset&) const = default;
};

struct StoredMember {
    std::string id;
    std::string instance_id;
    std::string client_id;
    std::string client_host;
    std::int32_t rebalance_timeout_ms = 0;
    std::int32_t session_timeout_ms = 0;
    std::string subscription;  // metadata for the selected protocol
    std::string assignment;

    bool operator==(const StoredMember&) const = default;
};

struct StoredGroup {
    std::string group;
    std::string protocol_type;
    std::int32_t generation = 0;
    std::string protocol;
    std::string leader;
    std::int64_t state_time_ms = 0;
    std::vector<StoredMember> members;

    bool operator==(const StoredGroup&) const = default;
};

GroupRecord encode(const StoredOffset& offset);
GroupRecord encode(const StoredGroup& group);
/// Reads a record; a deletion (empty value) gives offset -1, or no members in generation 0. None if it is malformed, or
/// of a kind or version that is not listed above.
std::optional<std::variant<StoredOffset, StoredGroup>> decode(const GroupRecord& record);

std::string encode_batch(const std::vector<GroupRecord>& batch);
std::optional<std::vector<GroupRecord>> decode_batch(std::span<const std::byte> body);

}  // namespace brokersim::kafka
