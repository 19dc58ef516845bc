#include "core/kafka/heartbeat_thread.h"

#include <algorithm>

namespace brokersim::kafka {
namespace {

// The thread's wait is retry.backoff.ms of the real client, whose default of 100 ms nobody changes for this.
constexpr Duration look_interval = std::chrono::milliseconds(100);

}  // namespace

void HeartbeatThread::enable() {
    enabled_ = true;
    failures_ = 0;
    enabled_at_ = host_.mono_ns();
    heartbeat_due_ = enabled_at_ + config_.heartbeat_interval;
    session_due_ = enabled_at_ + config_.session_timeout;
    sleep();
}

void HeartbeatThread::disable() {
    enabled_ = false;
    host_.cancel(timer_);
}

void HeartbeatThread::received() {
    failures_ = 0;
    session_due_ = host_.mono_ns() + config_.session_timeout;
}

void HeartbeatThread::failed() {
    heartbeat_due_ = host_.mono_ns() + member_.backoff(failures_++);
    sleep();
}

void HeartbeatThread::coordinator_found() {
    session_due_ = host_.mono_ns() + config_.session_timeout;
    sleep();
}

void HeartbeatThread::hold_poll() {
    poll_due_ = host_.mono_ns() + config_.max_poll_interval;
    sleep();
}

/// Sleeps until the first look at or after whatever is due first.
void HeartbeatThread::sleep() {
    host_.cancel(timer_);
    if (!enabled_ || !member_.coordinator_known()) return;
    MonoTime due = std::min(heartbeat_due_, session_due_);
    if (poll_due_) due = std::min(due, *poll_due_);
    const std::int64_t looks = (due - enabled_at_ + look_interval - Duration(1)) / look_interval;
    const Duration until = enabled_at_ + looks * look_interval - host_.mono_ns();
    timer_ = host_.after(std::max(until, Duration::zero()),
                         [this] { host_.start(Lane::group_heartbeat, [this](LaneServer) { look(); }); });
}

void HeartbeatThread::look() {
    if (!enabled_ || !member_.coordinator_known()) return;
    const MonoTime now = host_.mono_ns();
    if (now >= session_due_) return member_.session_expired();
    if (poll_due_ && now >= *poll_due_) {
        poll_due_.reset();
        return member_.poll_expired();
    }
    if (now >= heartbeat_due_) {
        heartbeat_due_ = now + config_.heartbeat_interval;
        member_.send_heartbeat();
    }
    sleep();
}

}  // namespace brokersim::kafka
