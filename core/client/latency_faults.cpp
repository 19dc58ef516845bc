#include "core/client/latency_faults.h"

#include <algorithm>
#include <array>
#include <utility>

namespace brokersim::client {
namespace {

constexpr std::int64_t isolated_latency_ms = 10'000;

// MQFaultStrategy's latencyMax and notAvailableDuration, both in milliseconds.
constexpr std::array<std::pair<std::int64_t, std::int64_t>, 7> latency_table = {
    {{50, 0}, {100, 0}, {550, 2'000}, {1'800, 5'000}, {3'000, 6'000}, {5'000, 10'000}, {15'000, 30'000}}};

}  // namespace

std::int64_t LatencyFaults::not_available_for(std::int64_t latency) {
    std::int64_t found = 0;
    for (const auto& [bound, duration] : latency_table)
        if (latency >= bound) found = duration;
    return found;
}

void LatencyFaults::update(const std::string& broker, std::int64_t now, std::int64_t latency, bool isolate,
                           bool reachable) {
    const std::int64_t duration = not_available_for(isolate ? isolated_latency_ms : latency);
    Fault& fault = faults_[broker];
    // A time once set is never shortened.
    if (duration > 0) fault.available_from = std::max(fault.available_from, now + duration);
    fault.reachable = reachable;
}

bool LatencyFaults::available(const std::string& broker, std::int64_t now) const {
    const auto fault = faults_.find(broker);
    return fault == faults_.end() || now >= fault->second.available_from;
}

bool LatencyFaults::reachable(const std::string& broker) const {
    const auto fault = faults_.find(broker);
    return fault == faults_.end() || fault->second.reachable;
}

}  // namespace brokersim::client
