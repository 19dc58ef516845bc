#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace brokersim::store {

/// One message of a SEND_BATCH request's body; views into it.
struct BatchPart {
    std::int32_t flag = 0;
    std::span<const std::byte> body;
    std::string_view properties;
};

/// Splits the body of a SEND_BATCH request: for each message its size, magic and checksum (which nobody looks at),
/// flag, body and properties (MessageExtEncoder.encode). Empty if its lengths do not add up, or if there is no message.
std::optional<std::vector<BatchPart>> decode_batch(std::span<const std::byte> body);

}  // namespace brokersim::store
