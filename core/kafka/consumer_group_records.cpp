#include "core/kafka/consumer_group_records.h"

#include <algorithm>

#include "core/bytes.h"
#include "core/kafka/wire_fields.h"
#include "core/kafka/wire_members.h"

namespace brokersim::kafka {
namespace {

constexpr std::int16_t first_key_version = 3;  // of GroupEpochRecord; the others follow
constexpr std::int16_t value_version = 0;

// --- keys ---------------------------------------------------------------------------------------------------

template <class Record>
concept OfMember = requires(Record record) { record.member; };

template <class Fields, class Group, class Record>
void describe_key(Fields& fields, Group& group, Record& record) {
    fields.string(group);
    if constexpr (OfMember<Record>) fields.string(record.member);
}

// --- values -------------------------------------------------------------------------------------------------

template <class Fields, class Epoch>
    requires std::same_as<std::remove_const_t<Epoch>, std::int32_t>
void describe(Fields& fields, Epoch& epoch) {
    fields.integer(epoch);
}

template <class Fields, class Topics>
    requires std::same_as<std::remove_const_t<Topics>, std::vector<GroupTopic>>
void describe(Fields& fields, Topics& topics) {
    fields.compact_array(topics, [&fields](auto& topic) {
        fields.uuid(topic.id);
        fields.compact_string(topic.name);
        fields.integer(topic.partitions);
        std::vector<std::int32_t> racks;
        fields.compact_array(racks, [&fields](auto& partition) {
            std::vector<std::string> names;
            fields.integer(partition);
            fields.compact_array(names, [&fields](auto& name) { fields.compact_string(name); });
            fields.tags();
        });
        fields.tags();
    });
}

template <class Fields, class Metadata>
    requires std::same_as<std::remove_const_t<Metadata>, MemberMetadata>
void describe(Fields& fields, Metadata& metadata) {
    fields.compact_string_or_null(metadata.instance_id);
    fields.compact_string_or_null(metadata.rack_id);
    fields.compact_string(metadata.client_id);
    fields.compact_string(metadata.client_host);
    fields.compact_array(metadata.topics, [&fields](auto& topic) { fields.compact_string(topic); });
    fields.unused_compact_string();
    fields.integer(metadata.rebalance_timeout_ms);
    fields.compact_string_or_null(metadata.server_assignor);
}

template <class Fields, class Target>
    requires std::same_as<std::remove_const_t<Target>, IdPartitions>
void describe(Fields& fields, Target& target) {
    describe_id_partitions(fields, target);
}

template <class Fields, class Assigned>
    requires std::same_as<std::remove_const_t<Assigned>, MemberAssigned>
void describe(Fields& fields, Assigned& assigned) {
    fields.integer(assigned.epoch);
    fields.integer(assigned.previous_epoch);
    auto progress = static_cast<std::int8_t>(assigned.progress);
    fields.integer(progress);
    if constexpr (Fields::reading) assigned.progress = static_cast<MemberProgress>(progress);
    describe_id_partitions(fields, assigned.assigned);
    describe_id_partitions(fields, assigned.revoking);
}

auto& value_of(auto& record) {
    if constexpr (requires { record.epoch; })
        return record.epoch;
    else if constexpr (requires { record.topics; })
        return record.topics;
    else if constexpr (requires { record.metadata; })
        return record.metadata;
    else if constexpr (requires { record.target; })
        return record.target;
    else
        return record.assigned;
}

// --- what the types cannot say ------------------------------------------------------------------------------

bool sound(std::int32_t epoch) { return epoch >= 0; }
bool sound(const std::vector<GroupTopic>& topics) {
    return std::ranges::all_of(topics, [](const GroupTopic& topic) { return topic.partitions >= 0; });
}
bool sound(const MemberMetadata& metadata) { return std::ranges::is_sorted(metadata.topics); }
bool sound(const IdPartitions& partitions) {
    return std::ranges::adjacent_find(partitions, std::ranges::greater_equal()) == partitions.end();
}
bool sound(const MemberAssigned& assigned) {
    return assigned.progress >= MemberProgress::stable && assigned.progress <= MemberProgress::unreleased_partitions &&
           sound(assigned.assigned) && sound(assigned.revoking);
}

template <class Record>
bool read(FieldsIn& key, FieldsIn& value, ConsumerGroupRecord& into) {
    Record record;
    describe_key(key, into.group, record);
    if (!key.ok() || !key.at_end()) return false;
    if (!value.at_end()) {
        std::int16_t version = -1;
        value.integer(version);
        if (version != value_version) return false;
        auto& content = value_of(record).emplace();
        describe(value, content);
        value.tags();
        if (!value.ok() || !value.at_end() || !sound(content)) return false;
    }
    into.what = std::move(record);
    return true;
}

/// Reads the record of kind `wanted`, counting from 0, if there is one.
template <std::size_t kind = 0>
bool read_kind(std::size_t wanted, FieldsIn& key, FieldsIn& value, ConsumerGroupRecord& into) {
    if constexpr (kind == std::variant_size_v<decltype(ConsumerGroupRecord::what)>) {
        return false;
    } else {
        if (wanted == kind)
            return read<std::variant_alternative_t<kind, decltype(ConsumerGroupRecord::what)>>(key, value, into);
        return read_kind<kind + 1>(wanted, key, value, into);
    }
}

}  // namespace

GroupRecord encode(const ConsumerGroupRecord& record) {
    const auto key_version = static_cast<std::int16_t>(first_key_version + static_cast<int>(record.what.index()));
    return std::visit(
        [&](const auto& what) {
            GroupRecord encoded;
            encoded.key = encode_with([&](auto& fields) {
                fields.integer(key_version);
                describe_key(fields, record.group, what);
            });
            if (const auto& content = value_of(what))
                encoded.value = encode_with([&](auto& fields) {
                    fields.integer(value_version);
                    describe(fields, *content);
                    fields.tags();
                });
            return encoded;
        },
        record.what);
}

std::optional<ConsumerGroupRecord> decode_consumer_group(const GroupRecord& record) {
    FieldsIn key(as_bytes(record.key));
    FieldsIn value(as_bytes(record.value));
    std::int16_t version = -1;
    key.integer(version);
    if (version < first_key_version) return std::nullopt;
    ConsumerGroupRecord decoded;
    if (!read_kind(static_cast<std::size_t>(version - first_key_version), key, value, decoded)) return std::nullopt;
    return decoded;
}

}  // namespace brokersim::kafka
