#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>
#include <system_error>

namespace brokersim {

/// The number that all of `text` is in decimal, a minus sign before it if it is negative; nothing if it is anything
/// else, or does not fit.
template <std::integral Integer>
std::optional<Integer> whole_number(std::string_view text) {
    Integer number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace brokersim
