#include "core/kafka/group_records.h"

#include <span>

#include "core/bytes.h"
#include "core/protocol/sink.h"
#include "core/protocol/wire_reader.h"

namespace brokersim::kafka {
namespace {

using protocol::ByteSink;
using protocol::CountingSink;
using protocol::WireReader;

constexpr std::int16_t offset_key_version = 1;
constexpr std::int16_t offset_value_version = 3;
constexpr std::int16_t group_key_version = 2;
constexpr std::int16_t group_value_version = 3;
constexpr std::int16_t batch_version = 0;
constexpr std::int32_t no_leader_epoch = -1;

void put_string(auto& sink, std::string_view text) {
    BROKERSIM_CHECK(text.size() <= INT16_MAX, "a string of {} bytes", text.size());
    sink.integer(static_cast<std::int16_t>(text.size()));
    sink.text(text);
}

void put_nullable(auto& sink, std::string_view text) {
    if (text.empty())
        sink.integer(std::int16_t{-1});
    else
        put_string(sink, text);
}

void put_bytes(auto& sink, std::string_view text) {
    sink.integer(static_cast<std::int32_t>(text.size()));
    sink.text(text);
}

std::string get_string(WireReader& reader) { return std::string(reader.text(reader.integer<std::int16_t>())); }

std::string get_nullable(WireReader& reader) {
    const auto size = reader.integer<std::int16_t>();
    return size == -1 ? std::string() : std::string(reader.text(size));
}

std::string get_bytes(WireReader& reader) { return std::string(reader.text(reader.integer<std::int32_t>())); }

/// Runs `write` once to count and once to write.
std::string written(const auto& write) {
    CountingSink count;
    write(count);
    std::string bytes(count.size(), '\0');
    ByteSink sink(std::as_writable_bytes(std::span(bytes)));
    write(sink);
    return bytes;
}

std::optional<std::variant<StoredOffset, StoredGroup>> decode_offset(WireReader& key, WireReader& value) {
    StoredOffset offset;
    offset.group = get_string(key);
    offset.partition.topic = get_string(key);
    offset.partition.partition = key.integer<std::int32_t>();
    if (!key.ok() || !key.at_end()) return std::nullopt;
    if (value.at_end()) return offset;
    if (value.integer<std::int16_t>() != offset_value_version) return std::nullopt;
    offset.offset = value.integer<std::int64_t>();
    value.integer<std::int32_t>();
    get_string(value);
    offset.commit_time_ms = value.integer<std::int64_t>();
    if (!value.ok() || !value.at_end()) return std::nullopt;
    return offset;
}

StoredMember decode_member(WireReader& value) {
    StoredMember member;
    member.id = get_string(value);
    member.instance_id = get_nullable(value);
    member.client_id = get_string(value);
    member.client_host = get_string(value);
    member.rebalance_timeout_ms = value.integer<std::int32_t>();
    member.session_timeout_ms = value.integer<std::int32_t>();
    member.subscription = get_bytes(value);
    member.assignment = get_bytes(value);
    return member;
}

std::optional<std::variant<StoredOffset, StoredGroup>> decode_group(WireReader& key, WireReader& value) {
    StoredGroup group;
    group.group = get_string(key);
    if (!key.ok() || !key.at_end()) return std::nullopt;
    if (value.at_end()) return group;
    if (value.integer<std::int16_t>() != group_value_version) return std::nullopt;
    group.protocol_type = get_string(value);
    group.generation = value.integer<std::int32_t>();
    group.protocol = get_nullable(value);
    group.leader = get_nullable(value);
    group.state_time_ms = value.integer<std::int64_t>();
    const auto members = value.integer<std::int32_t>();
    for (std::int32_t i = 0; i < members && value.ok(); ++i) group.members.push_back(decode_member(value));
    if (!value.ok() || !value.at_end() || members < 0) return std::nullopt;
    return group;
}

}  // namespace

GroupRecord encode(const StoredOffset& offset) {
    return {written([&](auto& sink) {
                sink.integer(offset_key_version);
                put_string(sink, offset.group);
                put_string(sink, offset.partition.topic);
                sink.integer(offset.partition.partition);
            }),
            written([&](auto& sink) {
                sink.integer(offset_value_version);
                sink.integer(offset.offset);
                sink.integer(no_leader_epoch);
                put_string(sink, {});
                sink.integer(offset.commit_time_ms);
            })};
}

GroupRecord encode(const StoredGroup& group) {
    return {written([&](auto& sink) {
                sink.integer(group_key_version);
                put_string(sink, group.group);
            }),
            written([&](auto& sink) {
                sink.integer(group_value_version);
                put_string(sink, group.protocol_type);
                sink.integer(group.generation);
                put_nullable(sink, group.protocol);
                put_nullable(sink, group.leader);
                sink.integer(group.state_time_ms);
                sink.integer(static_cast<std::int32_t>(group.members.size()));
                for (const StoredMember& member : group.members) {
                    put_string(sink, member.id);
                    put_nullable(sink, member.instance_id);
                    put_string(sink, member.client_id);
                    put_string(sink, member.client_host);
                    sink.integer(member.rebalance_timeout_ms);
                    sink.integer(member.session_timeout_ms);
                    put_bytes(sink, member.subscription);
                    put_bytes(sink, member.assignment);
                }
            })};
}

std::optional<std::variant<StoredOffset, StoredGroup>> decode(const GroupRecord& record) {
    WireReader key(as_bytes(record.key));
    WireReader value(as_bytes(record.value));
    switch (key.integer<std::int16_t>()) {
        case offset_key_version:
            return decode_offset(key, value);
        case group_key_version:
            return decode_group(key, value);
        default:
            return std::nullopt;
    }
}

std::string encode_batch(const std::vector<GroupRecord>& batch) {
    return written([&](auto& sink) {
        sink.integer(batch_version);
        sink.integer(static_cast<std::int32_t>(batch.size()));
        for (const GroupRecord& record : batch) {
            put_bytes(sink, record.key);
            put_bytes(sink, record.value);
        }
    });
}

std::optional<std::vector<GroupRecord>> decode_batch(std::span<const std::byte> body) {
    WireReader reader(body);
    if (reader.integer<std::int16_t>() != batch_version) return std::nullopt;
    const auto count = reader.integer<std::int32_t>();
    std::vector<GroupRecord> batch;
    for (std::int32_t i = 0; i < count && reader.ok(); ++i) {
        std::string key = get_bytes(reader);
        std::string value = get_bytes(reader);
        batch.push_back({std::move(key), std::move(value)});
    }
    if (!reader.ok() || !reader.at_end() || count < 0) return std::nullopt;
    return batch;
}

}  // namespace brokersim::kafka
