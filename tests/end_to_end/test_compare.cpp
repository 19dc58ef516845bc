#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/end_to_end/program.h"

namespace brokersim::testing {
namespace {

Ended compare(const Scratch& scratch, const std::string& name, const std::string& options) {
    return brokersim("compare '" + small_scenario + "' --variant 'rocketmq averagely' --variant 'kafka range' " +
                     options + " --out '" + scratch.path(name) + "'");
}

nlohmann::ordered_json result(const Scratch& scratch, const std::string& name) {
    auto json = nlohmann::ordered_json::parse(read(scratch.path(name) + "/compare.json"));
    json.erase("host");
    return json;
}

std::string without_paths(std::string out) { return out.substr(0, out.find("Everything as JSON")); }

TEST(Compare, IsTheSameForAnyNumberOfJobsAndTellsTheFamiliesApart) {
    const Scratch scratch;
    const Ended one = compare(scratch, "one", "--seeds 1..7 --jobs 1");
    const Ended three = compare(scratch, "three", "--seeds 1..7 --jobs 3");
    EXPECT_EQ(one.code, 0) << one.out << one.err;
    EXPECT_EQ(one.err, "");
    EXPECT_EQ(without_paths(one.out), without_paths(three.out));
    const auto json = result(scratch, "one");
    EXPECT_EQ(json, result(scratch, "three"));
    EXPECT_EQ(json["runs"].size(), 14U);
    for (const auto& run : json["runs"]) {
        const bool kafka = run["variant"] == "kafka range";
        const auto& metrics = run["metrics"];
        EXPECT_EQ(metrics["group.billing.requests.join"] > 0, kafka);
        EXPECT_EQ(metrics["group.billing.requests.sync"] > 0, kafka);
        EXPECT_EQ(metrics["group.billing.requests.member_list"] > 0, !kafka);
        EXPECT_GT(metrics["group.billing.requests.notification"], 0);  // Kafka's members are RocketMQ's clients, too
        EXPECT_EQ(metrics["group.billing.requests.heartbeat"] > 0, kafka);
        EXPECT_GT(metrics["group.billing.requests.client_heartbeat"], 0);
        EXPECT_GT(metrics["group.billing.requests.offset_commit"], 0);
        EXPECT_GE(metrics["messages.duplicated"], metrics["messages.handed_twice"]);
    }
    EXPECT_NE(one.out.find("seeds 1..7"), std::string::npos) << one.out;
    EXPECT_NE(one.out.find("group billing: 3 consumers with 20 threads each on topic orders\n"), std::string::npos);
}

TEST(Compare, ARunEqualsTheOneOfTheSameSeed) {
    const Scratch scratch;
    EXPECT_EQ(compare(scratch, "both", "--seeds 5..5").code, 0);
    const Ended run =
        brokersim("run '" + small_scenario + "' --variant 'kafka range' --seed 5 --out '" + scratch.path("run") + "'");
    EXPECT_EQ(run.code, 0) << run.out;
    const auto alone = nlohmann::ordered_json::parse(read(scratch.path("run") + "/result.json"))["runs"][0];
    const auto compared = result(scratch, "both")["runs"][1];
    EXPECT_EQ(compared["digest"], alone["digest"]);
    for (const auto& [name, value] : alone["metrics"].items()) EXPECT_EQ(compared["metrics"][name], value) << name;
}

TEST(Compare, FailuresAreNamedAndSetTheExitCode) {
    const Scratch scratch;
    const std::string file =
        scratch.write("failing.toml", read(small_scenario) + "[[expect]]\nmetric = \"messages.sent\"\nequals = 1\n");
    const Ended ended =
        brokersim("compare '" + file + "' --variant 'kafka range' --seeds 1..2 --out '" + scratch.path("out") + "'");
    EXPECT_EQ(ended.code, 1) << ended.out << ended.err;
    EXPECT_NE(ended.out.find("failed 2"), std::string::npos) << ended.out;
    EXPECT_NE(ended.out.find("FAILED: variant \"kafka range\", seed 2: failed"), std::string::npos) << ended.out;
    EXPECT_NE(ended.out.find("Again, exactly: brokersim replay "), std::string::npos) << ended.out;
}

TEST(Compare, BadArgumentsAreBadInput) {
    EXPECT_EQ(brokersim("compare '" + small_scenario + "' --seeds 3..1").code, 2);
    EXPECT_EQ(brokersim("compare '" + small_scenario + "' --jobs 0").code, 2);
    EXPECT_EQ(brokersim("compare '" + small_scenario + "' --variant nobody").code, 2);
    EXPECT_EQ(brokersim("compare /no/such/file").code, 2);
}

}  // namespace
}  // namespace brokersim::testing
