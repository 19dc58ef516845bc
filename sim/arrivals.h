#pragma once

#include <cstdint>

#include "sim/types.h"

namespace brokersim::sim {

/// So many arrivals in so much time: an exact rational.
struct Rate {
    std::int64_t count;  // >= 1
    Duration per;        // > 0
};

/// Evenly spaced arrivals: number n comes n * per / count after the start, rounded down; nothing adds up.
constexpr Duration fixed_arrival(Rate rate, std::uint64_t n) {
    const auto product = static_cast<unsigned __int128>(n) * static_cast<std::uint64_t>(rate.per.count());
    return Duration(static_cast<std::int64_t>(product / static_cast<std::uint64_t>(rate.count)));
}

/// Poisson arrivals: gaps are exponential, one draw each, and add up in 2^-32 ns, so that the rate is kept exactly.
class PoissonArrivals {
public:
    explicit PoissonArrivals(Rate rate) : rate_(rate) {}
    /// Time of the next arrival since the start, one gap (given by `draw`) after the last one.
    Duration next(std::uint64_t draw);

private:
    Rate rate_;
    unsigned __int128 elapsed_ = 0;  // ns, 32 fraction bits
};

}  // namespace brokersim::sim
