#include "core/client/rebalance_service.h"

#include <utility>

namespace brokersim::client {

RebalanceService::RebalanceService(Host& host, const ClientConfig& config, Run run, Millis made_before)
    : host_(host),
      usual_(config.rebalance_wait_interval),
      least_(config.rebalance_min_interval),
      run_(std::move(run)),
      last_run_ms_(epoch_ms(host.wall_ms()) - made_before.count()) {
    host.open_lane(Lane::rebalance, 1);
}

void RebalanceService::start() {
    woken_ = true;
    wait(usual_);
}

void RebalanceService::wake() {
    if (stopped_) return;
    if (!waiting_) {
        woken_ = true;  // for the next wait
        return;
    }
    host_.cancel(timer_);
    waited();
}

void RebalanceService::ran(bool complete) {
    last_run_ms_ = epoch_ms(host_.wall_ms());
    wait(complete ? usual_ : least_);
}

void RebalanceService::stop() {
    stopped_ = true;
    host_.cancel(timer_);
}

void RebalanceService::wait(Duration interval) {
    if (stopped_) return;
    if (std::exchange(woken_, false)) return waited();
    waiting_ = true;
    timer_ = host_.after(interval, [this] { waited(); });
}

void RebalanceService::waited() {
    waiting_ = false;
    const Millis since(epoch_ms(host_.wall_ms()) - last_run_ms_);
    if (since < least_) return wait(least_ - since);
    host_.start(Lane::rebalance, [this](LaneServer server) {
        if (!stopped_) run_(std::move(server));
    });
}

}  // namespace brokersim::client
