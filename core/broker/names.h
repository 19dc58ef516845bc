#pragma once

#include <string>
#include <string_view>

namespace brokersim::broker {

inline constexpr std::string_view auto_create_topic = "TBW102";  // the template of topics made by sending
inline constexpr std::string_view dlq_topic_prefix = "%DLQ%";

/// Why `topic` is no name for a topic (RocketMQ's TopicValidator); empty if it is one.
std::string topic_name_error(std::string_view topic);
/// Whether clients may not send to the topic (TopicValidator's list, RocketMQ 5.3).
bool closed_to_senders(std::string_view topic);
/// Whether the name may be a consumer group's that is made on demand (SubscriptionGroupManager).
bool valid_group_name(std::string_view group);

/// "%RETRY%" + group.
std::string retry_topic(std::string_view group);

}  // namespace brokersim::broker
