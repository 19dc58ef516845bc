#include "sim/distribution.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "core/draw.h"
#include "sim/fixed_point.h"

namespace brokersim::sim {
namespace {

constexpr std::int64_t largest_scale = 1LL << 55;
constexpr std::int64_t ln2_q32 = 2'977'044'472;         // 0.69314718055994531 * 2^32
constexpr std::int64_t normal_p99_q32 = 9'991'601'849;  // 2.3263478740408408 * 2^32

}  // namespace

Distribution Distribution::constant(std::int64_t value) {
    BROKERSIM_CHECK(value >= 0, "constant {}", value);
    return {Kind::constant, value, 0};
}

Distribution Distribution::uniform(std::int64_t low, std::int64_t high) {
    BROKERSIM_CHECK(0 <= low && low <= high, "uniform from {} to {}", low, high);
    return {Kind::uniform, low, high};
}

Distribution Distribution::exponential(std::int64_t mean) {
    BROKERSIM_CHECK(0 <= mean && mean <= largest_scale, "exponential with mean {}", mean);
    return {Kind::exponential, mean, 0};
}

Distribution Distribution::log_normal(std::int64_t median, std::int64_t p99) {
    BROKERSIM_CHECK(1 <= median && median <= p99 && p99 <= largest_scale && p99 / median <= 1000,
                    "log-normal with median {} and 99th percentile {}", median, p99);
    const std::int64_t doublings =
        log2_q32(static_cast<std::uint64_t>(p99)) - log2_q32(static_cast<std::uint64_t>(median));
    const auto per_deviation = static_cast<std::int64_t>((static_cast<__int128>(doublings) << 32) / normal_p99_q32);
    return {Kind::log_normal, median, per_deviation};
}

Distribution Distribution::list(std::vector<std::int64_t> values) {
    BROKERSIM_CHECK(!values.empty(), "an empty list");
    std::sort(values.begin(), values.end());
    BROKERSIM_CHECK(values.front() >= 0, "list with {}", values.front());
    Distribution made(Kind::list, 0, 0);
    made.values_ = std::move(values);
    return made;
}

std::int64_t Distribution::sample(std::uint64_t draw) const {
    switch (kind_) {
        case Kind::constant:
            return a_;
        case Kind::uniform:
            return a_ + static_cast<std::int64_t>(below(draw, static_cast<std::uint64_t>(b_ - a_) + 1));
        case Kind::exponential: {
            const auto product =
                static_cast<unsigned __int128>(exponential_quantile_q32(draw)) * static_cast<std::uint64_t>(a_);
            return static_cast<std::int64_t>((product + (1ULL << 31)) >> 32);
        }
        case Kind::log_normal: {
            const __int128 doublings = static_cast<__int128>(normal_quantile_q32(draw)) * b_;
            return times_exp2(a_, static_cast<std::int64_t>(doublings >> 32));
        }
        case Kind::list:
            return values_[below(draw, values_.size())];
    }
    std::unreachable();
}

std::int64_t Distribution::mean() const {
    switch (kind_) {
        case Kind::constant:
        case Kind::exponential:
            return a_;
        case Kind::uniform:
            return a_ + (b_ - a_ + 1) / 2;
        case Kind::log_normal: {
            // exp(s^2 / 2) of a standard deviation s of natural logarithms, s = b ln 2: 2^(b^2 ln 2 / 2).
            const __int128 squared = (static_cast<__int128>(b_) * b_) >> 32;
            return times_exp2(a_, static_cast<std::int64_t>((squared * ln2_q32) >> 33));
        }
        case Kind::list: {
            __int128 sum = 0;
            for (const std::int64_t value : values_) sum += value;
            const auto count = static_cast<__int128>(values_.size());
            return static_cast<std::int64_t>((sum + count / 2) / count);
        }
    }
    std::unreachable();
}

}  // namespace brokersim::sim
