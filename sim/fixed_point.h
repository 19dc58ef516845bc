#pragma once

#include <cstdint>

/// Logarithms, powers and quantiles with 32 fraction bits, from integer tables with linear interpolation between
/// nodes: monotone, and equal on every machine.
namespace brokersim::sim {

/// log2(value) for value >= 1; error below 2e-7.
std::int64_t log2_q32(std::uint64_t value);
/// scale * 2^exponent, rounded to nearest, at most 2^62; relative error below 2e-7. `scale` in [0, 2^55].
std::int64_t times_exp2(std::int64_t scale, std::int64_t exponent_q32);
/// The quantile of the standard normal distribution at draw / 2^64; error below 2e-5; between -6.23 and 6.23.
std::int64_t normal_quantile_q32(std::uint64_t draw);
/// The quantile of the exponential distribution with mean 1 at draw / 2^64; at most 44.4.
std::uint64_t exponential_quantile_q32(std::uint64_t draw);

}  // namespace brokersim::sim
