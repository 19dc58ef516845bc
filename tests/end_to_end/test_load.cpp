#include <gtest/gtest.h>

#include "scenarios/reader.h"
#include "scenarios/run.h"
#include "scenarios/stage.h"

namespace brokersim::scenario {
namespace {

RunResult run_text(const std::string& text, std::vector<std::string> overrides = {}) {
    const auto file = read_scenario(text, "load.toml", overrides);
    if (!file) {
        ADD_FAILURE() << file.error().front().text();
        return {};
    }
    const Variant& variant = file->variants.front();
    RunOptions options;
    options.stage.check_unpaid = true;
    RunResult result = run(variant, variant.scenario.seed, options);
    EXPECT_EQ(result.outcome, Outcome::held) << word(result.outcome) << " " << result.message;
    return result;
}

double value(const RunResult& result, const std::string& metric) {
    const Rational number = result.metrics.at(metric);
    return static_cast<double>(number.num) / static_cast<double>(number.den);
}

const std::string busy = R"(
    duration = "20s"
    cluster.brokers = 2
    topic = [{name = "t", queues = 2}]
    producer = [{topic = "t", rate = "3000/s", body = "4KiB"}]
    group = [{name = "g", topic = "t", consumers = 2, from = "first"}]
)";

TEST(Engines, RocketmqJavaStopsForItsGarbage) {
    const RunResult steady = run_text(busy);
    EXPECT_EQ(value(steady, "pauses.servers.count"), 0);
    EXPECT_EQ(value(steady, "pauses.clients.count"), 0);
    const RunResult java = run_text(busy, {"cluster.engine=rocketmq-java"});
    // A broker handles 1,500 sends and deliveries a second, some 60 MB/s of objects: a pause every six or seven
    // seconds.
    EXPECT_GE(value(java, "pauses.servers.count"), 2);
    EXPECT_LE(value(java, "pauses.servers.count"), 12);
    EXPECT_GE(value(java, "pauses.clients.count"), 1);
    EXPECT_GT(value(java, "pauses.servers.max_ms"), 2);
    EXPECT_LT(value(java, "pauses.servers.max_ms"), 200);
    EXPECT_GE(value(java, "latency.send.max_ms"), value(java, "pauses.servers.max_ms") - 1);
    EXPECT_GT(value(java, "latency.send.p999_ms"), value(steady, "latency.send.p999_ms"));
    EXPECT_EQ(value(java, "messages.lost"), 0);
}

const std::string one_box = R"(
    duration = "40s"
    cluster.brokers = 2
    topic = [{name = "t", queues = 2}]
    producer = [{topic = "t", rate = "200/s"}]
    group = [{name = "g", topic = "t", consumers = 3, from = "first"}]
    machine = [{name = "box", nodes = ["broker/0", "namesrv/0", "g/0", "g/1"], cores = 2}]
    at = [{name = "dark", time = "20s", fault = "power-cut", node = "g/0", for = "5s"}]
    store.flushDiskType = "SYNC_FLUSH"
)";

TEST(SharedMachines, APowerCutTakesAllOfTheNodesAndThePowersReturnBringsThemBack) {
    const RunResult result = run_text(one_box);
    EXPECT_TRUE(result.drained);
    EXPECT_EQ(value(result, "messages.lost"), 0);
    EXPECT_EQ(value(result, "backlog.end"), 0);
    // The broker on the box was away for 5 s, in which sends to it timed out or went to the other one.
    EXPECT_GT(value(result, "latency.send.max_ms"), 2'900);
}

TEST(SharedMachines, ThePowerOfOneNodeIsThatOfItsMachine) {
    const auto file = read_scenario(one_box, "load.toml", {});
    ASSERT_TRUE(file.has_value());
    Stage stage(file->variants.front().scenario, 1, {});
    ASSERT_EQ(stage.set_up(), sim::RunStatus::reached);
    stage.start_clients();
    ASSERT_EQ(stage.world().run_for(std::chrono::seconds(3)), sim::RunStatus::reached);
    const std::vector<std::string> box{"broker/0", "namesrv/0", "g/0", "g/1"};
    const std::vector<std::string> others{"broker/1", "g/2", "producer.t/0"};
    stage.kill("g/1");
    stage.cut_power("namesrv/0");
    for (const std::string& node : box) EXPECT_FALSE(stage.running(node)) << node;
    for (const std::string& node : others) EXPECT_TRUE(stage.running(node)) << node;
    stage.start("broker/0");
    for (const std::string& node : box) EXPECT_EQ(stage.running(node), node != "g/1") << node;  // it was dead before
    stage.start("g/1");
    EXPECT_TRUE(stage.running("g/1"));
    // A broker strikes off the members that vanished after two minutes.
    EXPECT_EQ(stage.world().run_for(std::chrono::minutes(3)), sim::RunStatus::reached);
    EXPECT_TRUE(stage.history().owners().settled(0));
}

TEST(SharedMachines, FramesWithinOneDoNotPassTheNetworkCard) {
    const std::string text = R"(
        duration = "10s"
        hardware.cores = 1
        topic = [{name = "t"}]
        producer = [{topic = "t", rate = "20000/s", body = "1KiB"}]
        group = [{name = "g", topic = "t", consumers = 1, from = "first"}]
    )";
    const RunResult apart = run_text(text);
    const RunResult boxed =
        run_text(text + "machine = [{name = \"box\", nodes = [\"broker/0\", \"g/0\", \"producer.t/0\"]}]");
    EXPECT_NE(boxed.digest, apart.digest);
    // Within the machine a frame takes 20 us and no bandwidth; between machines 50 us and more.
    EXPECT_LT(value(boxed, "latency.send.p50_ms"), value(apart, "latency.send.p50_ms"));
    EXPECT_LT(value(boxed, "network.busy_ratio"), 0.001);
    EXPECT_GT(value(apart, "network.busy_ratio"), 0.001);
}

}  // namespace
}  // namespace brokersim::scenario
