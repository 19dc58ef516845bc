#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace brokersim::client {

/// Which brokers a producer avoids because they were slow or failed (MQFaultStrategy, LatencyFaultToleranceImpl with
/// the detector off). Times are milliseconds of the producer's wall clock.
class LatencyFaults {
public:
    /// A try at `broker` took `latency`; `isolate` counts it as 10 s, whatever it took.
    void update(const std::string& broker, std::int64_t now, std::int64_t latency, bool isolate, bool reachable);
    bool available(const std::string& broker, std::int64_t now) const;
    bool reachable(const std::string& broker) const;
    /// For how long a broker that took `latency` is not available.
    static std::int64_t not_available_for(std::int64_t latency);

private:
    struct Fault {
        std::int64_t available_from = 0;
        bool reachable = true;
    };
    std::map<std::string, Fault, std::less<>> faults_;
};

}  // namespace brokersim::client
