#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What a broker writes down about messages that it popped, as the JSON that lies in the revive log (PopCheckPoint,
/// AckMsg; keys in alphabetical order, as fastjson writes them).
namespace brokersim::broker {

/// Tags of the revive log's messages.
inline constexpr std::string_view check_point_tag = "ck";
inline constexpr std::string_view ack_tag = "ack";
inline constexpr std::string_view batch_ack_tag = "bAck";

/// The messages of one pop from one queue: nobody else gets them until `revive_time`.
struct PopCheckPoint {
    std::int64_t start_offset = 0;    // where the pop began
    std::int64_t pop_time = 0;        // ms
    std::int64_t invisible_time = 0;  // ms
    std::int32_t bit_map = 0;         // bit i: message i is acknowledged
    std::int32_t num = 0;             // messages
    std::int32_t queue_id = 0;
    std::string topic;  // where the messages lie
    std::string group;
    std::int64_t revive_offset = 0;  // of this check point in the revive log
    std::vector<std::int32_t> offset_deltas;
    std::string broker;
    std::int32_t re_put_times = 0;  // 0: never; not written then

    std::int64_t revive_time() const { return pop_time + invisible_time; }
    /// Which of its messages lies at that offset; none if none does.
    std::optional<std::int32_t> index_of(std::int64_t offset) const;
    std::int64_t offset_of(std::int32_t index) const;
    bool acknowledged(std::int32_t index) const { return (bit_map >> index & 1) != 0; }
    void acknowledge(std::int32_t index) {
        bit_map = static_cast<std::int32_t>(static_cast<std::uint32_t>(bit_map) | 1U << static_cast<unsigned>(index));
    }
};

/// That messages of a check point are done with.
struct PopAck {
    std::int64_t ack_offset = -1;   // -1: those of `ack_offsets`
    std::int64_t start_offset = 0;  // of the check point, and
    std::int64_t pop_time = 0;      // so is this
    std::int32_t queue_id = 0;
    std::string topic;
    std::string group;
    std::string broker;
    std::vector<std::int64_t> ack_offsets;  // of a batch; empty: a single one
};

std::string to_json(const PopCheckPoint& point);
std::string to_json(const PopAck& ack);
/// None if the text is no such JSON object, or lacks topic or group.
std::optional<PopCheckPoint> parse_check_point(std::string_view json);
/// None if the text is no such JSON object. Names of RocketMQ 4.9's acknowledgements ("ackOffset") are read too.
std::optional<PopAck> parse_ack(std::string_view json);

/// What a check point and its acknowledgements have in common: topic, group, queue, start, pop time and broker.
std::string merge_key(const PopCheckPoint& point);
std::string merge_key(const PopAck& ack);
/// Their UNIQ_KEY in the log: "topic@queueId@offset@group@popTime@broker@ck", or "@ack".
std::string unique_key(const PopCheckPoint& point);
std::string unique_key(const PopAck& ack);

}  // namespace brokersim::broker
