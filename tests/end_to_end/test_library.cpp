#include <gtest/gtest.h>

#include <map>

#include <nlohmann/json.hpp>

#include "scenarios/reader.h"
#include "scenarios/run.h"
#include "tests/end_to_end/program.h"

namespace brokersim::testing {
namespace {

/// The metric of the run of a variant.
double metric(const nlohmann::json& result, const std::string& variant, const std::string& name) {
    for (const auto& run : result["runs"])
        if (run["variant"] == variant) return run["metrics"][name];
    ADD_FAILURE() << "no variant " << variant;
    return -1;
}

TEST(Library, APowerCutTakesAcknowledgedMessagesFromABrokerThatDoesNotFlushFirst) {
    const Scratch scratch;
    const Ended ended =
        brokersim("run '" BROKERSIM_SOURCE "/scenarios/broker-power-cut.toml' --out '" + scratch.path("out") + "'");
    EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
    const auto result = nlohmann::json::parse(read(scratch.path("out") + "/result.json"));
    EXPECT_EQ(metric(result, "sync flush", "messages.lost"), 0);
    EXPECT_GT(metric(result, "async flush", "messages.lost"), 0);
    EXPECT_NE(ended.out.find("before they were flushed"), std::string::npos) << ended.out;
}

TEST(Library, ScenariosShowWhatTheySay) {
    for (const std::string name :
         {"hot-queue", "machine-room-outage", "many-producers-one-link", "page-cache-pressure", "busy-at-low-load"}) {
        const Ended ended = brokersim("run '" BROKERSIM_SOURCE "/scenarios/" + name + ".toml'");
        EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
    }
}

/// The variants of a scenario of the library, made shorter, each run once; every promise and expectation must hold.
std::map<std::string, scenario::RunResult> run_shortened(const std::string& name, std::vector<std::string> overrides) {
    std::map<std::string, scenario::RunResult> results;
    const auto file = scenario::read_scenario_file(BROKERSIM_SOURCE "/scenarios/" + name + ".toml", overrides);
    EXPECT_TRUE(file.has_value()) << (file ? "" : file.error().front().text());
    if (!file) return results;
    for (const scenario::Variant& variant : file->variants) {
        const auto result = scenario::run(variant, variant.scenario.seed);
        EXPECT_EQ(result.outcome, scenario::Outcome::held)
            << name << ", " << variant.name << ": " << scenario::word(result.outcome) << " " << result.message;
        EXPECT_EQ(result.metrics.at("messages.lost").num, 0) << name << ", " << variant.name;
        EXPECT_EQ(result.metrics.at("backlog.end").num, 0) << name << ", " << variant.name;
        results.emplace(variant.name, result);
    }
    return results;
}

std::int64_t whole(const scenario::RunResult& result, const std::string& metric) {
    return result.metrics.at(metric).num / result.metrics.at(metric).den;
}

TEST(Library, APauseOfABrokerMakesAStormInALargeGroup) {
    const auto results =
        run_shortened("heartbeat-storm", {"group.billing.consumers=60", "topic.orders.queues=30", "duration=80s",
                                          "at.pause.time=30s", "producer.orders.rate=100/s"});
    EXPECT_GT(whole(results.at("rocketmq averagely"), "group.billing.queues_moved"), 0);
    EXPECT_EQ(whole(results.at("kafka range"), "group.billing.queues_moved"), 0);
}

TEST(Library, ConsumersBeyondTheNumberOfQueuesGetNone) {
    for (const auto& [variant, result] : run_shortened("scale-out", {"producer.orders.rate=50/s"}))
        EXPECT_GE(whole(result, "group.billing.imbalance"), 1) << variant;
}

TEST(Library, ARollingRestartNeverWaitsForATimeOut) {
    for (const auto& [variant, result] : run_shortened("rolling-restart", {"producer.orders.rate=50/s"})) {
        EXPECT_EQ(result.struck.size(), 6U);
        EXPECT_LT(whole(result, "group.billing.stopped_ms"), 10'000) << variant;
    }
}

TEST(Library, AFlappingConsumerStopsAKafkaGroupForItsSession) {
    const auto results = run_shortened("flapping-consumer", {"producer.orders.rate=50/s", "duration=2m"});
    EXPECT_LT(whole(results.at("rocketmq averagely"), "group.billing.stopped_ms"), 5'000);
    EXPECT_GT(whole(results.at("kafka range"), "group.billing.stopped_ms"), 30'000);
}

/// Rocketmq's and Kafka's groups alike: min(consumers, queues) times what one does, within 3 %.
TEST(Library, ABacklogDrainsAsFastAsConsumersThatHaveQueues) {
    const auto results = run_shortened("message-backlog", {"duration=75s"});
    for (const std::string family : {"rocketmq", "kafka"}) {
        const auto rate = [&](const std::string& who) {
            const scenario::Rational measured = results.at(family + ", " + who).metrics.at("group.billing.drain_rate");
            return static_cast<double>(measured.num) / static_cast<double>(measured.den);
        };
        const double one = rate("1 consumer");
        for (const int consumers : {2, 4, 8, 12})
            EXPECT_NEAR(rate(std::to_string(consumers) + " consumers") / (std::min(consumers, 8) * one), 1, 0.03)
                << family << ", " << consumers;
    }
}

TEST(Library, ViewsThatDifferMakeTwoOwners) {
    const auto results = run_shortened("inconsistent-views", {"producer.orders.rate=20/s", "duration=6m"});
    EXPECT_GT(whole(results.at("rocketmq"), "messages.duplicated"), 100);
    EXPECT_EQ(whole(results.at("kafka, cut off from a broker"), "group.billing.double_owned_ms"), 0);
}

}  // namespace
}  // namespace brokersim::testing
