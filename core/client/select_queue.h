#pragma once

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/java_hash.h"

namespace brokersim::client {

/// RocketMQ's SelectMessageQueueByHash: the queue, of `queues` > 0, of a message that is sent with a text as argument.
inline std::int32_t select_by_hash(std::string_view argument, std::int32_t queues) {
    return std::abs(java_hash(argument) % queues);
}

}  // namespace brokersim::client
