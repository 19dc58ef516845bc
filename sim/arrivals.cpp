#include "sim/arrivals.h"

#include "sim/fixed_point.h"

namespace brokersim::sim {

Duration PoissonArrivals::next(std::uint64_t draw) {
    const auto gap =
        static_cast<unsigned __int128>(exponential_quantile_q32(draw)) * static_cast<std::uint64_t>(rate_.per.count());
    elapsed_ += gap / static_cast<std::uint64_t>(rate_.count);
    return Duration(static_cast<std::int64_t>(elapsed_ >> 32));
}

}  // namespace brokersim::sim
