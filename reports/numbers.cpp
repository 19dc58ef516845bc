#include "reports/numbers.h"

#include <array>

#include <fmt/format.h>

namespace brokersim::report {
namespace {

/// `value` / `unit` with three digits that matter.
std::string three_digits(std::int64_t value, std::int64_t unit) {
    const double ratio = static_cast<double>(value) / static_cast<double>(unit);
    const double size = ratio < 0 ? -ratio : ratio;
    return fmt::format("{:.{}f}", ratio, size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}

}  // namespace

std::string duration_text(std::int64_t ns) {
    constexpr std::int64_t us = 1'000, ms = 1'000'000, s = 1'000'000'000, min = 60 * s, hour = 60 * min;
    if (ns == 0) return "0";
    const std::int64_t size = ns < 0 ? -ns : ns;
    if (size < us) return fmt::format("{} ns", ns);
    if (size < ms) return three_digits(ns, us) + " us";
    if (size < s) return three_digits(ns, ms) + " ms";
    if (size < 2 * min) return three_digits(ns, s) + " s";
    if (size < hour) return fmt::format("{} min {} s", ns / min, size % min / s);
    return fmt::format("{} h {} min", ns / hour, size % hour / min);
}

std::string duration_text(std::optional<std::int64_t> ns, const std::string& absent) {
    return ns ? duration_text(*ns) : absent;
}

std::string count_text(std::int64_t count) {
    const std::string digits = fmt::format("{}", count < 0 ? -count : count);
    std::string grouped = count < 0 ? "-" : "";
    for (std::size_t at = 0; at < digits.size(); ++at) {
        if (at > 0 && (digits.size() - at) % 3 == 0) grouped += ' ';
        grouped += digits[at];
    }
    return grouped;
}

std::string count_text(std::int64_t count, const std::string& noun) {
    return fmt::format("{} {}{}", count_text(count), noun, count == 1 ? "" : "s");
}

std::string rate_text(const scenario::Rate& rate) {
    const double each_second = static_cast<double>(rate.messages) * 1e9 / static_cast<double>(rate.per.count());
    const auto whole = static_cast<std::int64_t>(each_second + 0.5);
    const double rest = each_second - static_cast<double>(whole);
    if (rest < 1e-6 && rest > -1e-6) return count_text(whole) + "/s";
    return fmt::format("{:.3g}/s", each_second);
}

std::string bytes_text(std::int64_t bytes) {
    constexpr std::array units{"KiB", "MiB", "GiB", "TiB", "PiB"};
    if (bytes < 1024) return fmt::format("{} B", bytes);
    std::int64_t unit = 1024;
    std::size_t name = 0;
    while (name + 1 < units.size() && bytes / unit >= 1024) {
        unit *= 1024;
        ++name;
    }
    return fmt::format("{} {}", three_digits(bytes, unit), units[name]);
}

std::string rational_text(const scenario::Rational& value) {
    if (value.den == 1) return count_text(value.num);
    std::string text = fmt::format("{:.3f}", decimal(value));
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text;
}

double decimal(const scenario::Rational& value) {
    return static_cast<double>(value.num) / static_cast<double>(value.den);
}

std::string digest_text(std::uint64_t digest) { return fmt::format("{:016x}", digest); }

}  // namespace brokersim::report
