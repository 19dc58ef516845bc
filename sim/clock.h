#pragma once

#include <cstdint>

#include "core/types.h"
#include "sim/types.h"

namespace brokersim::sim {

/// The clocks of one machine, as functions of the world's time.
class Clock {
public:
    Clock(std::int64_t epoch_start_ms, Duration wall_skew, std::int64_t drift_ppm)
        : epoch_start_ns_(epoch_start_ms * 1'000'000), skew_ns_(wall_skew.count()), drift_ppm_(drift_ppm) {}

    WallTime wall(WorldTime now) const;
    /// 0 when the world began; gains `drift_ppm` microseconds a second; never falls.
    MonoTime mono(WorldTime now) const {
        if (drift_ppm_ == 0) return MonoTime(now.time_since_epoch());
        return drifted(now);
    }
    /// The first instant of the world at which mono() has gained `delay` (>= 0) against `now`.
    WorldTime after(WorldTime now, Duration delay) const {
        if (drift_ppm_ == 0) return now + delay;
        return drifted_after(now, delay);
    }
    void jump_wall(Duration by) { skew_ns_ += by.count(); }

private:
    MonoTime drifted(WorldTime now) const;
    WorldTime drifted_after(WorldTime now, Duration delay) const;

    std::int64_t epoch_start_ns_;
    std::int64_t skew_ns_;
    std::int64_t drift_ppm_;
};

}  // namespace brokersim::sim
