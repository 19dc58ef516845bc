#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace brokersim::scenario {

/// A metric that a run measures. "NAME" in `pattern` stands for the name of a group.
struct MetricName {
    std::string pattern;
    std::string_view unit;  // "messages", "ms", "bytes", ...
    std::string_view about;
    bool of_parts;  // also measured over a part of a run, not only over all of it
};

/// Every metric, in the order in which they are listed.
std::span<const MetricName> metric_names();

/// Whether `name` is a metric of a run that has the groups `groups`. An error is a sentence's end that says what is
/// wrong with the name, with the nearest valid one.
std::expected<const MetricName*, std::string> find_metric(std::string_view name, std::span<const std::string> groups);

}  // namespace brokersim::scenario
