#pragma once

#include <optional>
#include <string_view>

#include "scenarios/scenario.h"

namespace brokersim::scenario {

/// The assignor of a group whose queues Kafka's protocol shares out (`assignment = "kafka/range"` gives "range");
/// nothing for a group that assigns itself, as RocketMQ's do. Valid as long as `group`.
inline std::optional<std::string_view> kafka_assignor(const GroupSpec& group) {
    constexpr std::string_view prefix = "kafka/";
    const std::string_view assignment = group.assignment;
    if (!assignment.starts_with(prefix)) return std::nullopt;
    return assignment.substr(prefix.size());
}

}  // namespace brokersim::scenario
