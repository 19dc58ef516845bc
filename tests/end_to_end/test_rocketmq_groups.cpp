#include <gtest/gtest.h>

#include "scenarios/reader.h"
#include "scenarios/run.h"
#include "tests/end_to_end/program.h"

namespace brokersim::scenario {
namespace {

/// Four consumers of an orderly group; one joins, one is killed, one leaves in order, one falls silent.
RunResult run_orderly(std::uint64_t seed, const std::string& set) {
    const std::string text = R"(
        duration = "150s"
        [cluster]
        brokers = 2
        [[topic]]
        name = "t"
        queues = 4
        [[producer]]
        topic = "t"
        rate = "150/s"
        keys = 50
        skew = 0.5
        queue = "by-key"
        [[group]]
        name = "g"
        topic = "t"
        consumers = 4
        from = "first"
        order = "orderly"
        handler = {median = "4ms", p99 = "100ms"}
        [[at]]
        name = "join"
        time = "10s"
        do = "start"
        node = "g/4"
        [[at]]
        name = "kill"
        time = "20s"
        fault = "kill"
        node = "g/0"
        for = "5s"
        [[at]]
        name = "leave"
        time = "100s"
        do = "stop"
        node = "g/1"
        [[at]]
        name = "silent"
        time = "110s"
        fault = "power-cut"
        node = "g/2"
    )";
    const auto file = read_scenario(text, "orderly.toml", std::vector<std::string>{set});
    if (!file) throw std::runtime_error(file.error().front().text());
    return run(file->variants.front(), seed);
}

bool judged(const RunResult& result, const std::string& promise) {
    for (const Verdict& verdict : result.promises)
        if (verdict.promise == promise) return verdict.held() && verdict.not_judged.empty();
    return false;
}

class Orderly : public ::testing::TestWithParam<int> {};

TEST_P(Orderly, a_group_keeps_its_order_while_members_come_and_go) {
    for (const std::string assignment : {"averagely", "consistent-hash"}) {
        const RunResult result =
            run_orderly(static_cast<std::uint64_t>(GetParam()), "group.g.assignment=" + assignment);
        EXPECT_EQ(result.outcome, Outcome::held) << assignment << " " << result.message;
        EXPECT_TRUE(judged(result, "ordered-consumption"));
        EXPECT_TRUE(judged(result, "at-least-once"));
        EXPECT_TRUE(judged(result, "all-owned"));
    }
}

// The broker does not take the lock from a consumer that died: its queues stand still until the lock has run out.
TEST_P(Orderly, the_queues_of_a_killed_consumer_stand_still_for_a_minute) {
    const RunResult result = run_orderly(static_cast<std::uint64_t>(GetParam()), "group.g.consumers=4");
    for (const GroupEventReport& report : result.group_events) {
        if (report.event != "kill") continue;
        ASSERT_TRUE(report.agreed_after.has_value());
        EXPECT_GT(*report.agreed_after, 35'000'000'000);
        EXPECT_LT(*report.agreed_after, 65'000'000'000);
    }
}

INSTANTIATE_TEST_SUITE_P(Runs, Orderly, ::testing::Range(1, 4));

// all-owned compares the owners at the end with what the strategy gives; a broker of each room dies meanwhile, and with
// it the locks that it has given.
TEST(Rooms, every_strategy_that_knows_them_is_followed_and_order_outlives_brokers) {
    const std::string text = R"(
        duration = "60s"
        [cluster]
        brokers = 4
        rooms = ["east", "west"]
        [[topic]]
        name = "t"
        queues = 1
        [[producer]]
        topic = "t"
        rate = "100/s"
        keys = 20
        queue = "by-key"
        [[group]]
        name = "g"
        topic = "t"
        consumers = 3
        from = "first"
        order = "orderly"
        handler = "3ms"
        [[at]]
        time = "15s"
        do = "start"
        node = "g/3"
        [[at]]
        name = "east"
        time = "25s"
        fault = "kill"
        node = "broker/0"
        for = "3s"
        [[at]]
        name = "west"
        time = "40s"
        fault = "kill"
        node = "broker/3"
        for = "3s"
        [[variant]]
        name = "machine-room"
        group.g.assignment = "machine-room"
        [[variant]]
        name = "machine-room-nearby"
        group.g.assignment = "machine-room-nearby"
        [[variant]]
        name = "config"
        group.g.assignment = "config"
        group.g.owners = {"east@broker-0:0" = 0, "west@broker-1:0" = 1, "east@broker-2:0" = 2, "west@broker-3:0" = 3}
    )";
    const auto file = read_scenario(text, "rooms.toml", {});
    ASSERT_TRUE(file.has_value()) << file.error().front().text();
    for (const Variant& variant : file->variants) {
        const RunResult result = run(variant, 3);
        EXPECT_EQ(result.outcome, Outcome::held) << variant.name << " " << result.message;
        for (const std::string promise : {"all-owned", "ordered-consumption", "at-least-once"})
            EXPECT_TRUE(judged(result, promise)) << variant.name << " " << promise;
    }
}

}  // namespace
}  // namespace brokersim::scenario
