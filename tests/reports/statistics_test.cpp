#include "reports/statistics.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

namespace brokersim::report {
namespace {

std::vector<double> up_to(int n) {
    std::vector<double> values;
    for (int i = 1; i <= n; ++i) values.push_back(i);
    return values;
}

TEST(MedianInterval, IsThatOfTheTables) {
    const MedianInterval six = median_interval(up_to(6), 0.95);
    EXPECT_EQ(six.median, 3.5);
    EXPECT_EQ(six.low, 1);
    EXPECT_EQ(six.high, 6);
    EXPECT_NEAR(six.coverage, 0.96875, 1e-12);
    const MedianInterval twenty = median_interval(up_to(20), 0.95);
    EXPECT_EQ(twenty.low, 6);
    EXPECT_EQ(twenty.high, 15);
    EXPECT_NEAR(twenty.coverage, 0.9586, 1e-4);
}

TEST(MedianInterval, OfTooFewValuesIsAllOfThemAndSaysSo) {
    const MedianInterval five = median_interval({3, 1, 5, 2, 4}, 0.95);
    EXPECT_EQ(five.low, 1);
    EXPECT_EQ(five.high, 5);
    EXPECT_NEAR(five.coverage, 0.9375, 1e-12);
    EXPECT_EQ(median_interval({7}, 0.95).coverage, 0);
}

/// How many of n fair coins fall below k, by Pascal's triangle.
double fewer_heads(std::size_t n, std::size_t k) {
    std::vector<double> row{1};
    for (std::size_t i = 0; i < n; ++i) {
        row.push_back(0);
        for (std::size_t j = row.size() - 1; j > 0; --j) row[j] = (row[j] + row[j - 1]) / 2;
        row[0] /= 2;
    }
    double sum = 0;
    for (std::size_t j = 0; j < k; ++j) sum += row[j];
    return sum;
}

RC_GTEST_PROP(MedianInterval, IsTheNarrowestThatCovers, ()) {
    const auto n = *rc::gen::inRange<std::size_t>(6, 60);
    const MedianInterval interval = median_interval(up_to(static_cast<int>(n)), 0.95);
    const auto k = static_cast<std::size_t>(interval.low);
    RC_ASSERT(interval.high == static_cast<double>(n - k + 1));
    RC_ASSERT(std::abs(interval.coverage - (1 - 2 * fewer_heads(n, k))) < 1e-9);
    RC_ASSERT(interval.coverage >= 0.95);
    RC_ASSERT(1 - 2 * fewer_heads(n, k + 1) < 0.95);
}

TEST(SignedRank, IsThatOfTheTables) {
    EXPECT_EQ(signed_rank_p({}), 1);
    EXPECT_EQ(signed_rank_p({0, 0}), 1);
    EXPECT_DOUBLE_EQ(signed_rank_p({1, 2, 3, 4, 5, 6}), 2.0 / 64);
    EXPECT_DOUBLE_EQ(signed_rank_p({-1, 2, 3, 4, 5, 6}), 4.0 / 64);
    EXPECT_DOUBLE_EQ(signed_rank_p({1, -2, 3, -4}), 14.0 / 16);  // a sum of 4: 7 of 16 have 4 or less
}

/// Every assignment of signs, by trial.
double p_by_trial(std::vector<double> differences) {
    std::erase(differences, 0.0);
    const std::size_t n = differences.size();
    if (n == 0) return 1;
    std::vector<double> ranks;
    for (const double value : differences) {
        double rank = 0.5;
        for (const double other : differences)
            rank += std::abs(other) < std::abs(value) ? 1 : std::abs(other) == std::abs(value) ? 0.5 : 0;
        ranks.push_back(rank);
    }
    double all = 0, positive = 0;
    for (std::size_t i = 0; i < n; ++i) {
        all += ranks[i];
        if (differences[i] > 0) positive += ranks[i];
    }
    int as_extreme = 0;
    for (unsigned signs = 0; signs < (1U << n); ++signs) {
        double sum = 0;
        for (std::size_t i = 0; i < n; ++i)
            if ((signs >> i & 1) != 0) sum += ranks[i];
        if (sum <= std::min(positive, all - positive)) ++as_extreme;
    }
    return std::min(1.0, 2.0 * as_extreme / std::exp2(n));
}

RC_GTEST_PROP(SignedRank, CountsEveryAssignmentOfSigns, ()) {
    std::vector<double> differences;
    for (const int value :
         *rc::gen::container<std::vector<int>>(*rc::gen::inRange<std::size_t>(0, 11), rc::gen::inRange(-6, 7)))
        differences.push_back(value);
    RC_ASSERT(std::abs(signed_rank_p(differences) - p_by_trial(differences)) < 1e-9);
}

TEST(SignedRank, FarFromTheTablesIsNormal) {
    std::vector<double> few;
    for (int i = 1; i <= 200; ++i) few.push_back(i % 5 < 2 ? -i : i);
    std::vector<double> many = few;
    many.push_back(0.5);  // changes next to nothing but the method
    const double exact = signed_rank_p(few), normal = signed_rank_p(many);
    EXPECT_GT(exact, 1e-5);
    EXPECT_LT(exact, 0.05);
    EXPECT_NEAR(normal / exact, 1, 0.05);
}

TEST(Holm, RaisesTheLeastMostAndKeepsTheOrder) {
    const std::vector<double> raised = holm({0.01, 0.04, 0.03, 0.5});
    EXPECT_DOUBLE_EQ(raised[0], 0.04);
    EXPECT_DOUBLE_EQ(raised[2], 0.09);
    EXPECT_DOUBLE_EQ(raised[1], 0.09);
    EXPECT_DOUBLE_EQ(raised[3], 0.5);
    EXPECT_DOUBLE_EQ(holm({0.9, 0.8})[0], 1);
}

}  // namespace
}  // namespace brokersim::report
