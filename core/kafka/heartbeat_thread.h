#pragma once

#include <cstdint>
#include <optional>

#include "core/host.h"
#include "core/kafka/group_config.h"

namespace brokersim::kafka {

/// When a member's heartbeat thread acts (AbstractCoordinator.HeartbeatThread, Heartbeat). The real thread looks every
/// 100 ms; this one sleeps until the first of these looks that has something to do. Works on Lane::group_heartbeat.
class HeartbeatThread {
public:
    class Member {
    public:
        virtual bool coordinator_known() const = 0;
        virtual void send_heartbeat() = 0;
        /// Nothing was heard of the coordinator for the session timeout.
        virtual void session_expired() = 0;
        /// The application has not polled for max.poll.interval.ms.
        virtual void poll_expired() = 0;
        /// The n-th wait of the exponential backoff.
        virtual Duration backoff(std::int64_t n) = 0;

    protected:
        ~Member() = default;
    };

    /// All references must outlive the thread.
    HeartbeatThread(Host& host, const MemberConfig& config, Member& member)
        : host_(host), config_(config), member_(member) {}

    /// Opens the lane. Once.
    void start() { host_.open_lane(Lane::group_heartbeat, 1); }
    /// A join was answered: heartbeats begin, and the timers start afresh.
    void enable();
    void disable();
    /// A heartbeat was answered in a way that shows life; or it was not, and is tried again after a backoff.
    void received();
    void failed();
    /// A coordinator became known. (While none is known the thread has nothing to do but wait for that.)
    void coordinator_found();
    /// From now on the application is held up, or goes on polling.
    void hold_poll();
    void release_poll() { poll_due_.reset(); }

private:
    void sleep();
    void look();

    Host& host_;
    const MemberConfig& config_;
    Member& member_;
    bool enabled_ = false;
    MonoTime enabled_at_{};  // looks are whole multiples of 100 ms after this
    MonoTime heartbeat_due_{};
    MonoTime session_due_{};
    std::optional<MonoTime> poll_due_;
    std::int64_t failures_ = 0;
    TimerId timer_{};
};

}  // namespace brokersim::kafka
