#pragma once

#include <cstdint>
#include <vector>

namespace brokersim::sim {

/// A distribution of non-negative integers (nanoseconds or bytes), sampled by a 64-bit draw with integer arithmetic
/// alone: equal on every machine and compiler. A sample never falls when the draw rises, so a draw of q * 2^64 gives
/// the q-quantile. Means are those of the continuous distribution within 1e-4 where values are large against 1.
class Distribution {
public:
    /// Always `value` (>= 0).
    static Distribution constant(std::int64_t value);
    /// Each integer of [low, high] equally often.
    static Distribution uniform(std::int64_t low, std::int64_t high);
    /// Exponential with this mean; the tail ends at 44.4 means (draws have 64 bits). Means up to 2^55.
    static Distribution exponential(std::int64_t mean);
    /// Log-normal given by median (>= 1) and 99th percentile (>= median, at most 1000 times as much); the tails end at
    /// 6.23 standard deviations of the logarithm (p = 2^-32), and at 2^62.
    static Distribution log_normal(std::int64_t median, std::int64_t p99);
    /// Each of the values equally often (repeat a value for more weight); not empty.
    static Distribution list(std::vector<std::int64_t> values);

    std::int64_t sample(std::uint64_t draw) const;
    /// The mean of the continuous distribution (of a list: of its values), rounded to the nearest integer, at most
    /// 2^62. The exponent of a log-normal is exact to 2e-7 in binary logarithms.
    std::int64_t mean() const;

private:
    enum class Kind : std::uint8_t { constant, uniform, exponential, log_normal, list };
    Distribution(Kind kind, std::int64_t a, std::int64_t b) : kind_(kind), a_(a), b_(b) {}

    Kind kind_;
    std::int64_t a_;  // constant: value; uniform: low; exponential: mean; log-normal: median
    std::int64_t b_;  // uniform: high; log-normal: binary logarithms for each standard deviation, 32 fraction bits
    std::vector<std::int64_t> values_;  // list: sorted
};

}  // namespace brokersim::sim
