#include "core/store/delay_levels.h"

#include <algorithm>
#include <charconv>

namespace brokersim::store {
namespace {

std::int64_t unit_ms(char unit) {
    switch (unit) {
        case 's':
            return 1000;
        case 'm':
            return 60'000;
        case 'h':
            return 3'600'000;
        case 'd':
            return 86'400'000;
        default:
            return 0;
    }
}

}  // namespace

std::expected<DelayLevels, std::string> DelayLevels::parse(std::string_view text) {
    DelayLevels levels;
    while (!text.empty()) {
        const auto space = text.find(' ');
        const auto word = text.substr(0, space);
        text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
        if (word.empty()) continue;
        std::int64_t number = 0;
        const char* digits_end = word.data() + word.size() - 1;
        const auto [end, error] = std::from_chars(word.data(), digits_end, number);
        const std::int64_t unit = unit_ms(word.back());
        if (error != std::errc{} || end != digits_end || unit == 0 || number < 0 || number > INT64_MAX / 86'400'000)
            return std::unexpected("no delay: " + std::string(word));
        levels.delays_.push_back(number * unit);
    }
    return levels;
}

std::int64_t DelayLevels::delay_ms(std::int32_t level) const {
    return level < 1 || level > max_level() ? 1000 : delays_[static_cast<std::size_t>(level - 1)];
}

std::int64_t DelayLevels::due_time(std::string_view delay_property, std::int64_t store_timestamp) const {
    std::int32_t level = 0;
    const char* const text_end = delay_property.data() + delay_property.size();
    const auto [end, error] = std::from_chars(delay_property.data(), text_end, level);
    if (error != std::errc{} || end != text_end) return 0;
    level = std::min(level, max_level());
    return level > 0 ? store_timestamp + delay_ms(level) : 0;
}

}  // namespace brokersim::store
