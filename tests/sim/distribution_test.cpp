#include "sim/distribution.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "core/draw.h"
#include "sim/arrivals.h"
#include "sim/fixed_point.h"

namespace brokersim::sim {
namespace {

constexpr double two_to_64 = 18446744073709551616.0;

std::uint64_t draw_at_quantile(double q) { return static_cast<std::uint64_t>(q * two_to_64); }

/// The mean, by the midpoint rule over the quantiles; the last part of the tail in finer steps.
double mean_of(const Distribution& distribution) {
    constexpr int steps = 200'000;
    double sum = 0;
    for (int i = 0; i < steps - 1; ++i)
        sum += static_cast<double>(distribution.sample(draw_at_quantile((i + 0.5) / steps))) / steps;
    for (double tail = 1.0 / steps; tail > 1e-15; tail /= 2)
        for (int i = 0; i < 1000; ++i) {
            const double beyond = tail / 2 * (1 + (i + 0.5) / 1000);
            sum +=
                static_cast<double>(distribution.sample(~static_cast<std::uint64_t>(beyond * two_to_64))) * tail / 2000;
        }
    return sum;
}

TEST(FixedPoint, LogarithmsArePrecise) {
    for (std::uint64_t v = 1; v < 1ULL << 62; v += v / 7 + 1)
        EXPECT_NEAR(static_cast<double>(log2_q32(v)) / 4294967296.0, std::log2(static_cast<double>(v)), 2e-7) << v;
    EXPECT_EQ(log2_q32(1ULL << 63), 63LL << 32);
}

TEST(FixedPoint, PowersArePreciseAndEndAtTheLargest) {
    for (double e = -20; e < 22; e += 0.0173) {
        const auto q = static_cast<std::int64_t>(e * 4294967296.0);
        const double want = std::exp2(static_cast<double>(q) / 4294967296.0);
        EXPECT_NEAR(static_cast<double>(times_exp2(1LL << 40, q)) / 1099511627776.0 / want, 1, 2e-7 + 1e-6 / want);
    }
    EXPECT_EQ(times_exp2(1, 80LL << 32), 1LL << 62);
    EXPECT_EQ(times_exp2(1, -80LL << 32), 0);
    EXPECT_EQ(times_exp2(1, -(200LL << 32)), 0);
    EXPECT_EQ(times_exp2(0, 80LL << 32), 0);
}

/// Small scales are multiplied in 64 bits, large ones in 128.
RC_GTEST_PROP(FixedPoint, PowersAreRoundedAlikeForSmallAndLargeScales, (std::uint32_t fraction)) {
    const std::int64_t scale = *rc::gen::inRange<std::int64_t>(0, 1LL << 31);
    const std::int64_t whole = *rc::gen::inRange<std::int64_t>(-40, 31);
    const std::int64_t power = times_exp2(1LL << 32, fraction);  // 2^(fraction / 2^32), 32 fraction bits
    const __int128 product = static_cast<__int128>(scale) * power;
    const __int128 rounded = (product + (static_cast<__int128>(1) << (31 - whole))) >> (32 - whole);
    RC_ASSERT(times_exp2(scale, (whole << 32) + fraction) ==
              static_cast<std::int64_t>(std::min<__int128>(rounded, static_cast<__int128>(1) << 62)));
}

TEST(FixedPoint, NormalQuantilesInvertTheNormalDistribution) {
    for (double q = 1e-9; q < 1; q += q < 0.001 ? q / 3 : 0.000137) {
        const double z = static_cast<double>(normal_quantile_q32(draw_at_quantile(q))) / 4294967296.0;
        const double density = std::exp(-z * z / 2) / std::sqrt(2 * M_PI);
        EXPECT_LT(std::fabs(0.5 * std::erfc(-z / std::sqrt(2.0)) - q) / density, 2e-5) << q;
    }
    EXPECT_EQ(normal_quantile_q32(0), -normal_quantile_q32(~0ULL));
    EXPECT_NEAR(static_cast<double>(normal_quantile_q32(~0ULL)) / 4294967296.0, 6.2303, 1e-4);
}

TEST(Distribution, ExponentialHasItsMeanAndQuantiles) {
    const auto service = Distribution::exponential(1'000'000);
    EXPECT_NEAR(mean_of(service) / 1e6, 1, 1e-4);
    EXPECT_NEAR(static_cast<double>(service.sample(draw_at_quantile(0.99))), 4'605'170, 5);
    EXPECT_EQ(service.sample(0), 0);
    EXPECT_NEAR(static_cast<double>(service.sample(~0ULL)) / 1e6, 64 * std::log(2.0), 1e-3);
}

TEST(Distribution, LogNormalHasItsMedianAndTail) {
    const auto latency = Distribution::log_normal(50'000, 300'000);
    EXPECT_NEAR(static_cast<double>(latency.sample(draw_at_quantile(0.5))), 50'000, 1);
    EXPECT_NEAR(static_cast<double>(latency.sample(draw_at_quantile(0.99))), 300'000, 10);
    const double sigma = std::log(6.0) / 2.3263478740408408;
    EXPECT_NEAR(mean_of(latency) / (50'000 * std::exp(sigma * sigma / 2)), 1, 1e-4);
    const auto narrow = Distribution::log_normal(77, 77);
    EXPECT_EQ(narrow.sample(0), 77);
    EXPECT_EQ(narrow.sample(~0ULL), 77);
}

TEST(Distribution, UniformReachesBothEnds) {
    const auto size = Distribution::uniform(3, 6);
    EXPECT_EQ(size.sample(0), 3);
    EXPECT_EQ(size.sample(~0ULL), 6);
    EXPECT_NEAR(mean_of(size), 4.5, 1e-4);
}

TEST(Distribution, AListGivesItsValuesInOrderOfTheDraw) {
    const auto sizes = Distribution::list({900, 100, 100, 500});
    EXPECT_EQ(sizes.sample(draw_at_quantile(0.1)), 100);
    EXPECT_EQ(sizes.sample(draw_at_quantile(0.49)), 100);
    EXPECT_EQ(sizes.sample(draw_at_quantile(0.6)), 500);
    EXPECT_EQ(sizes.sample(draw_at_quantile(0.8)), 900);
    EXPECT_EQ(Distribution::constant(5).sample(12345), 5);
}

RC_GTEST_PROP(Distribution, SamplesNeverFallWhenTheDrawRises, (std::uint64_t a, std::uint64_t step)) {
    const std::uint64_t near = step >> *rc::gen::inRange(0, 63);
    const std::uint64_t b = a + near < a ? ~0ULL : a + near;
    for (const auto& distribution :
         {Distribution::exponential(1LL << 50), Distribution::log_normal(1LL << 40, 1LL << 46),
          Distribution::uniform(1, 1LL << 60), Distribution::list({1, 7, 4})})
        RC_ASSERT(distribution.sample(a) <= distribution.sample(b));
}

TEST(Arrivals, FixedOnesDoNotDrift) {
    constexpr Rate thirds{3, std::chrono::seconds(1)};
    static_assert(fixed_arrival(thirds, 0) == Duration::zero());
    static_assert(fixed_arrival(thirds, 1) == Duration(333'333'333));
    static_assert(fixed_arrival(thirds, 3'000'000'000) == std::chrono::seconds(1'000'000'000));
}

TEST(Arrivals, PoissonOnesKeepTheirRate) {
    PoissonArrivals arrivals({100'000, std::chrono::seconds(1)});
    constexpr std::uint64_t count = 1'000'000;
    Duration last{};
    for (std::uint64_t n = 0; n < count; ++n) {
        const Duration time = arrivals.next(draw_key(7, Purpose::arrival, 0, n));
        ASSERT_LE(last, time);
        last = time;
    }
    EXPECT_NEAR(static_cast<double>(last.count()) / 1e10, 1, 0.004);  // four standard deviations
}

}  // namespace
}  // namespace brokersim::sim
