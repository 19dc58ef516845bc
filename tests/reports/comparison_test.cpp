#include "reports/comparison.h"

#include <gtest/gtest.h>

namespace brokersim::report {
namespace {

/// Variants "a", "b", "c" with one metric each seed.
struct Compared {
    explicit Compared(std::size_t seeds) {
        for (const std::string name : {"a", "b", "c"}) {
            scenario::Variant variant{.name = name, .scenario = {}};
            variant.scenario.name = "three";
            variant.scenario.groups = {{.name = "g", .topic = "t", .consumers = 2, .threads = 20}};
            comparison.variants.push_back(variant);
        }
        for (std::size_t seed = 1; seed <= seeds; ++seed) comparison.seeds.push_back(seed);
        comparison.runs.assign(3, std::vector<ComparedRun>(seeds, {.verdict = "held", .exit_code = 0}));
    }
    void set(std::size_t variant, const std::string& metric, double (*value)(std::size_t seed)) {
        for (std::size_t seed = 0; seed < comparison.seeds.size(); ++seed)
            comparison.runs[variant][seed].metrics[metric] = value(seed);
    }
    ComparedMetric metric(const std::string& name) const {
        for (ComparedMetric& found : compare_metrics(comparison))
            if (found.name == name) return found;
        ADD_FAILURE() << name;
        return {};
    }

