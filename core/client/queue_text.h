#pragma once

#include <string>

#include <fmt/format.h>

#include "core/protocol/messages.h"

namespace brokersim::client {

/// MessageQueue.toString() of the real client: the key of a queue in consistent hashing, and its name in exceptions.
inline std::string queue_text(const protocol::MessageQueue& queue) {
    return fmt::format("MessageQueue [topic={}, brokerName={}, queueId={}]", queue.topic, queue.broker, queue.queue_id);
}

}  // namespace brokersim::client
