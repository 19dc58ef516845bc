#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/kafka/messages.h"
#include "core/kafka/wire_fields.h"

/// The messages of the consumer protocol on the wire, in the flexible encoding. M is the message, const when it is
/// written.
namespace brokersim::kafka {

/// The version of OffsetFetch that names the member and its epoch, and asks for one group or more.
inline constexpr std::int16_t member_fetch_version = 9;

constexpr auto topic_of_offset = [](auto& committed) -> auto& { return committed.partition.topic; };
constexpr auto topic_of = [](auto& partition) -> auto& { return partition.topic; };

/// Partitions of topic ids, an array of topics.
template <class F, class Partitions>
void describe_id_partitions(F& fields, Partitions& partitions) {
    fields.compact_by_topic(
        partitions, topic_of, [&fields](auto& id) { fields.uuid(id); },
        [&fields](auto& partition) { fields.integer(partition.partition); });
}

/// The same, or null.
template <class F, class Partitions>
void describe_optional_id_partitions(F& fields, Partitions& partitions) {
    if constexpr (F::reading) {
        if (!fields.compact_null()) describe_id_partitions(fields, partitions.emplace());
    } else {
        if (partitions)
            describe_id_partitions(fields, *partitions);
        else
            fields.compact_null();
    }
}

template <class F, class M>
void describe_member_heartbeat(F& fields, M& m) {
    fields.compact_string(m.group);
    fields.compact_string(m.member_id);
    fields.integer(m.member_epoch);
    fields.compact_string_or_null(m.instance_id);
    fields.compact_string_or_null(m.rack_id);
    fields.integer(m.rebalance_timeout_ms);
    fields.compact_array_or_null(m.topics, [&fields](auto& topic) { fields.compact_string(topic); });
    fields.compact_string_or_null(m.server_assignor);
    describe_optional_id_partitions(fields, m.owned);
    fields.tags();
}

template <class F, class M>
void describe_member_heartbeat_answer(F& fields, M& m) {
    fields.unused(std::int32_t(0));  // throttle time
    fields.error(m.error);
    fields.unused_compact_string();  // error message
    fields.compact_string_or_null(m.member_id);
    fields.integer(m.member_epoch);
    fields.integer(m.heartbeat_interval_ms);
    // A structure that may be null: -1, or 1 and its fields.
    std::int8_t there = m.assignment ? 1 : -1;
    fields.integer(there);
    if constexpr (F::reading) {
        m.assignment.reset();
        if (there >= 0 && fields.ok()) m.assignment.emplace();
    }
    if (m.assignment) {
        describe_id_partitions(fields, *m.assignment);
        fields.tags();
    }
    fields.tags();
}

template <class F, class M>
void describe_member_fetch(F& fields, M& m) {
    fields.one_item();
    fields.compact_string(m.group);
    fields.compact_string_or_null(m.member_id);
    fields.integer(m.member_epoch);
    fields.compact_by_topic(
        m.partitions, topic_of, [&fields](auto& name) { fields.compact_string(name); },
        [&fields](auto& partition) { fields.integer(partition.partition); });
    fields.tags();
    fields.unused(std::int8_t(1));  // only what no open transaction may change
    fields.tags();
}

template <class F, class M>
void describe_member_offsets(F& fields, M& m) {
    fields.unused(std::int32_t(0));  // throttle time
    fields.one_item();
    fields.compact_string(m.group);
    fields.compact_by_topic(
        m.offsets, topic_of_offset, [&fields](auto& name) { fields.compact_string(name); },
        [&fields](auto& committed) {
            fields.integer(committed.partition.partition);
            fields.integer(committed.offset);
            fields.unused(std::int32_t(-1));  // leader epoch
            fields.unused_compact_string();   // metadata
            fields.unused(std::int16_t(0));   // error of the partition
            fields.tags();
        });
    fields.error(m.error);
    fields.tags();
    fields.tags();
}

/// What such a request says beyond what its struct can hold.
inline std::optional<std::string> beyond_member_fetch(std::span<const std::byte> body) {
    constexpr std::byte one_group{2};
    if (!body.empty() && body.front() != one_group) return "offsets of one group at a time are modelled";
    FieldsIn fields(body);
    std::string text;
    std::int32_t epoch = 0;
    fields.one_item();
    fields.compact_string(text);
    fields.compact_string_or_null(text);
    fields.integer(epoch);
    if (fields.compact_null()) return "fetching the offsets of all topics is not modelled";
    return std::nullopt;
}

}  // namespace brokersim::kafka