    Comparison comparison;
};

const std::string stopped = "group.g.stopped_ms";

TEST(Comparison, MarksTheBestAndWhatCannotBeToldFromIt) {
    Compared it(20);
    it.set(0, stopped, [](std::size_t seed) { return 100.0 + static_cast<double>(seed); });
    it.set(1, stopped, [](std::size_t seed) { return 100.0 + static_cast<double>(seed) + (seed % 2 == 0 ? 3 : -2.5); });
    it.set(2, stopped, [](std::size_t seed) { return 150.0 + static_cast<double>(seed % 3); });
    const ComparedMetric metric = it.metric(stopped);
    ASSERT_EQ(metric.best, 0U);
    EXPECT_TRUE(marked(metric, 0));
    EXPECT_TRUE(marked(metric, 1));
    EXPECT_FALSE(marked(metric, 2));
    const std::string text = comparison_report(it.comparison, {metric});
    EXPECT_NE(text.find("c is worse than the best in: worst queue stood still (+"), std::string::npos) << text;
    EXPECT_EQ(text.find("is better than every other"), std::string::npos) << text;
}

TEST(Comparison, MarksNothingWhereSeedsCouldExplainIt) {
    Compared it(20);
    for (std::size_t variant = 0; variant < 3; ++variant)
        it.set(variant, stopped, [](std::size_t seed) { return 100.0 + static_cast<double>(seed * 7 % 11); });
    it.comparison.runs[2][5].metrics[stopped] += 50;  // one seed is no proof
    const ComparedMetric metric = it.metric(stopped);
    for (std::size_t variant = 0; variant < 3; ++variant) EXPECT_FALSE(marked(metric, variant));
    EXPECT_NE(comparison_report(it.comparison, {metric}).find("could explain the differences in: worst queue stood"),
              std::string::npos);
}

TEST(Comparison, SaysThatFiveSeedsAreTooFew) {
    Compared it(5);
    for (std::size_t variant = 0; variant < 3; ++variant)
        it.set(variant, stopped, [](std::size_t seed) { return static_cast<double>(seed); });
    for (ComparedRun& run : it.comparison.runs[2]) run.metrics[stopped] += 1000;
    const auto metrics = compare_metrics(it.comparison);
    EXPECT_NE(comparison_report(it.comparison, metrics).find("5 seeds are too few: before 7 of them"),
              std::string::npos);
}

TEST(Comparison, PairsSeedsInWhichBothMeasured) {
    Compared it(8);
    it.set(0, stopped, [](std::size_t) { return 1.0; });
    it.set(1, stopped, [](std::size_t) { return 2.0; });
    it.comparison.runs[1][3] = {.verdict = "crashed"};
    const ComparedMetric metric = it.metric(stopped);
    ASSERT_EQ(metric.pairs.size(), 1U);  // "c" never measured it
    EXPECT_EQ(metric.pairs[0].difference.n, 7U);
    EXPECT_FALSE(metric.medians[2]);
    const std::string text = comparison_report(it.comparison, {metric});
    EXPECT_NE(text.find("2.00 ms in 7 of 8"), std::string::npos) << text;
    EXPECT_NE(text.find("crashed 1, held 7"), std::string::npos) << text;
}

TEST(Comparison, LeavesOutRowsOfNothingButWhatWasLost) {
    Compared it(3);
    for (std::size_t variant = 0; variant < 3; ++variant)
        for (const std::string name : {"messages.lost", "messages.pending", "group.g.unowned_ms"})
            it.set(variant, name, [](std::size_t) { return 0.0; });
    const auto metrics = compare_metrics(it.comparison);
    ASSERT_EQ(metrics.size(), 1U);
    EXPECT_EQ(metrics[0].name, "messages.lost");
}

TEST(Comparison, HeadSaysWhereThreadsDiffer) {
    Compared it(2);
    it.set(0, "messages.lost", [](std::size_t) { return 0.0; });
    EXPECT_NE(comparison_report(it.comparison, {}).find("group g: 2 consumers with 20 threads each on topic t\n"),
              std::string::npos);
    it.comparison.variants[2].scenario.groups[0].threads = 5;
    const std::string text = comparison_report(it.comparison, {});
    EXPECT_NE(text.find("on topic t; c: 2 consumers with 5 threads each\n"), std::string::npos) << text;
}

TEST(Comparison, NamesEachExpectationThatFailedWithVariantAndSeeds) {
    Compared it(4);
    it.set(0, "messages.lost", [](std::size_t) { return 0.0; });
    for (const std::size_t seed : {1, 3})
        it.comparison.runs[1][seed].failed = {{"group.g.stopped_ms at most 5000 (line 70)", 6000.5}};
    it.comparison.runs[2][0].failed = {{"promise progress to break (line 9)", std::nullopt}};
    const std::string text = comparison_report(it.comparison, {});
    EXPECT_NE(text.find("b: expected group.g.stopped_ms at most 5000 (line 70); not so from seeds 2 (got 6000.500); 4 "
                        "(got 6000.500).\n"
                        "c: expected promise progress to break (line 9); not so from seed 1.\n"),
              std::string::npos)
        << text;
    EXPECT_EQ(comparison_json(it.comparison, {})["runs"][5]["failed"][0]["got"], 6000.5);
}

TEST(ComparedRun, KeepsTheExpectationsThatFailed) {
    scenario::RunResult result;
    result.expectations.push_back({.spec = {.metric = "messages.lost", .value = {1, 1}, .line = 7},
                                   .got = scenario::Rational{0, 1},
                                   .held = false});
    result.expectations.push_back({.spec = {.metric = "backlog.end"}, .got = std::nullopt, .held = true});
    const ComparedRun run = compared_run(result, 1);
    ASSERT_EQ(run.failed.size(), 1U);
    EXPECT_EQ(run.failed[0].expectation, "messages.lost equal to 1 (line 7)");
    EXPECT_EQ(run.failed[0].got, 0.0);
}

TEST(ComparedRun, GoesThroughATextAndRefusesOthers) {
    const ComparedRun run{.verdict = "failed",
                          .message = "m",
                          .digest = "d",
                          .broken = {"progress"},
                          .failed = {{"a", 1.5}, {"b", std::nullopt}},
                          .exit_code = 1,
                          .wall_ns = 5,
                          .metrics = {{"messages.lost", 2}}};
    const auto again = read_compared_run(compared_run_text(run));
    ASSERT_TRUE(again);
    EXPECT_EQ(compared_run_text(*again), compared_run_text(run));
    for (const std::string text : {"", "{", "[]", R"({"verdict": 3})"}) EXPECT_FALSE(read_compared_run(text)) << text;
}

}  // namespace
}  // namespace brokersim::report
