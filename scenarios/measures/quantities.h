#pragma once

#include <cstdint>
#include <string>

#include "scenarios/histogram.h"
#include "scenarios/measures/measures.h"

namespace brokersim::scenario {

/// num / den, reduced; den > 0.
Rational ratio(std::int64_t num, std::int64_t den);
/// `ns` in milliseconds, exact.
Rational milliseconds(std::int64_t ns);

/// Adds PREFIX.{p50,p90,p99,p999,max}_ms; nothing if nothing was counted.
void put_quantiles(Metrics& metrics, const std::string& prefix, const Histogram& histogram);
/// Adds PREFIX.mean_ms (to the whole ns) and PREFIX.p99_ms; nothing if nothing was counted.
void put_mean(Metrics& metrics, const std::string& prefix, const Histogram& histogram);

inline bool contains(const Window& window, std::int64_t time) { return time >= window.from && time < window.until; }
/// The whole run.
inline bool whole(const Window& window) { return window.from == 0 && window.until == INT64_MAX; }

}  // namespace brokersim::scenario
