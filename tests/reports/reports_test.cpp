#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "reports/capsule.h"
#include "reports/exit_code.h"
#include "reports/numbers.h"
#include "reports/result_json.h"
#include "reports/run_report.h"
#include "reports/table.h"
#include "scenarios/reader.h"

namespace brokersim::report {
namespace {

using ::testing::HasSubstr;

TEST(Numbers, times_have_three_digits_and_the_unit_that_suits) {
    EXPECT_EQ(duration_text(0), "0");
    EXPECT_EQ(duration_text(999), "999 ns");
    EXPECT_EQ(duration_text(1'500), "1.50 us");
    EXPECT_EQ(duration_text(45'060'000'000), "45.1 s");
    EXPECT_EQ(duration_text(125'000'000'000), "2 min 5 s");
    EXPECT_EQ(duration_text(3'660'000'000'000), "1 h 1 min");
    EXPECT_EQ(duration_text(std::nullopt, "never"), "never");
}

TEST(Numbers, counts_are_grouped_and_ratios_are_short) {
    EXPECT_EQ(count_text(7), "7");
    EXPECT_EQ(count_text(1'234'567), "1 234 567");
    EXPECT_EQ(count_text(-1'000), "-1 000");
    EXPECT_EQ(rational_text({29, 4}), "7.25");
    EXPECT_EQ(rational_text({1, 3}), "0.333");
    EXPECT_EQ(rate_text({1, Duration(200'000)}), "5 000/s");
    EXPECT_EQ(rate_text({1, Duration(3'000'000'000)}), "0.333/s");
    EXPECT_EQ(bytes_text(8LL << 30), "8.00 GiB");
    EXPECT_EQ(digest_text(0xAB), "00000000000000ab");
}

TEST(Table, columns_line_up_in_characters) {
    Table table({"a", "\xC3\xA4\xC3\xB6"});
    table.block("block");
    table.row("long label", {"1", "22"});
    table.row("x", {"333", "4"});
    EXPECT_EQ(table.text(),
              "                a  \xC3\xA4\xC3\xB6\n"
              "block\n"
              "  long label    1  22\n"
              "  x           333   4\n");
}

TEST(Table, what_is_too_wide_becomes_several_tables) {
    Table table({"first", "second", "third"});
    table.row("label", {std::string(70, 'a'), std::string(70, 'b'), std::string(70, 'c')});
    const std::string text = table.text();
    EXPECT_LT(text.find("second"), text.find(std::string(70, 'b')));
    EXPECT_LT(text.find(std::string(70, 'b')), text.find("third"));
    EXPECT_EQ(text.find("label"), text.find("  label") + 2);
    EXPECT_NE(text.find("label"), text.rfind("label")) << "each part has the labels";
}

scenario::RunResult result_with(scenario::Outcome outcome) {
    scenario::RunResult result;
    result.variant = "base";
    result.seed = 7;
    result.outcome = outcome;
    result.digest = 0x1234;
    result.ladder = {1, 2, 3};
    const auto file = scenario::read_scenario(
        "duration = \"1s\"\n[[topic]]\nname = \"t\"\n[[producer]]\ntopic = \"t\"\nrate = \"1/s\"\n"
        "[[group]]\nname = \"g\"\ntopic = \"t\"\nconsumers = 1\n",
        "t.toml");
    result.scenario = file->variants.front().scenario;
    return result;
}

TEST(ExitCode, the_worst_of_several_counts) {
    using scenario::Outcome;
    const std::vector<scenario::RunResult> mixed{result_with(Outcome::held), result_with(Outcome::limit),
                                                 result_with(Outcome::failed)};
    EXPECT_EQ(exit_code(mixed), ExitCode::broken);
    EXPECT_EQ(exit_code(result_with(Outcome::limit)), ExitCode::limit);
    EXPECT_EQ(exit_code(result_with(Outcome::crashed)), ExitCode::broken);
    EXPECT_EQ(exit_code(result_with(Outcome::held)), ExitCode::held);
    EXPECT_EQ(worse(ExitCode::broken, ExitCode::defect), ExitCode::defect);
}

TEST(Capsule, reads_back_what_was_written) {
    scenario::RunResult result = result_with(scenario::Outcome::broken);
    result.promises.push_back({"progress", {{"progress", 5, "it stood", {}, {}}}, ""});
    const auto capsule = read_capsule(capsule_text(result), "c.json");
    ASSERT_TRUE(capsule.has_value()) << capsule.error();
    EXPECT_EQ(capsule->seed, 7U);
    EXPECT_EQ(capsule->digest, 0x1234U);
    EXPECT_EQ(capsule->ladder, result.ladder);
    EXPECT_EQ(capsule->broken, std::vector<std::string>{"progress"});
    EXPECT_EQ(capsule->variant.scenario, result.scenario);
}

RC_GTEST_PROP(Capsule, garbage_is_an_error_and_never_worse, (const std::vector<std::pair<std::size_t, char>>& edits)) {
    static const std::string whole = capsule_text(result_with(scenario::Outcome::failed));
    std::string text = whole;
    for (const auto& [at, c] : edits) text[at % text.size()] = c;
    const auto capsule = read_capsule(text, "c.json");
    if (!capsule) RC_ASSERT(capsule.error().starts_with("c.json: "));
}

TEST(ResultJson, has_the_shape_that_machines_read) {
    scenario::RunResult result = result_with(scenario::Outcome::failed);
    result.metrics["messages.lost"] = {0, 1};
    result.metrics["latency.end_to_end.p99_ms"] = {36, 5};
    result.expectations.push_back(
        {.spec = {.metric = "messages.lost", .value = {1, 1}}, .got = scenario::Rational{0, 1}, .held = false});
    const HostFacts host{42};
    const auto json = result_json({&result, 1}, {&host, 1});
    EXPECT_EQ(json["version"], 1);
    EXPECT_EQ(json["config"]["base"]["name"].get<std::string>(), result.scenario.name);
    EXPECT_EQ(json["runs"][0]["variant"], "base");
    EXPECT_EQ(json["runs"][0]["verdict"], "failed");
    EXPECT_EQ(json["runs"][0]["digest"], "0000000000001234");
    EXPECT_EQ(json["runs"][0]["metrics"]["messages.lost"], 0);
    EXPECT_EQ(json["runs"][0]["metrics"]["latency.end_to_end.p99_ms"], 7.2);
    EXPECT_EQ(json["runs"][0]["expectations"][0]["op"], "equals");
    EXPECT_EQ(json["runs"][0]["expectations"][0]["want"], 1);
    EXPECT_EQ(json["runs"][0]["expectations"][0]["held"], false);
    EXPECT_EQ(json["runs"][0]["host"]["wall_ns"], 42);
}

TEST(FailureReport, names_promise_evidence_and_the_command_that_replays) {
    scenario::RunResult result = result_with(scenario::Outcome::broken);
    result.promises.push_back(
        {"no-acked-loss", {{"no-acked-loss", 1'000, "1 message is gone", {"it was #5"}, {}}}, ""});
    const std::string text = failure_report(result, "out/c.json");
    EXPECT_THAT(text, HasSubstr("promise no-acked-loss broken"));
    EXPECT_THAT(text, HasSubstr("it was #5"));
    EXPECT_THAT(text, HasSubstr("brokersim replay out/c.json"));
    EXPECT_EQ(failure_report(result_with(scenario::Outcome::held), ""), "");
}

}  // namespace
}  // namespace brokersim::report
