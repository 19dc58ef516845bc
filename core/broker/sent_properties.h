#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace brokersim::broker {

/// What a broker looks for in the properties of a message that it is sent.
struct SentProperties {
    std::int64_t delay_level = 0;
    bool transactional = false;       // TRAN_MSG is true: a half message
    std::size_t unique_key_at = 0;    // where the value of UNIQ_KEY stands in the properties, once they are stripped
    std::size_t unique_key_size = 0;  // 0: there is none
};

/// Makes the properties of a message that came in those that are stored, in place: POP_CK, WAIT and CLUSTER go, and so
/// do pairs that decoding would skip; each pair left ends with its separator. Tells what was met. (RocketMQ decodes
/// into a map and encodes again; the order of pairs is nobody's business.)
SentProperties strip_properties(std::string& properties);

}  // namespace brokersim::broker
