#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace brokersim::live {

/// `text` as a JSON string, in ASCII with \uXXXX; bytes that are no UTF-8 become U+FFFD.
std::string json_string(std::string_view text);

/// `text` for a terminal: what is not printable ASCII is written as in a JSON string.
std::string printable(std::string_view text);

/// Builds one JSON object on one line, key by key in the order of the calls: `{"key": value, "key": value}`.
class JsonLine {
public:
    explicit JsonLine(std::string_view kind) { text("t", kind); }

    JsonLine& text(std::string_view key, std::string_view value) { return raw(key, json_string(value)); }
    JsonLine& number(std::string_view key, std::int64_t value) { return raw(key, std::to_string(value)); }
    JsonLine& null(std::string_view key) { return raw(key, "null"); }
    /// A value that is JSON already.
    JsonLine& raw(std::string_view key, std::string_view json);
    /// The line, without its end; the builder is used up.
    std::string finish() { return std::move(line_) + '}'; }

private:
    std::string line_ = "{";
};

}  // namespace brokersim::live
