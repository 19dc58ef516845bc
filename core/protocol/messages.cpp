#include "core/protocol/messages.h"

#include <fmt/format.h>

namespace brokersim::protocol {

std::string queue_name(const MessageQueue& queue) { return queue_name(queue.topic, queue.broker, queue.queue_id); }

std::string queue_name(const std::string& topic, const std::string& broker, std::int32_t queue_id) {
    return fmt::format("{}@{}:{}", topic, broker, queue_id);
}

std::string to_text(Address address) {
    return fmt::format("{}.{}.{}.{}:{}", address.ip >> 24, address.ip >> 16 & 0xFF, address.ip >> 8 & 0xFF,
                       address.ip & 0xFF, address.port);
}

}  // namespace brokersim::protocol
