#include "core/kafka/group_records.h"

#include <utility>

#include "core/bytes.h"
#include "core/kafka/wire_fields.h"

namespace brokersim::kafka {
namespace {

constexpr std::int16_t offset_key_version = 1;
constexpr std::int16_t offset_value_version = 3;
constexpr std::int16_t group_key_version = 2;
constexpr std::int16_t group_value_version = 3;
constexpr std::int16_t batch_version = 0;
constexpr std::int32_t no_leader_epoch = -1;

using Decoded = std::optional<std::variant<StoredOffset, StoredGroup>>;

template <class Fields, class Offset>
void describe_offset_key(Fields& fields, Offset& offset) {
    fields.string(offset.group);
    fields.string(offset.partition.topic);
    fields.integer(offset.partition.partition);
}

template <class Fields, class Offset>
void describe_offset_value(Fields& fields, Offset& offset) {
    fields.integer(offset.offset);
    fields.unused(no_leader_epoch);
    fields.unused(std::int16_t{0});  // length of the metadata
    fields.integer(offset.commit_time_ms);
}

template <class Fields, class Group>
void describe_group_value(Fields& fields, Group& group) {
    fields.string(group.protocol_type);
    fields.integer(group.generation);
    fields.string_or_null(group.protocol);
    fields.string_or_null(group.leader);
    fields.integer(group.state_time_ms);
    fields.array(group.members, [&fields](auto& member) {
        fields.string(member.id);
        fields.string_or_null(member.instance_id);
        fields.string(member.client_id);
        fields.string(member.client_host);
        fields.integer(member.rebalance_timeout_ms);
        fields.integer(member.session_timeout_ms);
        fields.bytes(member.subscription);
        fields.bytes(member.assignment);
    });
}

template <class Fields, class Records>
void describe_batch(Fields& fields, Records& records) {
    fields.array(records, [&fields](auto& record) {
        fields.bytes(record.key);
        fields.bytes(record.value);
    });
}

bool whole(const FieldsIn& fields) { return fields.ok() && fields.at_end(); }

/// Reads the version that begins a value; false for any other than `wanted`.
bool has_version(FieldsIn& fields, std::int16_t wanted) {
    std::int16_t version = -1;
    fields.integer(version);
    return fields.ok() && version == wanted;
}

Decoded decode_offset(FieldsIn& key, FieldsIn& value) {
    StoredOffset offset;
    describe_offset_key(key, offset);
    if (!whole(key)) return std::nullopt;
    if (value.at_end()) return offset;
    if (!has_version(value, offset_value_version)) return std::nullopt;
    describe_offset_value(value, offset);
    return whole(value) ? Decoded(std::move(offset)) : std::nullopt;
}

Decoded decode_group(FieldsIn& key, FieldsIn& value) {
    StoredGroup group;
    key.string(group.group);
    if (!whole(key)) return std::nullopt;
    if (value.at_end()) return group;
    if (!has_version(value, group_value_version)) return std::nullopt;
    describe_group_value(value, group);
    return whole(value) ? Decoded(std::move(group)) : std::nullopt;
}

}  // namespace

GroupRecord encode(const StoredOffset& offset) {
    return {encode_with([&](auto& fields) {
                fields.integer(offset_key_version);
                describe_offset_key(fields, offset);
            }),
            encode_with([&](auto& fields) {
                fields.integer(offset_value_version);
                describe_offset_value(fields, offset);
            })};
}

GroupRecord encode(const StoredGroup& group) {
    return {encode_with([&](auto& fields) {
                fields.integer(group_key_version);
                fields.string(group.group);
            }),
            encode_with([&](auto& fields) {
                fields.integer(group_value_version);
                describe_group_value(fields, group);
            })};
}

Decoded decode(const GroupRecord& record) {
    FieldsIn key(as_bytes(record.key));
    FieldsIn value(as_bytes(record.value));
    std::int16_t version = -1;
    key.integer(version);
    if (version == offset_key_version) return decode_offset(key, value);
    if (version == group_key_version) return decode_group(key, value);
    return std::nullopt;
}

std::string encode_batch(const std::vector<GroupRecord>& batch) {
    return encode_with([&](auto& fields) {
        fields.integer(batch_version);
        describe_batch(fields, batch);
    });
}

std::optional<std::vector<GroupRecord>> decode_batch(std::span<const std::byte> body) {
    FieldsIn fields(body);
    if (!has_version(fields, batch_version)) return std::nullopt;
    std::vector<GroupRecord> batch;
    describe_batch(fields, batch);
    if (!whole(fields)) return std::nullopt;
    return batch;
}

}  // namespace brokersim::kafka
