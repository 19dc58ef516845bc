#include <gtest/gtest.h>

#include "scenarios/rooms.h"
#include "scenarios/writer.h"
#include "tests/scenarios/reader_support.h"

namespace brokersim::scenario {
namespace {

/// What RocketMQ's own groups and keyed producers can say, all at once.
constexpr std::string_view sharing = R"(duration = "1m"
[cluster]
brokers = 2
rooms = ["east", "west"]
[[topic]]
name = "t"
queues = 1
[[producer]]
topic = "t"
rate = "10/s"
keys = 100
skew = 1.2
queue = "by-key"
[[group]]
name = "g"
topic = "t"
consumers = 2
order = "orderly"
assignment = "config"
owners = {"east@broker-0:0" = 1, "west@broker-1:0" = 0}
[[group]]
name = "h"
topic = "t"
consumers = 2
assignment = "machine-room"
machine_rooms = "west"
)";

std::string with(std::string_view from, std::string_view to) {
    std::string text(sharing);
    text.replace(text.find(from), from.size(), to);
    return text;
}
std::string error_of(std::string_view from, std::string_view to) { return errors_of(with(from, to)).at(0); }

TEST(ReaderGroups, AreReadAndWrittenOut) {
    const Scenario scenario = read_one(sharing);
    EXPECT_EQ(scenario.cluster.rooms, (std::vector<std::string>{"east", "west"}));
    EXPECT_EQ(scenario.producers[0].skew, (Rational{6, 5}));
    EXPECT_EQ(scenario.producers[0].queue, QueueChoice::by_key);
    EXPECT_EQ(scenario.groups[0].order, ConsumeOrder::orderly);
    EXPECT_EQ(scenario.groups[0].owners.at("east@broker-0:0"), 1);
    EXPECT_EQ(scenario.groups[1].machine_rooms, std::vector<std::string>{"west"});
    EXPECT_EQ(read_one(write_scenario(scenario)), scenario);
    EXPECT_EQ(read_one(with("machine_rooms = \"west\"\n", "")).groups[1].machine_rooms, scenario.cluster.rooms);
}

TEST(ReaderGroups, ErrorsSayWhatWouldBeRight) {
    EXPECT_EQ(error_of("order = \"orderly\"\nassignment = \"config\"\nowners = {\"east@broker-0:0\" = 1, "
                       "\"west@broker-1:0\" = 0}",
                       "order = \"orderly\"\nassignment = \"kafka/range\""),
              "test.toml:18:9: only RocketMQ's own assignments lock queues: `order` = \"orderly\" does not go with "
              "`assignment` = \"kafka/range\"");
    EXPECT_EQ(error_of("\"west@broker-1:0\" = 0", "\"west@broker-1:1\" = 0"),
              "test.toml:20:34: topic `t` has no queue `west@broker-1:1`; did you mean `west@broker-1:0`?");
    EXPECT_EQ(error_of(", \"west@broker-1:0\" = 0", ""),
              "test.toml:20:10: nobody owns `west@broker-1:0`; `owners` names a consumer for each queue");
    EXPECT_EQ(error_of("owners = {\"east@broker-0:0\" = 1, \"west@broker-1:0\" = 0}\n", ""),
              "test.toml:19:14: `config` needs `owners`, such as {\"broker-0:3\" = 1}");
    EXPECT_EQ(error_of("machine_rooms = \"west\"", "machine_rooms = [\"wets\"]"),
              "test.toml:26:17: no room is named `wets`; did you mean `west`?");
    EXPECT_EQ(error_of("rooms = [\"east\", \"west\"]", "rooms = [\"east\", \"east\"]"),
              "test.toml:4:9: two rooms are named `east`");
    EXPECT_EQ(error_of("\"machine-room\"\nmachine_rooms", "\"averagely\"\nmachine_rooms"),
              "test.toml:26:17: only `assignment` = \"machine-room\" looks at `machine_rooms`");
    EXPECT_EQ(error_of("keys = 100\nskew = 1.2\n", ""),
              "test.toml:11:9: `queue` = \"by-key\" needs `keys`, the number of distinct keys");
    EXPECT_EQ(error_of("skew = 1.2", "skew = 4.5"), "test.toml:12:8: `skew` = 4.5 is not in 0..4");
}

TEST(ReaderGroups, RoomsWantBrokersToBeNamedAfterThem) {
    const ClusterSpec cluster = read_one(sharing).cluster;
    EXPECT_EQ(broker_name(cluster, 1), "west@broker-1");
    EXPECT_EQ(room_of(cluster, 2), "east");
    EXPECT_EQ(broker_name({}, 1), "broker-1");
    EXPECT_EQ(error_of("rooms = [\"east\", \"west\"]", "rooms = [\"e@st\"]"),
              "test.toml:4:9: `e@st` is no name of a room: letters, digits, - and _");
}

}  // namespace
}  // namespace brokersim::scenario
