#pragma once

#include <cstdint>
#include <vector>

namespace brokersim::sim {

/// Zipf's law: numbers 0 ... n-1, of which the k-th (from 1) comes 1 / k^s times as often as the first. s = 0 gives
/// all equally often. Integer arithmetic alone, equal on every machine; weights are exact within 1e-6.
class Zipf {
public:
    /// `n` in 1..2^20; s = exponent_num / exponent_den in 0..4.
    Zipf(std::int64_t n, std::int64_t exponent_num, std::int64_t exponent_den);

    /// The number that belongs to a draw.
    std::int64_t sample(std::uint64_t draw) const;

private:
    std::vector<std::uint64_t> sums_;  // of the weights of all numbers up to this one
};

}  // namespace brokersim::sim
