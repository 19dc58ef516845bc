#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/kafka/messages.h"

/// What consumers put into the opaque bytes of the group protocol (ConsumerProtocol): subscriptions, assignments, and
/// the user data of the sticky assignors. The coordinator never looks into them.
namespace brokersim::kafka {

/// ConsumerProtocolSubscription. Version 0 has topics and user data, 1 adds owned partitions, 2 the generation, 3 the
/// rack; what a version does not have is not written.
struct Subscription {
    std::vector<std::string> topics;
    std::optional<std::string> user_data;
    std::vector<TopicPartition> owned_partitions;
    std::int32_t generation = -1;
    std::optional<std::string> rack;

    auto operator<=>(const Subscription&) const = default;
};
inline constexpr std::int16_t newest_subscription_version = 3;

/// ConsumerProtocolAssignment, version 0 (its later versions have the same fields).
struct Assignment {
    std::vector<TopicPartition> partitions;
    std::optional<std::string> user_data;

    auto operator<=>(const Assignment&) const = default;
};

/// Bytes of a subscription. As ConsumerProtocol.serializeSubscription does, topics and owned partitions are sorted;
/// partitions are grouped by topic.
std::string encode_subscription(const Subscription& subscription, std::int16_t version = newest_subscription_version);
/// None if the bytes are malformed. A version newer than 3 is read as 3; what follows its fields is ignored.
std::optional<Subscription> decode_subscription(std::string_view bytes);

/// Bytes of an assignment: partitions grouped by topic, topics in order of first appearance, partitions as given.
std::string encode_assignment(const Assignment& assignment);
std::optional<Assignment> decode_assignment(std::string_view bytes);

/// User data of the sticky assignor, version 1: what the member was assigned last, and in which generation.
struct StickyUserData {
    std::vector<TopicPartition> previous_assignment;
    std::int32_t generation = -1;

    auto operator<=>(const StickyUserData&) const = default;
};
std::string encode_sticky_user_data(const StickyUserData& data);
/// Tries version 1, then version 0 (without a generation); whoever can be read as neither owns nothing.
StickyUserData decode_sticky_user_data(std::string_view bytes);

/// User data of the cooperative sticky assignor: the generation of the last assignment, -1 before the first.
std::string encode_cooperative_user_data(std::int32_t generation);
std::int32_t decode_cooperative_user_data(std::string_view bytes);

}  // namespace brokersim::kafka
