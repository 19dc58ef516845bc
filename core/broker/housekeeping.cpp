#include "core/broker/housekeeping.h"

#include <algorithm>
#include <utility>

#include "core/broker/tick.h"
#include "core/config.h"

namespace brokersim::broker {

namespace {
constexpr Duration interval = Millis(10'000);
constexpr Duration longest_silence = Millis(120'000);
constexpr Duration resolution = Millis(1);  // RocketMQ compares whole milliseconds
}  // namespace

Housekeeping::Housekeeping(Host& host, Look look, Expire expire)
    : host_(host), look_(std::move(look)), expire_(std::move(expire)), first_run_(host.mono_ns() + interval) {}

void Housekeeping::heartbeat() {
    if (!armed_) arm(host_.mono_ns());
}

/// The heartbeats that come after `oldest` do not move the timer: it fires at the first run that could have found
/// somebody, and finds out then how long the others may stay silent.
void Housekeeping::arm(MonoTime oldest) {
    armed_ = true;
    const MonoTime due = next_tick(first_run_, interval, oldest + longest_silence + resolution);
    host_.after(due - host_.mono_ns(), [this] { run(); });
}

void Housekeeping::run() {
    armed_ = false;
    HeartbeatScan scan{.limit = host_.mono_ns() - longest_silence, .silent = {}, .oldest = {}};
    look_(scan);
    std::sort(scan.silent.begin(), scan.silent.end());
    scan.silent.erase(std::unique(scan.silent.begin(), scan.silent.end()), scan.silent.end());
    for (ConnectionId connection : scan.silent) expire_(connection);
    if (scan.oldest) arm(*scan.oldest);
}

}  // namespace brokersim::broker
