#include "core/broker/names.h"

#include <algorithm>
#include <array>

#include "core/protocol/messages.h"

namespace brokersim::broker {

namespace {

constexpr std::size_t topic_max_length = 127;
constexpr std::size_t retry_or_dlq_topic_max_length = 255;
constexpr std::size_t group_max_length = 255;

constexpr bool allowed(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' ||
           c == '%' || c == '|';
}

// Java's Character.isWhitespace as far as it is ASCII; anything else in a name is illegal anyway.
constexpr bool blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || (c >= '\x1c' && c <= '\x1f'); }

}  // namespace

std::string topic_name_error(std::string_view topic) {
    if (std::all_of(topic.begin(), topic.end(), blank)) return "The specified topic is blank.";
    if (!std::all_of(topic.begin(), topic.end(), allowed))
        return "The specified topic contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$";
    const bool longer = topic.starts_with(protocol::retry_topic_prefix) || topic.starts_with(dlq_topic_prefix);
    if (topic.size() > (longer ? retry_or_dlq_topic_max_length : topic_max_length))
        return "The specified topic is longer than topic max length.";
    return {};
}

bool closed_to_senders(std::string_view topic) {
    static constexpr std::array<std::string_view, 6> closed{
        "SCHEDULE_TOPIC_XXXX",        "RMQ_SYS_TRANS_HALF_TOPIC", "RMQ_SYS_TRANS_OP_HALF_TOPIC",
        "TRANS_CHECK_MAX_TIME_TOPIC", "SELF_TEST_TOPIC",          "OFFSET_MOVED_EVENT"};
    return std::find(closed.begin(), closed.end(), topic) != closed.end();
}

bool valid_group_name(std::string_view group) {
    return group.size() <= group_max_length && std::all_of(group.begin(), group.end(), allowed);
}

std::string retry_topic(std::string_view group) { return std::string(protocol::retry_topic_prefix).append(group); }

}  // namespace brokersim::broker
