#include "sim/clock.h"

#include "core/check.h"

namespace brokersim::sim {
namespace {

constexpr std::int64_t million = 1'000'000;

/// Division that rounds down, also for negative numbers.
template <class Integer>
constexpr std::int64_t divide_down(Integer value, std::int64_t by) {
    const Integer quotient = value / by;
    return static_cast<std::int64_t>(value % by < 0 ? quotient - 1 : quotient);
}

}  // namespace

WallTime Clock::wall(WorldTime now) const {
    const std::int64_t ns = epoch_start_ns_ + ns_of(now) + skew_ns_;
    return WallTime(std::chrono::milliseconds(ns / million - (ns % million < 0 ? 1 : 0)));
}

MonoTime Clock::drifted(WorldTime now) const {
    return MonoTime(Duration(divide_down(static_cast<__int128>(ns_of(now)) * (million + drift_ppm_), million)));
}

WorldTime Clock::drifted_after(WorldTime now, Duration delay) const {
    const __int128 target = (mono(now) + delay).time_since_epoch().count();
    const std::int64_t rate = million + drift_ppm_;
    BROKERSIM_CHECK(rate > 0, "a clock that stands still: drift {} ppm", drift_ppm_);
    // mono(t) = floor(t * rate / million) >= target  <=>  t * rate >= target * million.
    const auto at = static_cast<std::int64_t>((target * million + rate - 1) / rate);
    return std::max(now, WorldTime(Duration(at)));
}

}  // namespace brokersim::sim
