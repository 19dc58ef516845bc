#include "reports/comparison.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/check.h"
#include "reports/capsule.h"
#include "reports/conclusions.h"
#include "reports/exit_code.h"
#include "reports/numbers.h"
#include "scenarios/metric_names.h"
#include "scenarios/readers.h"

namespace brokersim::report {
namespace {

struct Row {
    std::string_view metric, label;
};
constexpr std::array<Row, 13> group_rows{{
    {"converge_ms", "agreed after, at worst"},
    {"queues_moved", "queues moved"},
    {"unowned_ms", "queue time without owner"},
    {"double_owned_ms", "queue time with two owners"},
    {"stopped_ms", "worst queue stood still"},
    {"all_stopped_ms", "whole group stood still"},
    {"messages.duplicated", "came twice"},
    {"messages.handed_twice", "came twice after a change of owner"},
    {"imbalance", "most queues over mean"},
    {"load_imbalance", "most load over mean"},
    {"lag_s", "oldest waiting message"},
    {"requests.all", "requests for the group"},
    {"requests.offset_commit", "offset commits for the group"},
}};
constexpr std::array<Row, 9> run_rows{{
    {"messages.lost", "lost"},
    {"messages.pending", "still waiting at the end"},
    {"backlog.max", "most messages waiting"},
    {"latency.send.p99_ms", "send p99"},
    {"latency.end_to_end.p50_ms", "end to end p50"},
    {"latency.end_to_end.p99_ms", "end to end p99"},
    {"latency.end_to_end.max_ms", "end to end max"},
    {"time.hold.mean_ms", "in the queue, mean"},
    {"network.bytes", "bytes on the network"},
}};

std::optional<double> value_of(const ComparedRun& run, const std::string& metric) {
    const auto found = run.metrics.find(metric);
    return found == run.metrics.end() ? std::nullopt : std::optional(found->second);
}

PairStatistics pair_of(const Comparison& comparison, const std::string& metric, std::size_t best, std::size_t other) {
    PairStatistics pair{.best = best, .other = other};
    std::vector<double> differences;
    for (std::size_t seed = 0; seed < comparison.seeds.size(); ++seed) {
        const auto a = value_of(comparison.runs[best][seed], metric);
        const auto b = value_of(comparison.runs[other][seed], metric);
        if (a && b) differences.push_back(*b - *a);
    }
    if (differences.empty()) return pair;
    pair.difference = median_interval(differences, interval_level);
    pair.p = signed_rank_p(differences);
    return pair;
}

/// Nothing if no run has anything to say.
std::optional<ComparedMetric> compare_metric(const Comparison& comparison, const std::string& name, std::string label,
                                             std::span<const std::string> groups) {
    const auto known = scenario::find_metric(name, groups);
    BROKERSIM_CHECK(known.has_value(), "{}", name);
    ComparedMetric metric{.name = name, .label = std::move(label), .unit = std::string((*known)->unit)};
    bool more_than_nothing = name == "messages.lost";
    for (std::size_t variant = 0; variant < comparison.variants.size(); ++variant) {
        std::vector<double> values;
        for (const ComparedRun& run : comparison.runs[variant])
            if (const auto value = value_of(run, name)) values.push_back(*value);
        more_than_nothing = more_than_nothing || std::ranges::any_of(values, [](double value) { return value != 0; });
        metric.medians.push_back(values.empty() ? std::nullopt
                                                : std::optional(median_interval(std::move(values), interval_level)));
    }
    if (!more_than_nothing) return std::nullopt;
    for (std::size_t variant = 0; variant < metric.medians.size(); ++variant) {
        if (!metric.medians[variant]) continue;
        if (!metric.best || metric.medians[variant]->median < metric.medians[*metric.best]->median)
            metric.best = variant;
    }
    if (!metric.best) return metric;
    for (std::size_t other = 0; other < metric.medians.size(); ++other)
        if (other != *metric.best && metric.medians[other])
            metric.pairs.push_back(pair_of(comparison, name, *metric.best, other));
    return metric;
}

ComparedRun::Failed failed(const scenario::ExpectationResult& expectation) {
    const scenario::ExpectationSpec& spec = expectation.spec;
    const std::string what =
        spec.metric.empty()
            ? fmt::format("promise {} to break", spec.promise)
            : fmt::format("{} {}{}", spec.metric, spec.comparison == scenario::Comparison::equals ? "equal to " : "",
                          wanted_text(spec));
    return {fmt::format("{} (line {})", what, spec.line),
            expectation.got ? std::optional(decimal(*expectation.got)) : std::nullopt};
}

}  // namespace

ComparedRun compared_run(const scenario::RunResult& result, std::int64_t wall_ns) {
    ComparedRun run{.verdict = std::string(scenario::word(result.outcome)),
                    .message = result.message,
                    .digest = digest_text(result.digest),
                    .broken = broken_promises(result),
                    .exit_code = static_cast<int>(exit_code(result)),
                    .wall_ns = wall_ns};
    for (const auto& [name, value] : result.metrics) run.metrics[name] = decimal(value);
    for (const scenario::ExpectationResult& expectation : result.expectations)
        if (!expectation.held) run.failed.push_back(failed(expectation));
    return run;
}

std::string compared_run_text(const ComparedRun& run) {
    nlohmann::json failures = nlohmann::json::array();
    for (const ComparedRun::Failed& failure : run.failed)
        failures.push_back({failure.expectation, failure.got ? nlohmann::json(*failure.got) : nlohmann::json()});
    return nlohmann::json{{"verdict", run.verdict}, {"message", run.message},     {"digest", run.digest},
                          {"broken", run.broken},   {"exit_code", run.exit_code}, {"wall_ns", run.wall_ns},
                          {"failed", failures},     {"metrics", run.metrics}}
        .dump();
}

std::optional<ComparedRun> read_compared_run(const std::string& text) {
    try {
        const auto json = nlohmann::json::parse(text);
        ComparedRun run{.verdict = json.at("verdict"),
                        .message = json.at("message"),
                        .digest = json.at("digest"),
                        .broken = json.at("broken"),
                        .exit_code = json.at("exit_code"),
                        .wall_ns = json.at("wall_ns"),
                        .metrics = json.at("metrics")};
        for (const auto& failure : json.at("failed"))
            run.failed.push_back(
                {failure.at(0), failure.at(1).is_null() ? std::nullopt : std::optional(failure.at(1).get<double>())});
        return run;
    } catch (const nlohmann::json::exception&) {
        return std::nullopt;
    }
}

bool marked(const ComparedMetric& metric, std::size_t variant) {
    if (!metric.best || std::ranges::none_of(metric.pairs, significant)) return false;
    if (variant == *metric.best) return true;
    return std::ranges::any_of(
        metric.pairs, [variant](const PairStatistics& pair) { return pair.other == variant && !significant(pair); });
}

std::vector<ComparedMetric> compare_metrics(const Comparison& comparison) {
    std::vector<std::string> groups;
    for (const auto& variant : comparison.variants)
        for (const std::string& name : scenario::reader_names(variant.scenario))
            if (std::ranges::find(groups, name) == groups.end()) groups.push_back(name);
    std::vector<ComparedMetric> metrics;
    const auto add = [&](const std::string& name, std::string label) {
        if (auto metric = compare_metric(comparison, name, std::move(label), groups))
            metrics.push_back(std::move(*metric));
    };
    for (const std::string& group : groups)
        for (const Row& row : group_rows)
            add(fmt::format("group.{}.{}", group, row.metric),
                groups.size() > 1 ? fmt::format("{} ({})", row.label, group) : std::string(row.label));
    for (const Row& row : run_rows) add(std::string(row.metric), std::string(row.label));
    std::vector<double> all;
    for (const ComparedMetric& metric : metrics)
        for (const PairStatistics& pair : metric.pairs) all.push_back(pair.p);
    const std::vector<double> raised = holm(all);
    auto next = raised.begin();
    for (ComparedMetric& metric : metrics)
        for (PairStatistics& pair : metric.pairs) pair.raised_p = *next++;
    return metrics;
}

}  // namespace brokersim::report
