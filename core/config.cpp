#include "core/config.h"

#include <fmt/format.h>

#include "core/whole_number.h"

namespace brokersim::detail {

std::expected<std::int64_t, KeyError> parse_bounded(std::string_view text, std::int64_t min, std::int64_t max) {
    const auto value = whole_number<std::int64_t>(text);
    if (!value)
        return std::unexpected(KeyError{KeyErrorCode::bad_value, fmt::format("\"{}\" is not a whole number", text)});
    if (*value < min || *value > max)
        return std::unexpected(
            KeyError{KeyErrorCode::out_of_range, fmt::format("{} lies outside {}..{}", *value, min, max)});
    return *value;
}

std::expected<bool, KeyError> parse_bool(std::string_view text) {
    if (text == "true") return true;
    if (text == "false") return false;
    return std::unexpected(KeyError{KeyErrorCode::bad_value, fmt::format("\"{}\" is neither true nor false", text)});
}

}  // namespace brokersim::detail
