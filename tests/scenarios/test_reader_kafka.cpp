#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenarios/writer.h"
#include "tests/scenarios/reader_support.h"

namespace brokersim::scenario {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Groups that share queues out in every way, and whatever is added to the file.
std::string with(const std::string& assignment, const std::string& group, const std::string& more = "",
                 const std::string& cluster = "") {
    return "duration = \"1m\"\n[cluster]\nbrokers = 2\nrooms = [\"east\", \"west\"]\n" + cluster +
           "[[topic]]\nname = \"t\"\nqueues = 1\n[[producer]]\ntopic = \"t\"\nrate = \"1/s\"\n[[group]]\nname = \"g\"\n"
           "topic = \"t\"\nconsumers = 3\nassignment = \"" +
           assignment + "\"\n" + group + more;
}

std::vector<std::string> warnings_of(const std::string& text) {
    std::vector<std::string> lines;
    const auto file = read_scenario(text, "t.toml", {});
    EXPECT_TRUE(file.has_value()) << (file ? "" : file.error().front().text());
    if (file)
        for (const Diagnostic& warning : file->warnings) lines.push_back(warning.message);
    return lines;
}

TEST(ReaderKafka, ASessionThatTheCoordinatorWouldRefuseIsAnError) {
    const std::string session = "client.session.timeout.ms = 5999\n";
    EXPECT_THAT(errors_of(with("kafka/range", session)),
                ElementsAre(HasSubstr("session.timeout.ms (5999) is below cluster.broker's "
                                      "group.min.session.timeout.ms (6000): nobody could join the group")));
    EXPECT_THAT(errors_of(with("kafka/range", "", "", "broker.group.max.session.timeout.ms = 44999\n")),
                ElementsAre(HasSubstr("session.timeout.ms (45000) is above cluster.broker's "
                                      "group.max.session.timeout.ms (44999)")));
    EXPECT_THAT(warnings_of(with("kafka/range", session, "", "broker.group.min.session.timeout.ms = 5999\n")),
                IsEmpty());
    EXPECT_THAT(errors_of(with("averagely", "", "", "broker.group.min.session.timeout.ms = 1800001\n")),
                ElementsAre(HasSubstr("group.min.session.timeout.ms (1800001) is above group.max.session.timeout.ms "
                                      "(1800000)")));
}

TEST(ReaderKafka, TimesOfTheConsumerProtocolAreTheBrokers) {
    EXPECT_THAT(warnings_of(with("kafka/consumer-range", "client.session.timeout.ms = 5999\n")),
                ElementsAre("`session.timeout.ms` has no effect with `assignment` = \"kafka/consumer-range\": "
                            "cluster.broker's group.consumer.session.timeout.ms decides"));
    EXPECT_THAT(errors_of(with("kafka/consumer-range", "", "", "broker.group.consumer.session.timeout.ms = 44999\n")),
                ElementsAre(HasSubstr("group.consumer.session.timeout.ms (44999) is below "
                                      "group.consumer.min.session.timeout.ms (45000)")));
    EXPECT_THAT(
        errors_of(with("kafka/consumer-range", "", "", "broker.group.consumer.heartbeat.interval.ms = 15001\n")),
        ElementsAre(HasSubstr("group.consumer.heartbeat.interval.ms (15001) is above "
                              "group.consumer.max.heartbeat.interval.ms (15000)")));
}

TEST(ReaderKafka, MembersThatAreTurnedAwayAreWarnedOf) {
    EXPECT_THAT(warnings_of(with("kafka/range", "", "", "broker.group.max.size = 2\n")),
                ElementsAre("the coordinator turns 1 of 3 consumers away: cluster.broker's group.max.size is 2"));
    EXPECT_THAT(warnings_of(with("kafka/consumer-range", "", "", "broker.group.max.size = 2\n")), IsEmpty());
}

TEST(ReaderKafka, ARackIsTheRoom) {
    const Scenario scenario = read_one(with("kafka/range", "rack = \"room\"\n"));
    EXPECT_TRUE(scenario.groups[0].tells_rack);
    EXPECT_EQ(read_one(write_scenario(scenario)), scenario);
    EXPECT_THAT(warnings_of(with("kafka/roundrobin", "rack = \"room\"\n")),
                ElementsAre("`rack` has no effect: `kafka/roundrobin` does not look at racks"));
    EXPECT_THAT(errors_of(with("kafka/range", "client.client.rack = \"a\"\n")),
                ElementsAre(HasSubstr("`client.rack` is set by `rack`")));
}

TEST(ReaderHints, LinksThatNobodyUses) {
    const auto cut = [](const std::string& a, const std::string& b) {
        return warnings_of(
            with("averagely", "", "[[at]]\ntime = \"5s\"\nfault = \"partition\"\nbetween = [" + a + ", " + b + "]\n"));
    };
    EXPECT_THAT(
        cut("\"g/0\"", "\"g/1\""),
        ElementsAre("`partition` strikes links that nobody uses: \"g/0\" and \"g/1\" never talk to each other"));
    EXPECT_THAT(cut("\"g\"", "\"producer.t\""), ::testing::SizeIs(1));
    EXPECT_THAT(cut("\"broker/0\"", "\"broker/1\""), ::testing::SizeIs(1));
    EXPECT_THAT(cut("\"g/0\"", "[\"g/1\", \"brokers\"]"), IsEmpty());
    EXPECT_THAT(cut("\"brokers\"", "\"name_servers\""), IsEmpty());
}

TEST(ReaderHints, QueuesThatNobodyWillOwn) {
    EXPECT_THAT(warnings_of(with("machine-room", "machine_rooms = \"east\"\n")),
                ElementsAre("nobody in group `g` consumes the queues of room `west`: `all-owned` will break"));
    EXPECT_THAT(warnings_of(with("machine-room", "machine_rooms = \"east\"\n",
                                 "[promises]\noff = {all-owned = \"only the east\"}\n")),
                IsEmpty());
    const std::string owners = "owners = {\"east@broker-0:0\" = 1, \"west@broker-1:0\" = 2}\n";
    const std::string kill = "[[at]]\ntime = \"5s\"\nfault = \"kill\"\nnode = ";
    EXPECT_THAT(warnings_of(with("config", owners, kill + "\"g/0\"\n")), IsEmpty());
    EXPECT_THAT(warnings_of(with("config", owners, kill + "\"g/2\"\n")),
                ElementsAre(HasSubstr("while \"g/2\" is down its queues have no owner")));
    EXPECT_THAT(warnings_of(with("config", "owners = {\"east@broker-0:0\" = 1, \"west@broker-1:0\" = 3}\n")),
                ElementsAre("`west@broker-1:0` has no owner: there is never a \"g/3\", and `all-owned` will break"));
}

}  // namespace
}  // namespace brokersim::scenario
