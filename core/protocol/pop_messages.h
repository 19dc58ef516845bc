#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/protocol/codes.h"
#include "core/protocol/messages.h"

/// Requests and responses of RocketMQ 5's POP consumption: consumers own no queue; the broker hands messages out, hides
/// them for a while, and hands them out again unless they are acknowledged in that time.
namespace brokersim::protocol {

/// Queue id of a pop from all queues of a broker.
inline constexpr std::int32_t any_queue = -1;

struct PopMessageRequest {
    std::string consumer_group;
    std::string topic;
    std::int32_t queue_id = any_queue;
    std::int32_t max_msg_nums = 32;
    std::int64_t invisible_time = 60'000;  // ms
    std::int64_t poll_time = 0;            // ms that the broker may hold the request, from born_time on
    std::int64_t born_time = 0;            // ms, the client's wall clock
    std::int32_t init_mode = 0;            // PopInitMode
    std::string expression;                // tags; empty: all
};

/// Where a group without position begins.
enum class PopInitMode : std::int32_t { min = 0, max = 1 };

struct PopMessageResponse {
    std::int64_t pop_time = 0;  // ms, the broker's wall clock
    std::int64_t invisible_time = 0;
    std::int32_t revive_queue_id = 0;
    std::int64_t rest_num = 0;      // messages that the broker still has for the group
    std::string start_offset_info;  // pop_info.h
    std::string msg_offset_info;
    std::vector<Slice> records;  // as in PullMessageResponse; those of the retry topic carry the original topic
};

struct AckMessageRequest {
    std::string consumer_group;
    std::string topic;  // where the record lies: a retry topic if it was revived
    std::int32_t queue_id = 0;
    std::string extra_info;
    std::int64_t offset = 0;
};

struct ChangeInvisibleTimeRequest {
    std::string consumer_group;
    std::string topic;
    std::int32_t queue_id = 0;
    std::string extra_info;
    std::int64_t offset = 0;
    std::int64_t invisible_time = 0;  // ms from now on
};
struct ChangeInvisibleTimeResponse {
    std::int64_t pop_time = 0;
    std::int64_t invisible_time = 0;
    std::int32_t revive_queue_id = 0;
};

/// How consumers of a group get a topic's messages.
enum class RequestMode : std::uint8_t { pull, pop };

struct QueryAssignmentRequest {
    std::string topic;
    std::string consumer_group;
    std::string client_id;
    std::string strategy_name = "AVG";
    MessageModel message_model = MessageModel::clustering;
};
struct QueueAssignment {
    MessageQueue queue;  // queue_id any_queue: all queues of the broker
    RequestMode mode = RequestMode::pull;
};
struct QueryAssignmentResponse {
    /// Null: the broker cannot tell, and the client keeps what it has.
    std::shared_ptr<const std::vector<QueueAssignment>> assignments;
};

struct SetRequestModeRequest {
    std::string topic;
    std::string consumer_group;
    RequestMode mode = RequestMode::pull;
    std::int32_t pop_share_queue_num = 0;  // consumers that share queues; <= 0: all share all
};

}  // namespace brokersim::protocol
