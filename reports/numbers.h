#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "scenarios/scenario.h"

/// How reports write numbers. Everything comes in as integers or exact ratios; only here do they become decimals.
namespace brokersim::report {

/// "950 us", "1.30 s", "2 min 5 s": three digits that matter, the unit that suits; "0" for zero.
std::string duration_text(std::int64_t ns);
/// The same; `absent` if there is none.
std::string duration_text(std::optional<std::int64_t> ns, const std::string& absent);
/// "1 234 567": digits in groups of three.
std::string count_text(std::int64_t count);
/// "1 queue", "1 234 queues".
std::string count_text(std::int64_t count, const std::string& noun);
/// "5 000/s": messages in each second.
std::string rate_text(const scenario::Rate& rate);
/// "12.3 MiB".
std::string bytes_text(std::int64_t bytes);
/// "3", "7.25": at most three decimals.
std::string rational_text(const scenario::Rational& value);
/// The nearest double, for JSON and charts.
double decimal(const scenario::Rational& value);
/// "9f0c01234567abcd".
std::string digest_text(std::uint64_t digest);

}  // namespace brokersim::report
