#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// JSON strings as fastjson 1.2.83 writes them.
namespace brokersim::protocol {

/// Bytes that `text` (UTF-8) takes inside a JSON string: quotes, backslashes and \b \t \n \f \r are escaped with one
/// backslash; other control characters, U+007F to U+009F, U+2028 and U+2029 as \uXXXX; everything else goes out as it
/// is, broken UTF-8 included.
std::size_t escaped_size(std::string_view text);

/// Writes those bytes to `out`, which has escaped_size(text) of them, and returns the end.
char* write_escaped(char* out, std::string_view text);

/// Appends a code point to `text` as UTF-8.
void append_utf8(std::string& text, char32_t code_point);

}  // namespace brokersim::protocol
