#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

#include "scenarios/histogram.h"

namespace brokersim::scenario {
namespace {

TEST(Histogram, IsEmptyAtFirst) {
    EXPECT_EQ(Histogram{}.quantile(500), 0);
    EXPECT_EQ(Histogram{}.max(), 0);
}

TEST(Histogram, IsExactForSmallValues) {
    Histogram histogram;
    for (std::int64_t value = 0; value < 100; ++value) histogram.add(value);
    EXPECT_EQ(histogram.quantile(500), 49);
    EXPECT_EQ(histogram.quantile(990), 98);
    EXPECT_EQ(histogram.quantile(1000), 99);
    EXPECT_EQ(histogram.quantile(0), 0);
    EXPECT_EQ(static_cast<std::int64_t>(histogram.sum()), 4950);
}

TEST(Histogram, CountsANegativeValueAsZero) {
    Histogram histogram;
    histogram.add(-5);
    EXPECT_EQ(histogram.max(), 0);
    EXPECT_EQ(histogram.count(), 1U);
}

RC_GTEST_PROP(Histogram, QuantilesAreWithinOnePercent, ()) {
    const auto bits = rc::gen::inRange(1, 60);
    const auto value =
        rc::gen::mapcat(bits, [](int width) { return rc::gen::inRange<std::int64_t>(0, std::int64_t{1} << width); });
    auto values = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::int64_t>>(value));
    Histogram histogram, one, two;
    for (std::size_t i = 0; i < values.size(); ++i) {
        histogram.add(values[i]);
        (i % 2 == 0 ? one : two).add(values[i]);
    }
    std::ranges::sort(values);
    for (std::uint32_t per_mille : {1U, 100U, 500U, 900U, 990U, 999U, 1000U}) {
        const std::size_t rank = std::max<std::size_t>(1, (values.size() * per_mille + 999) / 1000);
        const std::int64_t exact = values[rank - 1];
        const std::int64_t got = histogram.quantile(per_mille);
        RC_ASSERT(std::abs(got - exact) <= exact / 100);
    }
    RC_ASSERT(histogram.max() == values.back());
    one.merge(two);
    RC_ASSERT(one.quantile(500) == histogram.quantile(500));
    RC_ASSERT(one.sum() == histogram.sum());
}

}  // namespace
}  // namespace brokersim::scenario
