#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A message's properties as they lie in records and requests: `name 0x01 value 0x02` repeated (RocketMQ's
/// MessageDecoder). The rules of reading are its own: a pair with an empty name or value does not count, the later of
/// two equal names wins, a value may contain 0x01, the last 0x02 may be missing.
namespace brokersim::store {

namespace property {
inline constexpr std::string_view keys = "KEYS";
inline constexpr std::string_view tags = "TAGS";
inline constexpr std::string_view wait = "WAIT";
inline constexpr std::string_view delay = "DELAY";
inline constexpr std::string_view uniq_key = "UNIQ_KEY";
inline constexpr std::string_view multi_dispatch = "INNER_MULTI_DISPATCH";
inline constexpr std::string_view crc = "__CRC32#";
}  // namespace property

/// The value of `name`; empty if it is not there.
std::string_view find_property(std::string_view properties, std::string_view name);

/// The values by which a message is entered into queues and index, found in one pass; empty where they are not there.
struct DispatchProperties {
    std::string_view tags;
    std::string_view keys;
    std::string_view uniq_key;
    std::string_view delay;
};
DispatchProperties dispatch_properties(std::string_view properties);

/// Appends a pair to a properties string; a separator is added first if the string lacks its last one.
void append_property(std::string& properties, std::string_view name, std::string_view value);

/// Appends the pairs of another properties string; a separator is added between both if it is missing.
void append_properties(std::string& properties, std::string_view more);

/// All pairs in the order in which they stand; of equal names only the last pair.
std::vector<std::pair<std::string_view, std::string_view>> decode_properties(std::string_view properties);

}  // namespace brokersim::store
