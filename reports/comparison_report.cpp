#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "reports/build_info.h"
#include "reports/comparison.h"
#include "reports/numbers.h"
#include "reports/result_json.h"
#include "reports/scenario_text.h"
#include "reports/table.h"

namespace brokersim::report {
namespace {

using Json = nlohmann::ordered_json;

std::string value_text(double value, const std::string& unit) {
    if (unit == "ms") return duration_text(std::llround(value * 1e6));
    if (unit == "s") return duration_text(std::llround(value * 1e9));
    if (unit == "bytes") return bytes_text(std::llround(value));
    if (unit == "ratio") return fmt::format("{:.2f}", value);
    if (value == std::floor(value)) return count_text(std::llround(value));
    // A median may lie between two counts.
    const double size = std::abs(value);
    const std::string tenths = fmt::format("{:.1f}", size - std::floor(size)).substr(1);
    return fmt::format("{}{}{}", value < 0 ? "-" : "", count_text(std::llround(std::floor(size))), tenths);
}

/// A metric's value in its own unit, with three decimals at most.
std::string number_text(double value) {
    if (value == std::floor(value)) return count_text(std::llround(value));
    return fmt::format("{:.3f}", value);
}

std::string interval_text(const MedianInterval& interval, const std::string& unit) {
    const std::string median = value_text(interval.median, unit);
    const std::string low = value_text(interval.low, unit);
    const std::string high = value_text(interval.high, unit);
    return low == high ? median : fmt::format("{} [{} .. {}]", median, low, high);
}

std::string cell(const ComparedMetric& metric, std::size_t variant, std::size_t seeds) {
    const auto& interval = metric.medians[variant];
    if (!interval) return "-";
    std::string text = marked(metric, variant) ? "* " : "";
    text += interval_text(*interval, metric.unit);
    if (interval->n < seeds) text += fmt::format(" in {} of {}", interval->n, seeds);
    return text;
}

std::string verdicts(const std::vector<ComparedRun>& runs) {
    std::map<std::string, int> counts;
    for (const ComparedRun& run : runs) ++counts[run.verdict];
    std::vector<std::string> words;
    for (const auto& [verdict, count] : counts) words.push_back(fmt::format("{} {}", verdict, count));
    return fmt::format("{}", fmt::join(words, ", "));
}

std::size_t pair_count(const std::vector<ComparedMetric>& metrics) {
    std::size_t pairs = 0;
    for (const ComparedMetric& metric : metrics) pairs += metric.pairs.size();
    return pairs;
}

/// "N seeds are too few ...", or nothing: with n of them no p is below 2 / 2^n, which Holm's method multiplies by the
/// number of pairs.
std::string too_few(std::size_t seeds, std::size_t pairs) {
    std::size_t enough = 1;
    for (double least = static_cast<double>(pairs); least >= significance_level; least /= 2) ++enough;
    if (pairs == 0 || seeds >= enough) return "";
    return fmt::format("{} seed{} are too few: before {} of them no difference in this table can be significant.\n",
                       seeds, seeds == 1 ? "" : "s", enough);
}

constexpr std::size_t most_listed = 6;

/// The first of them, in the order of the table, and how many more there are.
std::string listed(std::vector<std::string> words) {
    const std::size_t all = words.size();
    words.resize(std::min(all, most_listed));
    const std::string more = all > most_listed ? fmt::format("; and {} more", all - most_listed) : "";
    return fmt::format("{}{}", fmt::join(words, "; "), more);
}

/// A sentence for each variant, and one for what shows no difference.
std::string what_follows(const Comparison& comparison, const std::vector<ComparedMetric>& metrics) {
    std::vector<std::vector<std::string>> best(comparison.variants.size()), worse(comparison.variants.size());
    std::vector<std::string> alike;
    for (const ComparedMetric& metric : metrics) {
        if (metric.pairs.empty()) continue;
        if (std::ranges::none_of(metric.pairs, significant)) {
            alike.push_back(metric.label);
            continue;
        }
        if (std::ranges::all_of(metric.pairs, significant)) {
            double next = INFINITY;
            for (const PairStatistics& pair : metric.pairs) next = std::min(next, metric.medians[pair.other]->median);
            best[*metric.best].push_back(fmt::format("{} ({} against {})", metric.label,
                                                     value_text(metric.medians[*metric.best]->median, metric.unit),
                                                     value_text(next, metric.unit)));
        }
        for (const PairStatistics& pair : metric.pairs)
            if (significant(pair))
                worse[pair.other].push_back(
                    fmt::format("{} (+{})", metric.label, interval_text(pair.difference, metric.unit)));
    }
    std::string text;
    for (std::size_t variant = 0; variant < comparison.variants.size(); ++variant) {
        const std::string& name = comparison.variants[variant].name;
        if (!best[variant].empty())
            text += fmt::format("{} is better than every other in: {}.\n", name, listed(best[variant]));
        if (!worse[variant].empty())
            text += fmt::format("{} is worse than the best in: {}.\n", name, listed(worse[variant]));
    }
    if (!alike.empty()) text += fmt::format("The seeds alone could explain the differences in: {}.\n", listed(alike));
    return text;
}

/// Each expectation that failed somewhere: in which variant, from which seeds, and what was measured there.
std::string failed_expectations(const Comparison& comparison) {
    std::string text;
    for (std::size_t variant = 0; variant < comparison.variants.size(); ++variant) {
        std::vector<std::string> order;
        std::map<std::string, std::vector<std::string>> seeds;
        for (std::size_t seed = 0; seed < comparison.seeds.size(); ++seed)
            for (const ComparedRun::Failed& failed : comparison.runs[variant][seed].failed) {
                auto& list = seeds[failed.expectation];
                if (list.empty()) order.push_back(failed.expectation);
                list.push_back(fmt::format("{}{}", comparison.seeds[seed],
                                           failed.got ? fmt::format(" (got {})", number_text(*failed.got)) : ""));
            }
        for (const std::string& expectation : order)
            text += fmt::format("{}: expected {}; not so from seed{} {}.\n", comparison.variants[variant].name,
                                expectation, seeds[expectation].size() == 1 ? "" : "s", listed(seeds[expectation]));
    }
    return text;
}

std::vector<NamedScenario> named(const Comparison& comparison) {
    std::vector<NamedScenario> all;
    for (const auto& variant : comparison.variants) all.push_back({variant.name, &variant.scenario});
    return all;
}

Json interval_json(const MedianInterval& interval) {
    return {{"n", interval.n},
            {"median", interval.median},
            {"low", interval.low},
            {"high", interval.high},
            {"coverage", interval.coverage}};
}

Json metric_json(const Comparison& comparison, const ComparedMetric& metric) {
    const auto name = [&](std::size_t variant) { return comparison.variants[variant].name; };
    Json json = {{"name", metric.name}, {"unit", metric.unit}};
    json["variants"] = Json::array();
    for (std::size_t variant = 0; variant < metric.medians.size(); ++variant) {
        if (!metric.medians[variant]) continue;
        Json one = {{"variant", name(variant)}};
        one.update(interval_json(*metric.medians[variant]));
        one["marked"] = marked(metric, variant);
        json["variants"].push_back(std::move(one));
    }
    json["pairs"] = Json::array();
    for (const PairStatistics& pair : metric.pairs)
        json["pairs"].push_back({{"best", name(pair.best)},
                                 {"other", name(pair.other)},
                                 {"difference", interval_json(pair.difference)},
                                 {"p", pair.p},
                                 {"p_holm", pair.raised_p},
                                 {"significant", significant(pair)}});
    return json;
}

Json failed_json(const ComparedRun& run) {
    Json json = Json::array();
    for (const ComparedRun::Failed& failed : run.failed)
        json.push_back({{"expectation", failed.expectation}, {"got", failed.got ? Json(*failed.got) : Json()}});
    return json;
}

}  // namespace

std::string comparison_report(const Comparison& comparison, const std::vector<ComparedMetric>& metrics) {
    const std::size_t seeds = comparison.seeds.size();
    std::string text = scenario_text(named(comparison),
                                     fmt::format("seeds {}..{}", comparison.seeds.front(), comparison.seeds.back()));
    std::vector<std::string> heads;
    for (const auto& variant : comparison.variants) heads.push_back(variant.name);
    Table table(heads);
    for (const ComparedMetric& metric : metrics) {
        std::vector<std::string> cells;
        for (std::size_t variant = 0; variant < heads.size(); ++variant) cells.push_back(cell(metric, variant, seeds));
        table.row(metric.label, std::move(cells));
    }
    std::vector<std::string> words;
    for (const auto& runs : comparison.runs) words.push_back(verdicts(runs));
    table.row("verdicts", std::move(words));
    text += '\n' + table.text() + '\n';
    text += fmt::format(
        "Each cell: the median of {} seed{}, and an interval that holds the true median with at least {:.0f} %{}. Less "
        "is\nbetter in every row. * marks the best, and what cannot be told from it, where something is significantly "
        "worse:\nWilcoxon's signed-rank test of the differences seed by seed, p < {} after Holm's correction for all "
        "{} "
        "of them.\n\n",
        seeds, seeds == 1 ? "" : "s", interval_level * 100, seeds < 6 ? " (six seeds are needed; here all values)" : "",
        significance_level, pair_count(metrics));
    const std::string warning = too_few(seeds, pair_count(metrics));
    text += warning.empty() ? what_follows(comparison, metrics) : warning;
    return text + failed_expectations(comparison);
}

Json comparison_json(const Comparison& comparison, const std::vector<ComparedMetric>& metrics) {
    Json json = {{"version", 1}, {"brokersim", version}, {"build", build_name()}};
    json["scenario"] = comparison.variants.front().scenario.name;
    json["seeds"] = comparison.seeds;
    json["config"] = Json::object();
    for (const auto& variant : comparison.variants) json["config"][variant.name] = config_json(variant.scenario);
    json["metrics"] = Json::array();
    for (const ComparedMetric& metric : metrics) json["metrics"].push_back(metric_json(comparison, metric));
    json["runs"] = Json::array();
    Json times = Json::array();
    for (std::size_t variant = 0; variant < comparison.variants.size(); ++variant)
        for (std::size_t seed = 0; seed < comparison.seeds.size(); ++seed) {
            const ComparedRun& run = comparison.runs[variant][seed];
            json["runs"].push_back({{"variant", comparison.variants[variant].name},
                                    {"seed", comparison.seeds[seed]},
                                    {"verdict", run.verdict},
                                    {"message", run.message},
                                    {"digest", run.digest},
                                    {"broken", run.broken},
                                    {"failed", failed_json(run)},
                                    {"metrics", run.metrics}});
            times.push_back(run.wall_ns);
        }
    json["host"] = {{"wall_ns", comparison.wall_ns}, {"runs_wall_ns", std::move(times)}};
    return json;
}

}  // namespace brokersim::report
