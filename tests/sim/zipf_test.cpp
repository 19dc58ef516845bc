#include "sim/zipf.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/draw.h"

namespace brokersim::sim {
namespace {

/// How many of the 2^16 evenly spread draws give each number.
std::vector<std::int64_t> counts(const Zipf& zipf, std::int64_t n) {
    std::vector<std::int64_t> all(static_cast<std::size_t>(n));
    for (std::uint64_t i = 0; i < 1U << 16; ++i) ++all[static_cast<std::size_t>(zipf.sample(i << 48))];
    return all;
}

TEST(Zipf, gives_each_number_its_share) {
    EXPECT_EQ(counts(Zipf(4, 0, 1), 4), (std::vector<std::int64_t>{16384, 16384, 16384, 16384}));
    const auto halves = counts(Zipf(3, 1, 1), 3);  // 6 : 3 : 2
    EXPECT_NEAR(static_cast<double>(halves[0]), 65536.0 * 6 / 11, 2);
    EXPECT_NEAR(static_cast<double>(halves[2]), 65536.0 * 2 / 11, 2);
    const auto roots = counts(Zipf(4, 1, 2), 4);  // the fourth half as often as the first
    EXPECT_NEAR(static_cast<double>(roots[0]), 2.0 * static_cast<double>(roots[3]), 3);
    EXPECT_EQ(Zipf(1, 3, 1).sample(~0ULL), 0);
    EXPECT_EQ(Zipf(1 << 20, 4, 1).sample(~0ULL), (1 << 20) - 1);
}

RC_GTEST_PROP(ZipfProperty, later_numbers_never_come_more_often, ()) {
    const auto n = *rc::gen::inRange<std::int64_t>(1, 50);
    const auto num = *rc::gen::inRange<std::int64_t>(0, 41);
    const auto all = counts(Zipf(n, num, 10), n);
    for (std::size_t i = 1; i < all.size(); ++i) RC_ASSERT(all[i] <= all[i - 1] + 1);
    const std::uint64_t draw = *rc::gen::arbitrary<std::uint64_t>();
    const auto sample = Zipf(n, num, 10).sample(draw);
    RC_ASSERT(sample >= 0 && sample < n);
}

}  // namespace
}  // namespace brokersim::sim
