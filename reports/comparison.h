#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "reports/statistics.h"
#include "scenarios/result.h"

/// Variants of a scenario over many seeds, held against each other seed by seed: `brokersim compare`.
namespace brokersim::report {

/// What a comparison keeps of one run.
struct ComparedRun {
    std::string verdict = "crashed";  // the word of its outcome
    std::string message;
    std::string digest;
    std::vector<std::string> broken;  // promises
    struct Failed {
        std::string expectation;    // "group.billing.stopped_ms at most 5000 (line 70)"
        std::optional<double> got;  // of a metric that was measured
    };
    std::vector<Failed> failed;  // expectations
    int exit_code = 3;
    std::int64_t wall_ns = 0;
    std::map<std::string, double> metrics;
};

ComparedRun compared_run(const scenario::RunResult& result, std::int64_t wall_ns);
/// As one text, and back: for a run in another process. A text that is something else gives nothing.
std::string compared_run_text(const ComparedRun& run);
std::optional<ComparedRun> read_compared_run(const std::string& text);

struct Comparison {
    std::vector<scenario::Variant> variants;
    std::vector<std::uint64_t> seeds;
    std::vector<std::vector<ComparedRun>> runs;  // [variant][seed]
    std::int64_t wall_ns = 0;                    // of all together
};

/// Two variants in one metric, over the seeds in which both measured it: `other` minus `best`.
struct PairStatistics {
    std::size_t best = 0;
    std::size_t other = 0;
    MedianInterval difference;
    double p = 1;         // signed_rank_p
    double raised_p = 1;  // by Holm's method, over all pairs of the table
};

/// One row of the table; less is better in all of them.
struct ComparedMetric {
    std::string name;
    std::string label;  // for people
    std::string unit;
    std::vector<std::optional<MedianInterval>> medians;  // by variant
    std::optional<std::size_t> best;                     // the least median; of equal ones the first
    std::vector<PairStatistics> pairs;                   // the best with every other one
};

/// Differences count as significant below this.
inline constexpr double significance_level = 0.05;
inline constexpr double interval_level = 0.95;

inline bool significant(const PairStatistics& pair) { return pair.raised_p < significance_level; }
/// The best is marked, and whoever cannot be told from it, if somebody is significantly worse.
bool marked(const ComparedMetric& metric, std::size_t variant);

/// The rows that say something: metrics of which some run measured more than zero, and what was lost.
std::vector<ComparedMetric> compare_metrics(const Comparison& comparison);

/// The table for people, and what follows from it.
std::string comparison_report(const Comparison& comparison, const std::vector<ComparedMetric>& metrics);
/// compare.json, version 1: every run with all its metrics, the statistics of the table's rows. What depends on this
/// machine lies under "host".
nlohmann::ordered_json comparison_json(const Comparison& comparison, const std::vector<ComparedMetric>& metrics);

}  // namespace brokersim::report
