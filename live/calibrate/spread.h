#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace brokersim::live {

/// Many measurements of one thing in a few numbers, in the unit of the measurements.
struct Spread {
    std::int64_t typical =
        0;                 // the mean without the slowest hundredth, at least one: what a model needs for throughput
    std::int64_t low = 0;  // a tenth is below
    std::int64_t median = 0;
    std::int64_t high = 0;  // a tenth is above
    std::size_t count = 0;  // 0: nothing was measured
};

/// `values`: the larger, the slower.
Spread spread_of(std::vector<std::int64_t> values);

}  // namespace brokersim::live
