#pragma once

#include <cstdint>
#include <functional>

#include "core/client/client_config.h"
#include "core/host.h"

namespace brokersim::client {

/// When a RocketMQ client looks at its share (RebalanceService): every 20 s, 1 s after a run that left something
/// undone, and when woken, but never sooner than 1 s after the last run (or after this was made). A run holds the one
/// server of Lane::rebalance through all its blocking calls.
///
/// The time since the last run is measured by the wall clock: where that goes back, nothing runs until it has caught
/// up.
class RebalanceService {
public:
    /// Begins a run; whoever gets the server gives it back, then calls ran().
    using Run = std::function<void(LaneServer)>;

    /// Opens Lane::rebalance. `host` must outlive it. It was `made_before` ago that the client made its service.
    RebalanceService(Host& host, const ClientConfig& config, Run run, Millis made_before = Millis::zero());

    /// The first run is due at once (a consumer's start ends with rebalanceImmediately). Called once.
    void start();
    /// While a run is under way: another follows it.
    void wake();
    /// A run has ended; `complete` if it left nothing undone.
    void ran(bool complete);
    /// No run begins any more.
    void stop();

private:
    void wait(Duration interval);
    void waited();

    Host& host_;
    Duration usual_;
    Duration least_;
    Run run_;
    std::int64_t last_run_ms_;  // wall clock
    TimerId timer_{};
    bool waiting_ = false;
    bool woken_ = false;
    bool stopped_ = false;
};

}  // namespace brokersim::client
