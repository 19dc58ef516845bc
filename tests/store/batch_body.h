#pragma once

#include <string>
#include <vector>

#include "core/store/big_endian.h"

namespace brokersim::store::testing {

struct BatchMessage {
    std::string body;
    std::string properties;
    std::int32_t flag = 0;
};

/// The body of a SEND_BATCH request, as clients write it.
inline std::string batch_body(const std::vector<BatchMessage>& messages) {
    std::string out;
    const auto number = [&out](auto value) {
        std::byte bytes[sizeof(value)];
        save_big(bytes, value);
        out.append(reinterpret_cast<const char*>(bytes), sizeof(value));
    };
    for (const auto& message : messages) {
        number(static_cast<std::int32_t>(22 + message.body.size() + message.properties.size()));
        number(std::int32_t{0});
        number(std::int32_t{0});
        number(message.flag);
        number(static_cast<std::int32_t>(message.body.size()));
        out += message.body;
        number(static_cast<std::int16_t>(message.properties.size()));
        out += message.properties;
    }
    return out;
}

}  // namespace brokersim::store::testing
