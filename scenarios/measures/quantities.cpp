#include "scenarios/measures/quantities.h"

#include <numeric>

#include "core/check.h"

namespace brokersim::scenario {

Rational ratio(std::int64_t num, std::int64_t den) {
    BROKERSIM_CHECK(den > 0, "{} / {}", num, den);
    const std::int64_t common = std::gcd(num, den);
    return {num / common, den / common};
}

Rational milliseconds(std::int64_t ns) { return ratio(ns, 1'000'000); }

void put_quantiles(Metrics& metrics, const std::string& prefix, const Histogram& histogram) {
    if (histogram.count() == 0) return;
    metrics[prefix + ".p50_ms"] = milliseconds(histogram.quantile(500));
    metrics[prefix + ".p90_ms"] = milliseconds(histogram.quantile(900));
    metrics[prefix + ".p99_ms"] = milliseconds(histogram.quantile(990));
    metrics[prefix + ".p999_ms"] = milliseconds(histogram.quantile(999));
    metrics[prefix + ".max_ms"] = milliseconds(histogram.max());
}

void put_mean(Metrics& metrics, const std::string& prefix, const Histogram& histogram) {
    if (histogram.count() == 0) return;
    const unsigned __int128 mean = (histogram.sum() + histogram.count() / 2) / histogram.count();
    metrics[prefix + ".mean_ms"] = milliseconds(static_cast<std::int64_t>(mean));
    metrics[prefix + ".p99_ms"] = milliseconds(histogram.quantile(990));
}

}  // namespace brokersim::scenario
