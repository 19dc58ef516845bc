#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace brokersim::scenario {

/// Counts of times (or other numbers >= 0) in buckets that are linear below 128 and then 64 to each doubling: a bucket
/// is never wider than 1/64 of the values in it, and its middle no more than 0.8 % from any of them. Integers only, so
/// that equal runs give equal quantiles everywhere.
class Histogram {
public:
    /// Counts `value`; a negative one (two clocks that disagree) counts as 0.
    void add(std::int64_t value) {
        const std::uint64_t v = value < 0 ? 0 : static_cast<std::uint64_t>(value);
        const std::size_t bucket = bucket_of(v);
        if (bucket >= counts_.size()) [[unlikely]]
            grow(bucket);
        ++counts_[bucket];
        ++count_;
        sum_ += v;
        if (v > max_) max_ = v;
    }
    void merge(const Histogram& other);

    std::uint64_t count() const { return count_; }
    std::int64_t max() const { return static_cast<std::int64_t>(max_); }
    /// Sum of all values, exact.
    unsigned __int128 sum() const { return sum_; }
    /// The value at or below which `per_mille` of 1000 values lie (rounded up to a whole value): the middle of its
    /// bucket, and never more than max(). 0 if nothing was counted.
    std::int64_t quantile(std::uint32_t per_mille) const;

private:
    static constexpr int sub_bits = 6;
    static std::size_t bucket_of(std::uint64_t value) {
        constexpr std::uint64_t linear = (2U << sub_bits) - 1;
        const int shift = std::bit_width(value | linear) - 1 - sub_bits;
        return (static_cast<std::size_t>(shift) << sub_bits) + static_cast<std::size_t>(value >> shift);
    }
    static std::uint64_t middle_of(std::size_t bucket);
    void grow(std::size_t bucket);

    std::vector<std::uint64_t> counts_;
    std::uint64_t count_ = 0;
    std::uint64_t max_ = 0;
    unsigned __int128 sum_ = 0;
};

}  // namespace brokersim::scenario
