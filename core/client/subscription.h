#pragma once

#include <string>

#include "core/protocol/messages.h"

namespace brokersim::client {

/// What a subscription expression means (FilterAPI.buildSubscriptionData): empty or "*" is everything; else tags,
/// separated by "||", blanks around them dropped, each with its Java hash code.
protocol::SubscriptionData parse_subscription(const std::string& topic, const std::string& expression,
                                              std::int64_t version);

}  // namespace brokersim::client
