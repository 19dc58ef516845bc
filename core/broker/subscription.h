#pragma once

#include <optional>
#include <string_view>

#include "core/store/message_store.h"

namespace brokersim::broker {

/// The tags of a subscription text "A || B" as the codes by which a store filters (RocketMQ's FilterAPI, type TAG);
/// empty for "*" or an empty text: all messages. None if the text is no subscription.
std::optional<store::TagFilter> parse_subscription(std::string_view text);

}  // namespace brokersim::broker
