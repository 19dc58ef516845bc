#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/check.h"
#include "core/host.h"

namespace brokersim::store {

/// A service of the real broker that wakes up every `step` and mostly finds nothing to do. Here it is a timer that is
/// armed only while there is something to do, and fires at the points at which the service would have woken up: the
/// start and every `step` after it.
class GridTimer {
public:
    /// `fire` runs as a handler; it must not destroy the timer.
    GridTimer(Host& host, Duration step, Task fire) : host_(host), step_(step), fire_(std::move(fire)) {
        BROKERSIM_CHECK(step > Duration::zero(), "a grid of {} ns", step.count());
    }
    GridTimer(const GridTimer&) = delete;
    GridTimer& operator=(const GridTimer&) = delete;

    /// Makes this instant the first point. Before, arm() does nothing.
    void start() {
        origin_ = host_.mono_ns();
        started_ = true;
    }
    void stop() {
        started_ = false;
        host_.cancel(std::exchange(timer_, TimerId{}));
    }
    /// Fires at the next point that lies after this instant, once.
    void arm() {
        if (!started_ || armed()) return;
        const Duration since = host_.mono_ns() - origin_;
        due_ = origin_ + (since / step_ + 1) * step_;
        timer_ = host_.after(due_ - host_.mono_ns(), [this] {
            timer_ = TimerId{};
            fire_();
        });
    }
    bool armed() const { return timer_ != TimerId{}; }
    bool started() const { return started_; }
    /// The point for which it is armed, or at which it fired last.
    MonoTime due() const { return due_; }
    MonoTime origin() const { return origin_; }
    Duration step() const { return step_; }

private:
    Host& host_;
    Duration step_;
    Task fire_;
    MonoTime origin_{};
    MonoTime due_{};
    TimerId timer_{};
    bool started_ = false;
};

/// "Every so often thoroughly": the flush services force everything, however little, when `period` has passed since
/// they last did. The first wake-up is thorough. `period` counts in steps of the grid, rounded up. Wake-ups that found
/// nothing to do are not events, but count.
class ThoroughRule {
public:
    ThoroughRule(Duration step, Duration period) : period_((period + step - Duration(1)) / step * step) {
        if (period_ <= Duration::zero()) period_ = step;
    }
    void start(MonoTime first) {
        first_ = first;
        last_ = -1;
    }
    /// The service had nothing to do until now; its next wake-up decides at `next`.
    void idle_until(MonoTime next) {
        const auto since = next - first_;
        last_ = since.count() / period_.count() - (since.count() % period_.count() == 0 ? 1 : 0);
    }
    /// Decides for a wake-up at `at`, which is not before the last one.
    bool thorough(MonoTime at) {
        const auto round = (at - first_).count() / period_.count();
        return std::exchange(last_, std::max(last_, round)) < round;
    }

private:
    Duration period_;
    MonoTime first_{};
    std::int64_t last_ = -1;
};

}  // namespace brokersim::store
