#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "core/types.h"
#include "scenarios/scenario.h"

/// Quantities as scenarios write them: a decimal number and a unit, nothing between or around them. All arithmetic is
/// exact; what does not come out whole, or does not fit 63 bits, is an error. An error is a sentence's end that says
/// what is wrong with the text (`"30" has no unit; units of time are ns, us, ms, s, m, h, d`).
namespace brokersim::scenario {

/// num/den in lowest terms, if both fit. `den` is more than zero.
std::optional<Rational> make_rational(__int128 num, __int128 den);
/// `messages` in `nanoseconds` (more than zero), in lowest terms, if both fit.
std::optional<Rate> make_rate(__int128 messages, __int128 nanoseconds);

/// "250us", "1.5s", "4m" (minutes), "2h", "1d". Never negative.
std::expected<Duration, std::string> parse_duration(std::string_view text);

/// Bytes: "256B", "4KiB", "64MiB", "8GiB", "1TiB", or in powers of ten "1kB", "5MB", "2GB", "1TB".
std::expected<std::int64_t, std::string> parse_size(std::string_view text);

/// "1000/s", "5/m", "0.5/s", "1.5k/s", "2M/h", or in any duration, "3/7ms". More than zero.
std::expected<Rate, std::string> parse_rate(std::string_view text);

/// A plain decimal number: "7", "-0.25", "1e-05".
std::expected<Rational, std::string> parse_decimal(std::string_view text);

/// "30%" is 3/10.
std::expected<Rational, std::string> parse_percent(std::string_view text);

/// "0.5%" is 5000 millionths. Never negative.
std::expected<std::int64_t, std::string> parse_share(std::string_view text);

/// The shortest text that parses back to the same quantity: "1500ms", "64MiB", "5/m".
std::string duration_text(Duration duration);
std::string size_text(std::int64_t bytes);
std::string rate_text(const Rate& rate);
std::string share_text(std::int64_t millionths);
/// As a decimal where that is exact ("7.5"), else as a fraction ("1/3").
std::string decimal_text(const Rational& value);

}  // namespace brokersim::scenario
