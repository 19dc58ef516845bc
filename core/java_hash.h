#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace brokersim {

/// Java's String.hashCode of a text given in UTF-8: h = 31 * h + c over its UTF-16 code units, wrapping at 32 bits.
/// Malformed bytes count as U+FFFD, as Java's decoder makes them. `before` is the hash of the text that stands before.
std::int32_t java_hash(std::string_view utf8, std::int32_t before = 0);

/// Java's String.length of a text given in UTF-8: its number of UTF-16 code units.
std::size_t java_length(std::string_view utf8);

}  // namespace brokersim
