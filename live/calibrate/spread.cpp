#include "live/calibrate/spread.h"

#include <algorithm>
#include <numeric>

namespace brokersim::live {

Spread spread_of(std::vector<std::int64_t> values) {
    Spread spread;
    if (values.empty()) return spread;
    std::ranges::sort(values);
    const std::size_t count = values.size();
    const std::size_t kept = count < 3 ? count : count - std::max<std::size_t>(count / 100, 1);
    const auto end = values.begin() + static_cast<std::ptrdiff_t>(kept);
    spread.typical = std::accumulate(values.begin(), end, std::int64_t{0}) / static_cast<std::int64_t>(kept);
    spread.low = values[count / 10];
    spread.median = values[count / 2];
    spread.high = values[count - 1 - count / 10];
    spread.count = count;
    return spread;
}

}  // namespace brokersim::live
