#include "sim/zipf.h"

#include <algorithm>

#include "core/check.h"
#include "core/draw.h"
#include "sim/fixed_point.h"

namespace brokersim::sim {

namespace {

constexpr std::int64_t first_weight = 1LL << 40;

}  // namespace

Zipf::Zipf(std::int64_t n, std::int64_t exponent_num, std::int64_t exponent_den) {
    BROKERSIM_CHECK(n >= 1 && n <= 1 << 20, "{} numbers", n);
    BROKERSIM_CHECK(exponent_num >= 0 && exponent_den > 0 && exponent_num / 4 <= exponent_den, "exponent {}/{}",
                    exponent_num, exponent_den);
    sums_.reserve(static_cast<std::size_t>(n));
    std::uint64_t sum = 0;
    for (std::int64_t k = 1; k <= n; ++k) {
        const auto power = static_cast<std::int64_t>(static_cast<__int128>(log2_q32(static_cast<std::uint64_t>(k))) *
                                                     exponent_num / exponent_den);
        sum += static_cast<std::uint64_t>(std::max<std::int64_t>(1, times_exp2(first_weight, -power)));
        sums_.push_back(sum);
    }
}

std::int64_t Zipf::sample(std::uint64_t draw) const {
    const std::uint64_t at = below(draw, sums_.back());
    return std::upper_bound(sums_.begin(), sums_.end(), at) - sums_.begin();
}

}  // namespace brokersim::sim
