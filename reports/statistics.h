#pragma once

#include <cstddef>
#include <vector>

/// What can be said of a few seeds without assuming how their values are distributed. For reports only: nothing here
/// decides an event of a run.
namespace brokersim::report {

/// A sample's median, with an interval between two of its own values.
struct MedianInterval {
    double median = 0;
    double low = 0;
    double high = 0;
    double coverage = 0;  // how surely the distribution's median lies in [low, high]
    std::size_t n = 0;
};

/// The median of `values` (not empty) and the narrowest interval of order statistics, as far from the lowest as from
/// the highest, that covers the true median with at least `level`: how many values lie below it is binomial(n, 1/2).
/// With too few values for `level`, the interval is the whole sample and its coverage less.
MedianInterval median_interval(std::vector<double> values, double level);

/// The two-sided p of Wilcoxon's signed-rank test that paired `differences` are as often, and as far, above zero as
/// below. Zeros are left out; equal sizes share their mean rank. Exact (every assignment of signs counts) up to 200
/// differences, normal with a correction for continuity beyond. 1 if all are zero.
double signed_rank_p(const std::vector<double>& differences);

/// Each p, raised as Holm's step-down method does, so that calling those below a level significant is wrong anywhere
/// with at most that probability.
std::vector<double> holm(const std::vector<double>& p);

}  // namespace brokersim::report
