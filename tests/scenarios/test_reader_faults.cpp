#include <gtest/gtest.h>

#include <filesystem>

#include "scenarios/operations.h"
#include "scenarios/writer.h"
#include "tests/scenarios/reader_support.h"

namespace brokersim::scenario {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

/// The valid scenario with one more event (on line 67).
std::string with_event(const std::string& event) {
    return changed("[[expect]]\nmetric = \"messages.lost\"",
                   "[[at]]\n" + event + "\n[[expect]]\nmetric = \"messages.lost\"");
}
Lines errors_with(const std::string& event) { return errors_of(with_event(event)); }

TEST(ReaderFaults, SidesAreNodesKindsAndListsOfThem) {
    const Scenario scenario =
        read_one(with_event("name = \"cut\"\ntime = \"2m\"\nfault = \"partition\"\nfor = \"3s\"\nbetween = "
                            "[[\"billing\", \"producer.late/0\"], \"brokers\"]"));
    const EventSpec& cut = scenario.events.back();
    EXPECT_EQ(target_text(cut, 0), "billing, producer.late/0 and brokers");
    const faults::Strike strike = strike_of(cut, scenario);
    EXPECT_EQ(strike.from, (Lines{"billing/0", "billing/1", "billing/2", "billing/3", "producer.late/0"}));
    EXPECT_EQ(strike.to, (Lines{"broker/0", "broker/1"}));
    EXPECT_EQ(strike.lasts, Duration(3s));
}

TEST(ReaderFaults, ParametersHaveUnits) {
    const Scenario scenario =
        read_one(with_event("name = \"slow\"\ntime = \"2m\"\nfault = \"delay\"\ndelay = \"40ms\"\nbetween = "
                            "[\"brokers\", \"name_servers\"]\n"
                            "[[at]]\nname = \"lossy\"\ntime = \"2m\"\nfault = \"loss\"\nloss = \"0.5%\"\nbetween = "
                            "[\"producer.orders\", \"broker/1\"]"));
    EXPECT_EQ(scenario.events[3].delay, Duration(40ms));
    EXPECT_EQ(scenario.events[4].loss_ppm, 5'000);
}

TEST(ReaderFaults, ARollTakesEachNodeOfAKindOnce) {
    const Scenario scenario = read_one(
        with_event("name = \"roll\"\ntime = \"2m\"\ndo = \"roll\"\nnode = \"billing\"\nevery = \"20s\"\nfor = \"5s\""));
    EXPECT_EQ(scenario.events.back().times, 3);
    EXPECT_EQ(target_text(scenario.events.back(), 2), "billing/2");
}

TEST(ReaderFaults, WrittenOutTheyReadBackTheSame) {
    const Scenario scenario = read_one(
        with_event("name = \"slow\"\ntime = \"2m\"\nfault = \"delay\"\ndelay = \"40ms\"\nbetween = [\"brokers\", "
                   "\"name_servers\"]\n"
                   "[[at]]\nname = \"lossy\"\ntime = \"2m\"\nfault = \"loss\"\nloss = \"0.0001%\"\nbetween = "
                   "[[\"billing\", \"namesrv/1\"], \"broker/1\"]\n"
                   "[[at]]\nname = \"roll\"\ntime = \"2m\"\ndo = \"roll\"\nnode = \"brokers\"\nevery = \"20s\""));
    Scenario again = read_one(write_scenario(scenario));
    ASSERT_EQ(again.events.size(), scenario.events.size());
    for (std::size_t i = 0; i < again.events.size(); ++i) again.events[i].line = scenario.events[i].line;
    EXPECT_EQ(again.events, scenario.events);
}

TEST(ReaderFaults, TheWholeLibraryReadsBackTheSame) {
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(BROKERSIM_SOURCE "/scenarios")) {
        if (entry.path().extension() != ".toml") continue;
        ++files;
        const auto file = read_scenario_file(entry.path().string());
        ASSERT_TRUE(file.has_value()) << entry.path() << ": " << file.error().front().text();
        for (const Variant& variant : file->variants)
            EXPECT_EQ(write_scenario(read_one(write_scenario(variant.scenario))), write_scenario(variant.scenario));
    }
    EXPECT_GE(files, 7);
}

TEST(ReaderFaults, WhatDoesNotBelongToAFaultIsRefused) {
    const std::string begin = "name = \"x\"\ntime = \"2m\"\n";
    EXPECT_EQ(errors_with(begin + "fault = \"partition\"\nnode = \"billing/0\""),
              (Lines{"test.toml:67:1: `partition` needs `between`, the two ends of the links",
                     "test.toml:71:8: `partition` strikes links: it takes `between`, and no `node`"}));
    EXPECT_EQ(errors_with(begin + "fault = \"pause\"\nbetween = [\"billing/0\", \"brokers\"]").front(),
              "test.toml:67:1: [[at]] has no `node`");
    EXPECT_EQ(errors_with(begin + "fault = \"delay\"\nbetween = [\"billing\", \"brokers\"]"),
              Lines{"test.toml:67:1: `delay` needs `delay`"});
    EXPECT_EQ(errors_with(begin + "fault = \"kill\"\nnode = \"billing/0\"\nloss = \"1%\""),
              Lines{"test.toml:72:8: `kill` takes no `loss`"});
    EXPECT_EQ(errors_with(begin + "fault = \"loss\"\nloss = \"95%\"\nbetween = [\"billing\", \"brokers\"]"),
              Lines{"test.toml:71:8: `loss` is \"95%\"; its range is 0.0001%..90%"});
    EXPECT_EQ(errors_with(begin + "fault = \"loss\"\nloss = 5\nbetween = [\"billing\", \"brokers\"]"),
              Lines{"test.toml:71:8: `loss` wants a share such as \"5%\", not a whole number"});
    EXPECT_EQ(errors_with(begin + "fault = \"delay\"\ndelay = \"2m\"\nbetween = [\"billing\", \"brokers\"]"),
              Lines{"test.toml:71:9: `delay` is \"2m\"; its range is 1us..1m"});
}

TEST(ReaderFaults, SidesThatDoNotExistAreRefused) {
    const std::string begin = "name = \"x\"\ntime = \"2m\"\nfault = \"partition\"\nbetween = ";
    EXPECT_EQ(errors_with(begin + "[\"billing\", \"broker\"]"),
              Lines{"test.toml:71:23: \"broker\" is neither a node nor a kind of nodes; did you mean `brokers`?"});
    EXPECT_EQ(
        errors_with(begin + "[\"billing\"]"),
        Lines{"test.toml:71:11: `between` wants [A, B], each a node, a kind of nodes, or a list of them, not a list"});
    EXPECT_EQ(
        errors_with(begin + "[\"billing/4\", \"brokers\"]"),
        Lines{"test.toml:71:12: there is no \"billing/4\": nodes up to \"billing/2\" run from the beginning, and no "
              "event starts it"});
    EXPECT_EQ(errors_with(begin + "[[\"billing\", \"brokers\"], \"broker/1\"]"),
              Lines{"test.toml:71:36: \"broker/1\" stands on both sides"});
    EXPECT_EQ(
        errors_with(begin + "[[], \"broker/1\"]"),
        Lines{"test.toml:71:12: `between` wants [A, B], each a node, a kind of nodes, or a list of them, not a list"});
}

TEST(ReaderFaults, ARollThatCannotBeIsRefused) {
    const std::string begin = "name = \"x\"\ntime = \"2m\"\ndo = \"roll\"\n";
    EXPECT_EQ(errors_with(begin + "node = \"billing/0\"\nevery = \"20s\""),
              Lines{"test.toml:71:8: `roll` takes all nodes of a kind, such as \"billing\""});
    EXPECT_EQ(errors_with(begin + "node = \"billing\""),
              Lines{"test.toml:70:6: `roll` needs `every`, the time from one restart to the next"});
    EXPECT_EQ(errors_with(begin + "node = \"billing\"\nevery = \"20s\"\ntimes = 2"),
              Lines{"test.toml:73:9: `roll` takes no `times`: it restarts each node once"});
}

}  // namespace
}  // namespace brokersim::scenario
