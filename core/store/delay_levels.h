#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace brokersim::store {

/// The topic that holds delayed messages until they are due, a queue for each level.
inline constexpr std::string_view schedule_topic = "SCHEDULE_TOPIC_XXXX";

/// RocketMQ's delay levels: `messageDelayLevel` is a list like "1s 5s 1m", level n being its n-th word.
class DelayLevels {
public:
    /// The error says what word is none.
    static std::expected<DelayLevels, std::string> parse(std::string_view text);

    std::int32_t max_level() const { return static_cast<std::int32_t>(delays_.size()); }
    /// Delay of a level in ms; 1000 for a level that does not exist.
    std::int64_t delay_ms(std::int32_t level) const;
    /// When (ms) a message of the schedule topic is due, given its DELAY property; levels above the highest count as
    /// it. 0 if the property names no level.
    std::int64_t due_time(std::string_view delay_property, std::int64_t store_timestamp) const;

private:
    std::vector<std::int64_t> delays_;  // ms
};

}  // namespace brokersim::store
