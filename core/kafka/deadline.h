#pragma once

#include <algorithm>
#include <optional>
#include <utility>

#include "core/host.h"

namespace brokersim::kafka {

/// A deadline that moves on far more often than it is met (a member's session): moving it costs no timer, because an
/// armed timer that fires early just arms the next one. The object must not move, and must not outlive the host.
class Deadline {
public:
    /// `passed` runs, as a handler, when the deadline is met; it may move the deadline, and may destroy it.
    Deadline(Host& host, Task passed) : host_(host), passed_(std::move(passed)) {}
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;
    ~Deadline() { host_.cancel(timer_); }

    /// Moves the deadline, in either direction, to `from_now`.
    void set(Duration from_now) {
        due_ = host_.mono_ns() + from_now;
        if (armed_for_ && *armed_for_ <= *due_) return;
        host_.cancel(timer_);
        arm();
    }
    void clear() { due_.reset(); }
    /// True if there is a deadline and it lies in the past, or is now.
    bool met() const { return due_ && *due_ <= host_.mono_ns(); }
    /// True if there is a deadline that has not been met.
    bool running() const { return due_ && *due_ > host_.mono_ns(); }
    /// How long until the deadline (0 if it is met); none without one.
    std::optional<Duration> remaining() const {
        if (!due_) return std::nullopt;
        return std::max(Duration::zero(), *due_ - host_.mono_ns());
    }

private:
    void arm() {
        armed_for_ = due_;
        timer_ = host_.after(*due_ - host_.mono_ns(), [this] { fired(); });
    }
    void fired() {
        armed_for_.reset();
        if (!due_) return;
        if (met())
            passed_();
        else
            arm();
    }

    Host& host_;
    Task passed_;
    std::optional<MonoTime> due_;
    std::optional<MonoTime> armed_for_;
    TimerId timer_{};
};

}  // namespace brokersim::kafka
