#include <algorithm>

#include <gtest/gtest.h>

#include "scenarios/reader.h"
#include "scenarios/run.h"

/// What each fault does to a run: a consumer and two brokers, 50 messages a second, an accident at 10 s.
namespace brokersim::scenario {
namespace {

RunResult run_with(const std::string& events, const std::string& assignment = "averagely", int consumers = 1) {
    const std::string text = R"(
        duration = "40s"
        [cluster]
        brokers = 2
        [[topic]]
        name = "t"
        queues = 2
        [[producer]]
        topic = "t"
        rate = "50/s"
        body = "64B"
        [[group]]
        name = "g"
        topic = "t"
        consumers = )" + std::to_string(consumers) +
                             R"(
        from = "first"
        assignment = ")" + assignment +
                             "\"\n" + events;
    const auto file = read_scenario(text, "faults.toml", {});
    if (!file) throw std::runtime_error(file.error().front().text());
    return run(file->variants.front(), 1);
}

std::int64_t ms(const RunResult& result, const std::string& metric) {
    const Rational value = result.metrics.at(metric);
    return value.num / value.den;
}

std::int64_t stopped(const RunResult& result) { return ms(result, "group.g.stopped_ms"); }

constexpr std::int64_t second = 1'000'000'000;

TEST(Faults, NothingStandsStillWithoutOne) {
    const RunResult result = run_with("");
    EXPECT_EQ(result.outcome, Outcome::held) << result.message;
    EXPECT_EQ(result.healed_at, 0);
    EXPECT_LT(stopped(result), 1'600);  // the first rebalance comes after a second, its pulls half a second later
    EXPECT_LT(ms(result, "latency.end_to_end.p50_ms"), 10);
}

TEST(Faults, ARunGoesOnUntilWhatAPowerCutLeftIsRead) {
    const RunResult result = run_with(R"([[at]]
        name = "consumer"
        time = "30s"
        fault = "pause"
        node = "g/0"
        for = "60s"
        [[at]]
        name = "broker"
        time = "38s"
        fault = "power-cut"
        node = "broker/0"
        for = "60s")");
    EXPECT_EQ(result.outcome, Outcome::held) << result.message;
    EXPECT_EQ(ms(result, "backlog.end"), 0);
}

TEST(Faults, APauseStopsAConsumerForItsTimeAndNoLonger) {
    const RunResult result = run_with(R"([[at]]
        time = "10s"
        fault = "pause"
        node = "g/0"
        for = "4s")");
    EXPECT_EQ(result.outcome, Outcome::held) << result.message;
    EXPECT_EQ(result.healed_at, 14 * second);
    EXPECT_GE(stopped(result), 3'900);
    EXPECT_LT(stopped(result), 4'500);
}

TEST(Faults, TwoPausesOfOneProcessEndWithTheLater) {
    const RunResult result = run_with(R"([[at]]
        name = "first"
        time = "10s"
        fault = "pause"
        node = "g/0"
        for = "8s"
        [[at]]
        name = "second"
        time = "12s"
        fault = "pause"
        node = "g/0"
        for = "2s")");
    EXPECT_EQ(result.outcome, Outcome::held) << result.message;
    EXPECT_EQ(result.healed_at, 18 * second);
    EXPECT_GE(stopped(result), 7'900);
}

TEST(Faults, APauseEndsWithItsProcess) {
    const RunResult result = run_with(R"([[at]]
        name = "pause"
        time = "10s"
        fault = "pause"
        node = "g/0"
        [[at]]
        name = "kill"
        time = "12s"
        fault = "kill"
        node = "g/0"
        for = "1s")");
    EXPECT_EQ(result.outcome, Outcome::held) << result.message;
    EXPECT_EQ(result.healed_at, 12 * second);
    EXPECT_LT(stopped(result), 6'000);
}

TEST(Faults, AKilledBrokerWithAPoolOfBuffersLosesOnlyWhatItHadNotCopied) {
    const std::string kill = R"([[at]]
        name = "kill"
        time = "12s"
        fault = "kill"
        node = "broker/0"
        for = "5s"
        [cluster.broker]
        transientStorePoolEnable = true)";
    const RunResult result = run_with(kill);
    EXPECT_EQ(result.outcome, Outcome::held) << result.message;
    const auto promise = std::ranges::find(result.promises, "no-acked-loss", &Verdict::promise);
    ASSERT_NE(promise, result.promises.end());
    EXPECT_NE(promise->not_judged.find("was killed with a pool of buffers"), std::string::npos) << promise->not_judged;
}

TEST(Faults, APausedProcessShutsDownWhenItGoesOn) {
    const RunResult result = run_with(R"([[at]]
        name = "pause"
        time = "10s"
        fault = "pause"
        node = "g/0"
        for = "5s"
        [[at]]
        name = "restart"
        time = "11s"
        do = "restart"
        node = "g/0")");
    EXPECT_EQ(result.outcome, Outcome::held) << result.message;
    EXPECT_GE(stopped(result), 4'900);
    EXPECT_LT(stopped(result), 8'000);
}

TEST(Faults, WhatHasNoEndHealsWithTheLoad) {
    const RunResult result = run_with(R"([[at]]
        name = "pause"
        time = "35s"
        fault = "pause"
        node = "g/0"
        [[at]]
        name = "cut"
        time = "30s"
        fault = "partition"
        between = ["g", ["broker/1"]])");
    EXPECT_EQ(result.outcome, Outcome::held) << result.message;
    EXPECT_EQ(result.healed_at, 40 * second);
    EXPECT_EQ(ms(result, "backlog.end"), 0);
}

TEST(Faults, APartitionInEitherDirectionStopsWhatPassesIt) {
    for (const std::string fault : {"fault = \"partition\"\nbetween = [\"g/0\", \"brokers\"]",
                                    "fault = \"one-way-partition\"\nbetween = [\"brokers\", \"g\"]",
                                    "fault = \"one-way-partition\"\nbetween = [\"g\", [\"broker/0\", \"broker/1\"]]"}) {
        const RunResult result = run_with("[[at]]\ntime = \"10s\"\nfor = \"6s\"\n" + fault);
        EXPECT_EQ(result.outcome, Outcome::held) << fault << result.message;
        EXPECT_EQ(result.healed_at, 16 * second);
        EXPECT_GE(stopped(result), 5'500) << fault;
        EXPECT_LT(stopped(result), 20'000) << fault;
        EXPECT_EQ(ms(result, "messages.lost"), 0);
    }
}

TEST(Faults, AOneWayPartitionLetsTheOtherDirectionPass) {
    const RunResult result = run_with(R"([[at]]
        time = "10s"
        fault = "one-way-partition"
        between = ["g/0", "namesrv/0"]
        for = "10s")");
    EXPECT_EQ(result.outcome, Outcome::held) << result.message;
    EXPECT_LT(stopped(result), 1'600);  // as without it
}

TEST(Faults, PartitionsOfOneLinkHealOneByOne) {
    const RunResult result = run_with(R"([[at]]
        name = "long"
        time = "10s"
        fault = "partition"
        between = ["g/0", "brokers"]
        for = "10s"
        [[at]]
        name = "short"
        time = "12s"
        fault = "partition"
        between = ["broker/0", "g/0"]
        for = "1s"
        every = "2s"
        times = 3)");
    EXPECT_EQ(result.outcome, Outcome::held) << result.message;
    EXPECT_EQ(result.healed_at, 20 * second);
    EXPECT_GE(stopped(result), 9'500);
}

TEST(Faults, ADelayIsSeenByEachMessage) {
    const RunResult result = run_with(R"([[at]]
        time = "0s"
        fault = "delay"
        between = ["producer.t", "brokers"]
        delay = "50ms")");
    EXPECT_EQ(result.outcome, Outcome::held) << result.message;
    EXPECT_GE(ms(result, "latency.send.p50_ms"), 100);
    EXPECT_GE(ms(result, "latency.end_to_end.p50_ms"), 50);
    EXPECT_LT(ms(result, "latency.end_to_end.p50_ms"), 100);
}

TEST(Faults, LossIsSeenAsTheTimeOfRepetition) {
    const RunResult result = run_with(R"([[at]]
        time = "0s"
        fault = "loss"
        between = ["producer.t", "brokers"]
        loss = "10%")");
    EXPECT_EQ(result.outcome, Outcome::held) << result.message;
    EXPECT_GE(ms(result, "latency.send.p99_ms"), 200);
    EXPECT_EQ(ms(result, "messages.lost"), 0);
}

TEST(Faults, ARollRestartsOneAfterAnother) {
    const RunResult result = run_with(R"([[at]]
        time = "10s"
        do = "roll"
        node = "g"
        every = "8s"
        for = "2s")",
                                      "averagely", 3);
    EXPECT_EQ(result.outcome, Outcome::held) << result.message;
    ASSERT_EQ(result.struck.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(result.struck[i].target, "g/" + std::to_string(i));
        EXPECT_EQ(result.struck[i].at, static_cast<std::int64_t>(10 + 8 * i) * second);
    }
    EXPECT_GE(ms(result, "group.g.queues_moved"), 4);
}

TEST(Faults, AMemberThatWasPausedFindsItselfReplacedInAKafkaGroup) {
    const RunResult result = run_with(R"([[at]]
        time = "15s"
        fault = "pause"
        node = "g/0"
        for = "20s")",
                                      "kafka/range\"\nclient.session.timeout.ms = \"6s", 2);
    EXPECT_EQ(result.outcome, Outcome::held) << result.message;
    EXPECT_GT(ms(result, "group.g.double_owned_ms"), 10'000);  // as long as it does not know
}

}  // namespace
}  // namespace brokersim::scenario
