#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <vector>

#include "core/host.h"

namespace brokersim::broker {

/// What one look over all members of all groups finds.
struct HeartbeatScan {
    MonoTime limit;                    // whoever gave no heartbeat since is silent
    std::vector<ConnectionId> silent;  // may name a connection more than once
    std::optional<MonoTime> oldest;    // of the heartbeats of the others

    void see(ConnectionId connection, MonoTime heartbeat) {
        if (heartbeat < limit)
            silent.push_back(connection);
        else
            oldest = oldest ? std::min(*oldest, heartbeat) : heartbeat;
    }
};

/// Looks for clients that fell silent (RocketMQ's ClientHousekeepingService): every 10 s, who gave no heartbeat for
/// more than 120 s. A look that could find nobody is no event.
class Housekeeping {
public:
    using Look = std::function<void(HeartbeatScan&)>;
    using Expire = std::function<void(ConnectionId)>;

    /// `look` shows every member to the scan; `expire` is called for each silent connection, once, in ascending order.
    Housekeeping(Host& host, Look look, Expire expire);

    /// A heartbeat came in: somebody can fall silent from now on.
    void heartbeat();

private:
    void arm(MonoTime oldest);
    void run();

    Host& host_;
    Look look_;
    Expire expire_;
    MonoTime first_run_;
    bool armed_ = false;
};

}  // namespace brokersim::broker
