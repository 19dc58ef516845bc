#include <gtest/gtest.h>

#include "scenarios/machines.h"
#include "scenarios/nodes.h"
#include "scenarios/operations.h"
#include "scenarios/writer.h"
#include "tests/scenarios/reader_support.h"

namespace brokersim::scenario {
namespace {

using Lines = std::vector<std::string>;

/// The valid scenario with something more before its events (from line 49 on).
std::string with(const std::string& text) {
    return changed("[[at]]\nname = \"join\"", text + "[[at]]\nname = \"join\"");
}

void expect_same_when_read_back(const Scenario& scenario) {
    Scenario again = read_one(write_scenario(scenario));
    EXPECT_EQ(again.machines, scenario.machines);
    EXPECT_EQ(again.cluster, scenario.cluster);
    ASSERT_EQ(again.events.size(), scenario.events.size());
    for (std::size_t i = 0; i < again.events.size(); ++i) EXPECT_EQ(again.events[i].count, scenario.events[i].count);
}

TEST(ReaderMachines, NodesShareAMachine) {
    const Scenario scenario =
        read_one(with("[[machine]]\nname = \"box\"\nnodes = [\"broker/0\", \"namesrv/1\", \"billing\"]\n"
                      "cores = 2\n"));
    ASSERT_EQ(scenario.machines.size(), 1U);
    EXPECT_EQ(scenario.machines[0].cores, 2);
    EXPECT_EQ(scenario.machines[0].memory, std::nullopt);
    EXPECT_EQ(shared_machine(scenario, {NodeName::Role::consumer, "billing", 3}), &scenario.machines[0]);
    EXPECT_EQ(shared_machine(scenario, {NodeName::Role::broker, "", 1}), nullptr);
    expect_same_when_read_back(scenario);
}

TEST(ReaderMachines, WhatCannotShareOneIsRefused) {
    const auto errors = [](const std::string& nodes) {
        return errors_of(with("[[machine]]\nname = \"box\"\nnodes = " + nodes + "\n"));
    };
    EXPECT_EQ(errors("\"brokers\""),
              Lines{"test.toml:51:9: \"broker/0\" and \"broker/1\" listen on the same port: they need a machine each"});
    EXPECT_EQ(errors("[\"brokr/0\"]"), Lines{"test.toml:51:9: no node is named \"brokr/0\"; did you mean `broker`?"});
    EXPECT_EQ(errors("\"billing/9\""),
              Lines{"test.toml:51:9: there is no \"billing/9\": nodes up to \"billing/2\" run from "
                    "the beginning, and no event starts it"});
    EXPECT_EQ(errors_of(with("[[machine]]\nname = \"box\"\nnodes = \"billing/0\"\n"
                             "[[machine]]\nname = \"other\"\nnodes = \"billing\"\n")),
              Lines{"test.toml:54:9: \"billing/0\" stands on machine `box` already"});
    EXPECT_EQ(errors_of(with("[[machine]]\nname = \"box\"\nnodes = [\"billing/0\", \"billing/1\"]\n"),
                        {"cluster.rooms=[\"east\", \"west\"]"}),
              Lines{"test.toml:51:9: \"billing/0\" stands in room east, and \"billing/1\" in room west"});
    EXPECT_EQ(
        errors_of(with("[[machine]]\nname = \"box\"\nnodes = [\"billing/0\", \"broker/0\"]\n[[at]]\nname = \"cut\"\n"
                       "time = \"1m\"\nfault = \"partition\"\nbetween = [\"billing\", \"broker/0\"]\n")),
        Lines{"test.toml:51:9: event `cut` strikes the links between \"billing/0\" and \"broker/0\", but on one "
              "machine there are none"});
}

TEST(ReaderMachines, AnEngineIsOneOfTheTable) {
    const Scenario scenario = read_one(valid_scenario, {"cluster.engine=rocketmq-java"});
    EXPECT_EQ(scenario.cluster.engine, "rocketmq-java");
    expect_same_when_read_back(scenario);
    EXPECT_EQ(read_one(valid_scenario).cluster.engine, "rocketmq-steady");
    EXPECT_EQ(errors_of(changed("release = \"rocketmq-5.3\"", "engine = \"rocketmq-jawa\"")),
              Lines{"test.toml:12:10: `engine` = \"rocketmq-jawa\": no such word; did you mean `rocketmq-java`?"});
}

TEST(ReaderMachines, SeveralNodesStartTogether) {
    const Scenario scenario = read_one(changed("node = \"billing/3\"", "node = \"billing/3\"\ncount = 5"));
    EXPECT_EQ(total_count({NodeName::Role::consumer, "billing", 0}, scenario), 8);
    EXPECT_EQ(target_text(scenario.events[0], 0), "billing/3 to billing/7");
    expect_same_when_read_back(scenario);
    const Scenario nobody = read_one(changed("node = \"billing/3\"", "node = \"billing/3\"\ncount = 0"));
    EXPECT_EQ(total_count({NodeName::Role::consumer, "billing", 0}, nobody), 3);
    EXPECT_EQ(target_text(nobody.events[0], 0), "nobody");
}

TEST(ReaderMachines, OnlyAStartTakesACount) {
    EXPECT_EQ(errors_of(changed("fault = \"kill\"", "fault = \"kill\"\ncount = 2")),
              Lines{"test.toml:57:9: `kill` takes no `count`"});
    EXPECT_EQ(errors_of(changed("node = \"billing/3\"", "node = \"billing/2\"\ncount = 2")),
              Lines{"test.toml:53:8: \"billing/2\" runs already at 30s"});
}

}  // namespace
}  // namespace brokersim::scenario
