#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/client/latency_faults.h"
#include "core/client/route_table.h"
#include "core/client/subscription.h"
#include "core/client/unique_id.h"
#include "core/java_hash.h"

namespace brokersim::client {
namespace {

using protocol::TopicRouteData;
using ::testing::ElementsAre;

std::shared_ptr<TopicRouteData> route_of_two() {
    auto route = std::make_shared<TopicRouteData>();
    route->queues = {{"b", 2, 1, 6, 0}, {"a", 1, 2, 6, 0}};
    route->brokers = {{"c", "a", {{0, {1, 1}}, {1, {2, 1}}}}, {"c", "b", {{2, {3, 1}}}}};
    return route;
}

TEST(RouteTable, SeesChangesButNotOrder) {
    RouteTable table;
    EXPECT_TRUE(table.put("t", route_of_two()));
    EXPECT_FALSE(table.put("t", route_of_two()));
    auto other = route_of_two();
    std::swap(other->queues[0], other->queues[1]);
    std::swap(other->brokers[0], other->brokers[1]);
    EXPECT_FALSE(table.put("t", other));
    auto changed = route_of_two();
    changed->queues[0].perm = 4;
    EXPECT_TRUE(table.put("t", changed));
}

TEST(RouteTable, FindsBrokersAsTheRealClientDoes) {
    RouteTable table;
    table.put("t", route_of_two());
    EXPECT_EQ(table.replicas("a").master(), (Address{1, 1}));
    EXPECT_FALSE(table.replicas("b").master().has_value());
    EXPECT_EQ(table.replicas("a").to_read_from(1, false)->address, (Address{2, 1}));
    EXPECT_TRUE(table.replicas("a").to_read_from(1, false)->slave);
    EXPECT_EQ(table.replicas("b").to_read_from(1, true)->address, (Address{3, 1})) << "the next higher id";
    EXPECT_FALSE(table.replicas("b").to_read_from(0, true).has_value());
    EXPECT_EQ(table.replicas("b").to_read_from(0, false)->address, (Address{3, 1})) << "any replica";
    EXPECT_THAT(table.brokers(true), ElementsAre(Address{1, 1}));
    EXPECT_EQ(table.brokers(false).size(), 3U);
}

TEST(RouteTable, ForgetsBrokersThatNoRouteNames) {
    RouteTable table;
    table.put("t", route_of_two());
    auto smaller = route_of_two();
    smaller->queues.pop_back();
    smaller->brokers.erase(smaller->brokers.begin());
    table.put("t", smaller);
    EXPECT_TRUE(table.knows({1, 1}));
    const Replicas& gone = table.replicas("a");
    EXPECT_TRUE(gone.master().has_value());
    table.forget_offline_brokers();
    EXPECT_FALSE(gone.master().has_value());
    EXPECT_FALSE(table.knows({1, 1}));
    EXPECT_TRUE(table.knows({3, 1}));
}

TEST(Routes, ListQueuesByPermission) {
    const auto route = route_of_two();
    EXPECT_THAT(readable_queues("t", *route),
                ElementsAre(protocol::MessageQueue{"t", "a", 0}, protocol::MessageQueue{"t", "b", 0},
                            protocol::MessageQueue{"t", "b", 1}));
    EXPECT_THAT(writable_queues("t", *route),
                ElementsAre(protocol::MessageQueue{"t", "a", 0}, protocol::MessageQueue{"t", "a", 1}))
        << "b has no master";
}

TEST(Subscription, MeansEverythingOrTags) {
    EXPECT_EQ(parse_subscription("t", "", 5).sub_string, "*");
    EXPECT_TRUE(parse_subscription("t", "*", 5).tags.empty());
    const auto data = parse_subscription("t", " a ||b|| ||a", 5);
    EXPECT_THAT(data.tags, ElementsAre("a", "b"));
    EXPECT_THAT(data.codes, ElementsAre(java_hash("a"), java_hash("b")));
    EXPECT_EQ(data.sub_string, " a ||b|| ||a");
    EXPECT_EQ(data.sub_version, 5);
}

std::string text(const std::array<char, 32>& id) { return {id.data(), id.size()}; }

TEST(UniqueIds, HoldAddressProcessTimeAndCounter) {
    UniqueIds ids({0x0A000007, 0}, 0x1234, 0xABCDEF01);
    const WallTime second_of_january{std::chrono::milliseconds(1'704'067'200'000 + 86'400'000)};
    EXPECT_EQ(text(ids.next(second_of_january)),
              "0A0000071234ABCDEF01"
              "05265C00"
              "0000");
    EXPECT_EQ(text(ids.next(second_of_january)),
              "0A0000071234ABCDEF01"
              "05265C00"
              "0001");
    const WallTime first_of_february{std::chrono::milliseconds(1'704'067'200'000 + 31LL * 86'400'000)};
    EXPECT_EQ(text(ids.next(first_of_february)).substr(20), "000000000002") << "a new month begins at zero";
    EXPECT_EQ(text(ids.next(first_of_february - std::chrono::seconds(5))).substr(20), "000000000003")
        << "a clock that went back a little";
}

TEST(UniqueIds, RepeatNoCounterWithin65536) {
    UniqueIds ids({1, 0}, 1, 1);
    std::set<std::string> seen;
    for (int i = 0; i < 65'536; ++i) seen.insert(text(ids.next(WallTime{})));
    EXPECT_EQ(seen.size(), 65'536U);
}

TEST(LatencyFaults, RestBrokersByTheTable) {
    EXPECT_EQ(LatencyFaults::not_available_for(49), 0);
    EXPECT_EQ(LatencyFaults::not_available_for(549), 0);
    EXPECT_EQ(LatencyFaults::not_available_for(550), 2'000);
    EXPECT_EQ(LatencyFaults::not_available_for(3'000), 6'000);
    EXPECT_EQ(LatencyFaults::not_available_for(99'999), 30'000);
}

TEST(LatencyFaults, NeverShortenARest) {
    LatencyFaults faults;
    EXPECT_TRUE(faults.available("a", 0));
    faults.update("a", 1'000, 1, true, false);
    EXPECT_FALSE(faults.available("a", 10'999));
    EXPECT_FALSE(faults.reachable("a"));
    faults.update("a", 2'000, 10, false, true);
    EXPECT_FALSE(faults.available("a", 10'999));
    EXPECT_TRUE(faults.available("a", 11'000));
    EXPECT_TRUE(faults.reachable("a"));
}

}  // namespace
}  // namespace brokersim::client
