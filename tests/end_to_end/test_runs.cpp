#include <gtest/gtest.h>

#include <numeric>

#include "scenarios/reader.h"
#include "scenarios/run.h"
#include "tests/end_to_end/program.h"
#include "tests/support/wished_number.h"

namespace brokersim::scenario {
namespace {

ScenarioFile small() {
    auto file = read_scenario_file(testing::small_scenario);
    if (!file) throw std::runtime_error(file.error().front().text());
    return std::move(*file);
}

std::int64_t count(const RunResult& result, const std::string& name) {
    const Rational value = result.metrics.at(name);
    EXPECT_EQ(value.den, 1) << name;
    return value.num;
}

TEST(Runs, numbers_add_up_for_each_group_and_promises_hold_over_many_seeds) {
    RunOptions options;
    options.stage.check_unpaid = true;
    const ScenarioFile file = small();
    const auto seeds = static_cast<std::uint64_t>(brokersim::testing::wished_number("BROKERSIM_SEEDS", 20));
    for (std::uint64_t seed = 1; seed <= seeds; ++seed)
        for (const Variant& variant : file.variants) {
            const RunResult result = run(variant, seed, options);
            EXPECT_EQ(result.outcome, Outcome::held) << variant.name << " seed " << seed << " " << result.message;
            for (const GroupSpec& group : variant.scenario.groups) {
                const auto of = [&](const std::string& name) {
                    return count(result, "group." + group.name + ".messages." + name);
                };
                EXPECT_EQ(
                    of("delivered") - of("duplicated") - of("retried"),
                    of("acknowledged") - of("lost") - of("pending") - of("filtered") + of("delivered_unacknowledged"))
                    << variant.name << " seed " << seed << " group " << group.name;
            }
        }
}

/// Both brokers, of which one coordinates each group, die and come back in the middle of changes of membership.
TEST(Runs, promises_hold_under_the_consumer_protocol_while_coordinators_die) {
    const std::string text = R"(
        duration = "60s"
        cluster.brokers = 2
        topic = [{name = "t", queues = 3}]
        producer = [{topic = "t", rate = "100/s"}]
        group = [{name = "g", topic = "t", consumers = 3, from = "first", assignment = "kafka/consumer-uniform"},
                 {name = "h", topic = "t", consumers = 2, from = "first", assignment = "kafka/consumer-range"}]
        at = [{name = "join", time = "10s", do = "start", node = "g/3"},
              {name = "first", time = "10s", fault = "kill", node = "broker/0", for = "3s", jitter = "5s"},
              {name = "second", time = "20s", fault = "kill", node = "broker/1", for = "3s", jitter = "5s"},
              {name = "kill", time = "20s", fault = "kill", node = "h/0", for = "4s"},
              {name = "leave", time = "30s", do = "stop", node = "g/1"},
              {name = "third", time = "30s", fault = "kill", node = "broker/0", for = "3s", jitter = "5s"}]
    )";
    const auto file = read_scenario(text, "coordinators.toml", {});
    ASSERT_TRUE(file) << file.error().front().text();
    RunOptions options;
    options.stage.check_unpaid = true;
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        const RunResult result = run(file->variants.front(), seed, options);
        EXPECT_EQ(result.outcome, Outcome::held) << " seed " << seed << " " << result.message;
    }
}

/// Times until a group agreed after a named event, in ms.
std::int64_t agreed_ms(const RunResult& result, const std::string& event, const std::string& group) {
    for (const GroupEventReport& report : result.group_events)
        if (report.event == event && report.group == group)
            return report.agreed_after ? *report.agreed_after / 1'000'000 : -1;
    ADD_FAILURE() << "no event " << event;
    return -1;
}

class Noticing : public ::testing::TestWithParam<int> {
protected:
    static RunResult run_with(const std::string& fault, const std::string& assignment) {
        const std::string text = R"(
            duration = "20s"
            [[topic]]
            name = "t"
            [[producer]]
            topic = "t"
            rate = "50/s"
            [[group]]
            name = "g"
            topic = "t"
            consumers = 2
            from = "first"
            [[at]]
            name = "gone"
            time = "10s"
            node = "g/0"
            fault = ")" + fault + R"("
        )";
        const std::vector<std::string> set{"group.g.assignment=" + assignment};
        const auto file = read_scenario(text, "noticing.toml", set);
        if (!file) throw std::runtime_error(file.error().front().text());
        return run(file->variants.front(), static_cast<std::uint64_t>(GetParam()));
    }
};

TEST_P(Noticing, a_killed_consumer_of_rocketmq_is_missed_when_its_connection_closes) {
    const RunResult result = run_with("kill", "averagely");
    EXPECT_EQ(result.outcome, Outcome::held) << result.message;
    EXPECT_GE(agreed_ms(result, "gone", "g"), 0);
    EXPECT_LT(agreed_ms(result, "gone", "g"), 3'000);
}

TEST_P(Noticing, a_silent_consumer_of_rocketmq_is_missed_by_expiry_only) {
    const RunResult result = run_with("power-cut", "averagely");
    EXPECT_EQ(result.outcome, Outcome::held) << result.message;
    EXPECT_GT(agreed_ms(result, "gone", "g"), 90'000);
    EXPECT_LT(agreed_ms(result, "gone", "g"), 135'000);
}

TEST_P(Noticing, a_member_of_kafka_is_missed_by_its_session_in_both_cases) {
    for (const std::string fault : {"kill", "power-cut"}) {
        const RunResult result = run_with(fault, "kafka/range");
        EXPECT_EQ(result.outcome, Outcome::held) << result.message;
        EXPECT_GT(agreed_ms(result, "gone", "g"), 42'000) << fault;
        EXPECT_LT(agreed_ms(result, "gone", "g"), 50'000) << fault;
    }
}

INSTANTIATE_TEST_SUITE_P(Runs, Noticing, ::testing::Range(1, 6));

}  // namespace
}  // namespace brokersim::scenario
