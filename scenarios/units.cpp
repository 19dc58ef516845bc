#include "scenarios/units.h"

#include <array>
#include <numeric>
#include <optional>
#include <span>

#include <fmt/format.h>

#include "core/check.h"

namespace brokersim::scenario {

namespace {

struct Unit {
    std::string_view name;
    std::int64_t factor;
};

constexpr std::array<Unit, 7> time_units{{{"ns", 1},
                                          {"us", 1'000},
                                          {"ms", 1'000'000},
                                          {"s", 1'000'000'000},
                                          {"m", 60'000'000'000},
                                          {"h", 3'600'000'000'000},
                                          {"d", 86'400'000'000'000}}};
constexpr std::array<Unit, 9> size_units{{{"B", 1},
                                          {"kB", 1'000},
                                          {"MB", 1'000'000},
                                          {"GB", 1'000'000'000},
                                          {"TB", 1'000'000'000'000},
                                          {"KiB", 1LL << 10},
                                          {"MiB", 1LL << 20},
                                          {"GiB", 1LL << 30},
                                          {"TiB", 1LL << 40}}};
constexpr std::array<Unit, 4> rate_units{
    {{"s", 1'000'000'000}, {"m", 60'000'000'000}, {"h", 3'600'000'000'000}, {"d", 86'400'000'000'000}}};

std::string unit_list(std::span<const Unit> units) {
    std::string list;
    for (const Unit& unit : units) list += (list.empty() ? "" : ", ") + std::string(unit.name);
    return list;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string too_large(std::string_view text) { return fmt::format("\"{}\" is too large", text); }

/// num/den of a decimal without sign, not reduced; den is a power of ten.
struct Decimal {
    std::int64_t num = 0;
    std::int64_t den = 1;
};

/// Takes digits, and perhaps a point and more digits, off the front of `text`. Nothing if there is no digit before or
/// after the point; an error if the number does not fit.
std::expected<std::optional<Decimal>, std::string> take_decimal(std::string_view& text) {
    const std::string_view whole = text;
    Decimal decimal;
    bool point = false;
    std::size_t digits = 0;
    for (; !text.empty() && (is_digit(text.front()) || (text.front() == '.' && !point)); text.remove_prefix(1)) {
        if (text.front() == '.') {
            point = true;
            if (digits == 0) return std::optional<Decimal>{};
            digits = 0;
            continue;
        }
        ++digits;
        if (__builtin_mul_overflow(decimal.num, 10, &decimal.num) ||
            __builtin_add_overflow(decimal.num, text.front() - '0', &decimal.num) ||
            (point && __builtin_mul_overflow(decimal.den, 10, &decimal.den)))
            return std::unexpected(too_large(whole));
    }
    if (digits == 0) return std::optional<Decimal>{};
    return decimal;
}

/// Reads "NUMBER UNIT" where the result counts the unit with factor 1.
std::expected<std::int64_t, std::string> parse_quantity(std::string_view text, std::span<const Unit> units,
                                                        std::string_view what, std::string_view smallest) {
    std::string_view rest = text;
    if (rest.starts_with('-')) return std::unexpected(fmt::format("\"{}\" is negative", text));
    const auto decimal = take_decimal(rest);
    if (!decimal) return std::unexpected(decimal.error());
    if (!*decimal) return std::unexpected(fmt::format("\"{}\" does not begin with a number", text));
    if (rest.empty())
        return std::unexpected(fmt::format("\"{}\" has no unit; units of {} are {}", text, what, unit_list(units)));
    for (const Unit& unit : units) {
        if (unit.name != rest) continue;
        const __int128 product = static_cast<__int128>((*decimal)->num) * unit.factor;
        if (product % (*decimal)->den != 0)
            return std::unexpected(fmt::format("\"{}\" is not a whole number of {}", text, smallest));
        const __int128 value = product / (*decimal)->den;
        if (value > INT64_MAX) return std::unexpected(too_large(text));
        return static_cast<std::int64_t>(value);
    }
    return std::unexpected(
        fmt::format("\"{}\" has the unknown unit `{}`; units of {} are {}", text, rest, what, unit_list(units)));
}

/// The largest unit of `units` (from largest to smallest, the last one 1) that divides `value`.
template <std::size_t N>
std::string in_largest_unit(std::int64_t value, const std::array<Unit, N>& units) {
    for (const Unit& unit : units)
        if (value % unit.factor == 0 && (value != 0 || unit.factor == 1))
            return fmt::format("{}{}", value / unit.factor, unit.name);
    BROKERSIM_CHECK(false, "the last unit divides everything");
    return {};
}

/// What stands after the slash of the rate `text`: a unit alone, or a duration.
std::expected<Duration, std::string> period(std::string_view text, std::string_view per) {
    for (const Unit& unit : rate_units)
        if (unit.name == per) return Duration(unit.factor);
    if (!per.empty() && is_digit(per.front())) {
        const auto duration = parse_duration(per);
        if (!duration || *duration > Duration::zero()) return duration;
    }
    return std::unexpected(fmt::format("\"{}\" has the unknown unit `{}`; after the slash stands one of {}", text, per,
                                       unit_list(rate_units)));
}

}  // namespace

std::optional<Rational> make_rational(__int128 num, __int128 den) {
    BROKERSIM_CHECK(den > 0, "a denominator is positive");
    __int128 a = num < 0 ? -num : num;
    __int128 b = den;
    while (b != 0) {
        const __int128 c = a % b;
        a = b;
        b = c;
    }
    num /= a;
    den /= a;
    if (num > INT64_MAX || num < -INT64_MAX || den > INT64_MAX) return std::nullopt;
    return Rational{static_cast<std::int64_t>(num), static_cast<std::int64_t>(den)};
}

std::optional<Rate> make_rate(__int128 messages, __int128 nanoseconds) {
    const auto ratio = make_rational(messages, nanoseconds);
    if (!ratio) return std::nullopt;
    return Rate{ratio->num, Duration(ratio->den)};
}

std::expected<Duration, std::string> parse_duration(std::string_view text) {
    const auto value = parse_quantity(text, time_units, "time", "nanoseconds");
    if (!value) return std::unexpected(value.error());
    return Duration(*value);
}

std::expected<std::int64_t, std::string> parse_size(std::string_view text) {
    return parse_quantity(text, size_units, "size", "bytes");
}

std::expected<Rate, std::string> parse_rate(std::string_view text) {
    std::string_view rest = text;
    if (rest.starts_with('-')) return std::unexpected(fmt::format("\"{}\" is negative", text));
    const auto decimal = take_decimal(rest);
    if (!decimal) return std::unexpected(decimal.error());
    if (!*decimal) return std::unexpected(fmt::format("\"{}\" does not begin with a number", text));
    std::int64_t thousand = 1;
    if (rest.starts_with('k')) thousand = 1'000;
    if (rest.starts_with('M')) thousand = 1'000'000;
    if (thousand > 1) rest.remove_prefix(1);
    if (!rest.starts_with('/'))
        return std::unexpected(
            fmt::format("\"{}\" is not a rate such as \"1000/s\" or \"1.5k/s\"; after the slash stands "
                        "one of {}",
                        text, unit_list(rate_units)));
    rest.remove_prefix(1);
    const auto per = period(text, rest);
    if (!per) return std::unexpected(per.error());
    if ((*decimal)->num == 0) return std::unexpected(fmt::format("\"{}\" is no rate: it is zero", text));
    const auto rate = make_rate(static_cast<__int128>((*decimal)->num) * thousand,
                                static_cast<__int128>((*decimal)->den) * per->count());
    if (!rate) return std::unexpected(too_large(text));
    return *rate;
}

std::expected<Rational, std::string> parse_decimal(std::string_view text) {
    std::string_view rest = text;
    const bool negative = rest.starts_with('-');
    if (negative) rest.remove_prefix(1);
    const auto decimal = take_decimal(rest);
    if (!decimal) return std::unexpected(decimal.error());
    const auto no_number = [&] { return std::unexpected(fmt::format("\"{}\" is not a number", text)); };
    if (!*decimal) return no_number();
    __int128 num = negative ? -(*decimal)->num : (*decimal)->num;
    __int128 den = (*decimal)->den;
    if (rest.starts_with('e') || rest.starts_with('E')) {
        rest.remove_prefix(1);
        const bool down = rest.starts_with('-');
        if (down || rest.starts_with('+')) rest.remove_prefix(1);
        if (rest.empty() || rest.size() > 3) return no_number();
        std::int64_t exponent = 0;
        for (; !rest.empty() && is_digit(rest.front()); rest.remove_prefix(1))
            exponent = exponent * 10 + rest.front() - '0';
        if (num == 0) exponent = 0;
        if (exponent > 18) return std::unexpected(too_large(text));
        for (; exponent > 0; --exponent) (down ? den : num) *= 10;
    }
    if (!rest.empty()) return no_number();
    const auto value = make_rational(num, den);
    if (!value) return std::unexpected(too_large(text));
    return *value;
}

std::expected<Rational, std::string> parse_percent(std::string_view text) {
    if (!text.ends_with('%')) return std::unexpected(fmt::format("\"{}\" does not end with %", text));
    const auto number = parse_decimal(text.substr(0, text.size() - 1));
    if (!number) return std::unexpected(fmt::format("\"{}\" is not a number of per cent", text));
    const auto value = make_rational(number->num, static_cast<__int128>(number->den) * 100);
    if (!value) return std::unexpected(too_large(text));
    return *value;
}

std::expected<std::int64_t, std::string> parse_share(std::string_view text) {
    constexpr std::int64_t millionths = 1'000'000;
    const auto value = parse_percent(text);
    if (!value) return std::unexpected(value.error());
    if (value->num < 0) return std::unexpected(fmt::format("\"{}\" is negative", text));
    const auto whole = make_rational(static_cast<__int128>(value->num) * millionths, value->den);
    if (!whole) return std::unexpected(too_large(text));
    if (whole->den != 1) return std::unexpected(fmt::format("\"{}\" is finer than 0.0001%", text));
    return whole->num;
}

std::string share_text(std::int64_t millionths) { return decimal_text(*make_rational(millionths, 10'000)) + "%"; }

std::string duration_text(Duration duration) {
    static constexpr std::array<Unit, 7> units{time_units[6], time_units[5], time_units[4], time_units[3],
                                               time_units[2], time_units[1], time_units[0]};
    if (duration == Duration::zero()) return "0s";
    return in_largest_unit(duration.count(), units);
}

std::string size_text(std::int64_t bytes) {
    static constexpr std::array<Unit, 5> twos{size_units[8], size_units[7], size_units[6], size_units[5],
                                              size_units[0]};
    static constexpr std::array<Unit, 5> tens{size_units[4], size_units[3], size_units[2], size_units[1],
                                              size_units[0]};
    const std::string in_twos = in_largest_unit(bytes, twos);
    const std::string in_tens = in_largest_unit(bytes, tens);
    return in_tens.size() < in_twos.size() ? in_tens : in_twos;
}

std::string rate_text(const Rate& rate) {
    for (const Unit& unit : rate_units) {
        const auto in_unit =
            make_rational(static_cast<__int128>(rate.messages) * unit.factor, static_cast<__int128>(rate.per.count()));
        if (in_unit && in_unit->den == 1) return fmt::format("{}/{}", in_unit->num, unit.name);
    }
    return fmt::format("{}/{}", rate.messages, duration_text(rate.per));
}

std::string decimal_text(const Rational& value) {
    std::int64_t den = value.den;
    std::int64_t scale = 1;
    int places = 0;
    while (den != 1 && places < 18) {
        const std::int64_t common = std::gcd(den, std::int64_t{10});
        if (common == 1) break;
        den /= common;
        scale *= 10;
        ++places;
    }
    if (den != 1) return fmt::format("{}/{}", value.num, value.den);
    const __int128 scaled = (value.num < 0 ? -static_cast<__int128>(value.num) : value.num) * (scale / value.den);
    const std::string_view sign = value.num < 0 ? "-" : "";
    const auto whole = static_cast<std::uint64_t>(scaled / scale);
    if (places == 0) return fmt::format("{}{}", sign, whole);
    return fmt::format("{}{}.{:0>{}}", sign, whole, static_cast<std::int64_t>(scaled % scale), places);
}

}  // namespace brokersim::scenario
