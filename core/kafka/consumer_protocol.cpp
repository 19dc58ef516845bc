#include "core/kafka/consumer_protocol.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "core/kafka/wire_fields.h"

namespace brokersim::kafka {

namespace {

template <class Fields, class Partitions>
void describe_partitions(Fields& fields, Partitions& partitions) {
    fields.by_topic(
        partitions, [](auto& partition) -> auto& { return partition.topic; },
        [&fields](auto& partition) { fields.integer(partition.partition); });
}

template <class Fields, class S>
void describe_subscription(Fields& fields, S& subscription, std::int16_t version) {
    fields.array(subscription.topics, [&fields](auto& topic) { fields.string(topic); });
    fields.nullable_bytes(subscription.user_data);
    if (version >= 1) describe_partitions(fields, subscription.owned_partitions);
    if (version >= 2) fields.integer(subscription.generation);
    if (version >= 3) fields.nullable_string(subscription.rack);
}

/// The partitions with those of one topic next to each other, topics in order of first appearance.
std::vector<TopicPartition> neighbours(const std::vector<TopicPartition>& partitions) {
    std::vector<TopicPartition> grouped;
    grouped.reserve(partitions.size());
    std::vector<std::pair<std::string_view, std::size_t>> first_seen;  // by topic
    for (std::size_t i = 0; i < partitions.size(); ++i) first_seen.emplace_back(partitions[i].topic, i);
    std::sort(first_seen.begin(), first_seen.end());
    for (std::size_t i = 1; i < first_seen.size(); ++i)
        if (first_seen[i].first == first_seen[i - 1].first) first_seen[i].second = first_seen[i - 1].second;
    const auto rank = [&first_seen](const TopicPartition& partition) {
        return std::lower_bound(first_seen.begin(), first_seen.end(), std::string_view(partition.topic),
                                [](const auto& entry, std::string_view topic) { return entry.first < topic; })
            ->second;
    };
    std::vector<std::pair<std::size_t, std::size_t>> order;  // (rank of the topic, place)
    for (std::size_t i = 0; i < partitions.size(); ++i) order.emplace_back(rank(partitions[i]), i);
    std::sort(order.begin(), order.end());
    for (const auto& [topic_rank, place] : order) grouped.push_back(partitions[place]);
    return grouped;
}

std::span<const std::byte> after_version(std::string_view bytes, std::int16_t& version) {
    protocol::WireReader reader(as_bytes(bytes));
    version = reader.integer<std::int16_t>();
    if (!reader.ok()) version = -1;
    return reader.rest();
}

}  // namespace

std::string encode_subscription(const Subscription& subscription, std::int16_t version) {
    BROKERSIM_CHECK(version >= 0 && version <= newest_subscription_version, "subscription version {}", version);
    Subscription sorted = subscription;
    std::sort(sorted.topics.begin(), sorted.topics.end());
    std::sort(sorted.owned_partitions.begin(), sorted.owned_partitions.end());
    return encode_with([&](auto& fields) {
        fields.integer(version);
        describe_subscription(fields, std::as_const(sorted), version);
    });
}

std::optional<Subscription> decode_subscription(std::string_view bytes) {
    std::int16_t version = 0;
    FieldsIn fields(after_version(bytes, version));
    if (version < 0) return std::nullopt;
    Subscription subscription;
    describe_subscription(fields, subscription, std::min(version, newest_subscription_version));
    if (!fields.ok()) return std::nullopt;
    return subscription;
}

std::string encode_assignment(const Assignment& assignment) {
    const auto grouped = neighbours(assignment.partitions);
    return encode_with([&](auto& fields) {
        fields.integer(std::int16_t(0));
        describe_partitions(fields, grouped);
        fields.nullable_bytes(assignment.user_data);
    });
}

std::optional<Assignment> decode_assignment(std::string_view bytes) {
    std::int16_t version = 0;
    FieldsIn fields(after_version(bytes, version));
    if (version < 0) return std::nullopt;
    Assignment assignment;
    describe_partitions(fields, assignment.partitions);
    fields.nullable_bytes(assignment.user_data);
    if (!fields.ok()) return std::nullopt;
    return assignment;
}

std::string encode_sticky_user_data(const StickyUserData& data) {
    const auto grouped = neighbours(data.previous_assignment);
    return encode_with([&](auto& fields) {
        describe_partitions(fields, grouped);
        fields.integer(data.generation);
    });
}

StickyUserData decode_sticky_user_data(std::string_view bytes) {
    StickyUserData data;
    FieldsIn fields(as_bytes(bytes));
    describe_partitions(fields, data.previous_assignment);
    if (!fields.ok()) return {};
    fields.integer(data.generation);
    if (!fields.ok()) data.generation = -1;  // version 0
    return data;
}

std::string encode_cooperative_user_data(std::int32_t generation) {
    return encode_with([generation](auto& fields) { fields.integer(generation); });
}

std::int32_t decode_cooperative_user_data(std::string_view bytes) {
    std::int32_t generation = -1;
    FieldsIn fields(as_bytes(bytes));
    fields.integer(generation);
    return fields.ok() ? generation : -1;
}

}  // namespace brokersim::kafka
