#include "reports/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/normal.hpp>

#include "core/check.h"

namespace brokersim::report {
namespace {

constexpr std::size_t most_exact = 200;

struct SignedRanks {
    std::vector<std::size_t> doubled;  // twice the rank of each difference, so that mean ranks are whole
    std::size_t positive = 0;          // their sum over differences above zero
    std::size_t all = 0;
};

SignedRanks signed_ranks(std::vector<double> differences) {
    std::erase(differences, 0.0);
    std::ranges::sort(differences, {}, [](double value) { return std::abs(value); });
    SignedRanks ranks;
    for (std::size_t begin = 0; begin < differences.size();) {
        std::size_t end = begin + 1;
        while (end < differences.size() && std::abs(differences[end]) == std::abs(differences[begin])) ++end;
        for (std::size_t i = begin; i < end; ++i) {
            ranks.doubled.push_back(begin + end + 1);  // twice the mean of begin + 1 ... end
            ranks.all += ranks.doubled.back();
            if (differences[i] > 0) ranks.positive += ranks.doubled.back();
        }
        begin = end;
    }
    return ranks;
}

double exact_p(const SignedRanks& ranks) {
    // chance[s]: that the positive ranks sum up to s when each sign is a fair coin.
    std::vector<double> chance(ranks.all + 1);
    chance[0] = 1;
    std::size_t reached = 0;
    for (const std::size_t rank : ranks.doubled) {
        reached += rank;
        for (std::size_t sum = reached + 1; sum-- > 0;)
            chance[sum] = (chance[sum] + (sum >= rank ? chance[sum - rank] : 0)) / 2;
    }
    const std::size_t extreme = std::min(ranks.positive, ranks.all - ranks.positive);
    return std::min(
        1.0, 2 * std::accumulate(chance.begin(), chance.begin() + static_cast<std::ptrdiff_t>(extreme) + 1, 0.0));
}

double normal_p(const SignedRanks& ranks) {
    double variance = 0;
    for (const std::size_t rank : ranks.doubled) variance += static_cast<double>(rank) * static_cast<double>(rank) / 4;
    const double mean = static_cast<double>(ranks.all) / 2;
    // Sums of doubled ranks lie two apart: half a step is one.
    const double distance = std::max(0.0, std::abs(static_cast<double>(ranks.positive) - mean) - 1);
    return 2 * boost::math::cdf(boost::math::complement(boost::math::normal(), distance / std::sqrt(variance)));
}

}  // namespace

MedianInterval median_interval(std::vector<double> values, double level) {
    BROKERSIM_CHECK(!values.empty(), "the median of nothing");
    std::ranges::sort(values);
    const std::size_t n = values.size();
    const boost::math::binomial below(static_cast<double>(n), 0.5);
    // P(fewer than k of n lie below the median), for the k-th value from either end.
    const auto missed = [&](std::size_t k) { return 2 * boost::math::cdf(below, static_cast<double>(k) - 1); };
    std::size_t k = 1;
    while (k + 1 <= (n + 1) / 2 && missed(k + 1) <= 1 - level) ++k;
    return {.median = (values[(n - 1) / 2] + values[n / 2]) / 2,
            .low = values[k - 1],
            .high = values[n - k],
            .coverage = n == 1 ? 0 : 1 - missed(k),
            .n = n};
}

double signed_rank_p(const std::vector<double>& differences) {
    const SignedRanks ranks = signed_ranks(differences);
    if (ranks.doubled.empty()) return 1;
    return ranks.doubled.size() <= most_exact ? exact_p(ranks) : normal_p(ranks);
}

std::vector<double> holm(const std::vector<double>& p) {
    std::vector<std::size_t> order(p.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair(p[i], i); });
    std::vector<double> raised(p.size());
    double least = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        least = std::max(least, std::min(1.0, p[order[i]] * static_cast<double>(p.size() - i)));
        raised[order[i]] = least;
    }
    return raised;
}

}  // namespace brokersim::report
