#include "scenarios/histogram.h"

#include <algorithm>

#include "core/check.h"

namespace brokersim::scenario {

std::uint64_t Histogram::middle_of(std::size_t bucket) {
    if (bucket < (2U << sub_bits)) return bucket;
    const int shift = static_cast<int>(bucket >> sub_bits) - 1;
    const std::uint64_t lowest = ((bucket & ((1U << sub_bits) - 1)) + (1U << sub_bits)) << shift;
    return lowest + (std::uint64_t{1} << shift) / 2;
}

void Histogram::grow(std::size_t bucket) { counts_.resize(bucket + 1); }

void Histogram::merge(const Histogram& other) {
    if (counts_.size() < other.counts_.size()) counts_.resize(other.counts_.size());
    for (std::size_t bucket = 0; bucket < other.counts_.size(); ++bucket) counts_[bucket] += other.counts_[bucket];
    count_ += other.count_;
    sum_ += other.sum_;
    max_ = std::max(max_, other.max_);
}

std::int64_t Histogram::quantile(std::uint32_t per_mille) const {
    BROKERSIM_CHECK(per_mille <= 1000, "quantile {} of 1000", per_mille);
    if (count_ == 0) return 0;
    const auto product = static_cast<unsigned __int128>(count_) * per_mille;
    const std::uint64_t rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>((product + 999) / 1000));
    std::uint64_t below = 0;
    for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
        below += counts_[bucket];
        if (below >= rank) return static_cast<std::int64_t>(std::min(middle_of(bucket), max_));
    }
    BROKERSIM_CHECK(false, "{} values are counted, {} are in buckets", count_, below);
    return 0;
}

}  // namespace brokersim::scenario
