#pragma once

#include <optional>
#include <string_view>

#include "core/protocol/frame.h"
#include "scenarios/event.h"

namespace brokersim::scenario {

/// What the payload of a request is in the management of groups; nothing if it is something else.
std::optional<GroupRequest> group_request_of(const protocol::Payload& payload);
/// Whether that payload is about the group. A heartbeat of RocketMQ's may be about several.
bool names_group(const protocol::Payload& payload, std::string_view group);

}  // namespace brokersim::scenario
