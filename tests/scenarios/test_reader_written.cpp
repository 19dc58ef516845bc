#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fmt/format.h>

#include "scenarios/writer.h"
#include "tests/scenarios/reader_support.h"

namespace brokersim::scenario {
namespace {

/// A scenario without the places in its file.
Scenario placeless(Scenario scenario) {
    for (EventSpec& event : scenario.events) event.line = 0;
    for (ExpectationSpec& expectation : scenario.expectations) expectation.line = 0;
    return scenario;
}

void expect_same_when_read_back(const Scenario& scenario) {
    const std::string text = write_scenario(scenario);
    EXPECT_EQ(placeless(read_one(text)), placeless(scenario)) << text;
}

TEST(ReaderWritten, AScenarioThatWasWrittenOutReadsBackTheSame) {
    expect_same_when_read_back(read_one(valid_scenario));
}

TEST(ReaderWritten, StaticMembersReadBackAsSuch) {
    const Scenario scenario = read_one(
        valid_scenario, {"group.billing.assignment=kafka/cooperative-sticky", "group.billing.membership=static"});
    EXPECT_TRUE(scenario.groups.front().static_members);
    expect_same_when_read_back(scenario);
}

TEST(ReaderWritten, StorageReadsBackTheSame) {
    for (const std::string storage : {"modelled", "constant"})
        expect_same_when_read_back(read_one(
            valid_scenario, {"hardware.storage=" + storage, "hardware.heap=1GiB", "hardware.cache_page=16KiB",
                             "hardware.readahead=1MiB", "hardware.stable_pages=on", "hardware.vm.dirty_bytes=8MiB"}));
}

TEST(ReaderWritten, ACommandReadsBackTheSame) {
    const std::string command = R"(exec:sh -c 'a "b" \\ $c')";
    const Scenario scenario = read_one(changed("\"averagely-by-circle\"", "'''" + command + "'''"));
    EXPECT_EQ(scenario.groups.front().assignment, command);
    expect_same_when_read_back(scenario);
}

TEST(ReaderWritten, TheLibrarysVariantsReadBackTheSame) {
    const auto file = read_scenario_file(BROKERSIM_SOURCE "/scenarios/consumer-rebalance.toml");
    ASSERT_TRUE(file.has_value());
    for (const Variant& variant : file->variants) expect_same_when_read_back(variant.scenario);
}

RC_GTEST_PROP(ReaderWritten, AnyRateReadsBackTheSame, ()) {
    const int count = *rc::gen::inRange(1, 200);
    const int rate = *rc::gen::inRange(1, 1'000'000);
    const Scenario scenario = read_one(valid_scenario, {fmt::format("producer.orders.count={}", count),
                                                        fmt::format("producer.orders.rate={}/m", rate)});
    const Scenario again = read_one(write_scenario(scenario));
    RC_ASSERT(again.producers.front().rate == scenario.producers.front().rate);
    RC_ASSERT(again.producers.front().rate_each == scenario.producers.front().rate_each);
}

}  // namespace
}  // namespace brokersim::scenario
