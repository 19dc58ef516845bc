#include "core/kafka/consumer_group_topics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/bare_host.h"

namespace brokersim::kafka {
namespace {

using brokersim::testing::BareWorld;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

/// A name server that says what the test wants.
struct TestNameServer final : protocol::ServerEvents {
    explicit TestNameServer(Host& host) : server(host, *this) { server.listen(9876); }
    void on_request(ConnectionId id, protocol::Frame&& frame) override {
        ++asked;
        if (silent) return;
        auto route = std::make_shared<protocol::TopicRouteData>();
        for (const auto& [broker, queues] : brokers) route->queues.push_back({broker, queues, queues, perm, 0});
        server.respond(id, frame.opaque, protocol::GetRouteResponse{std::move(route)});
    }
    void on_connection_closed(ConnectionId) override {}

    protocol::RemotingServer server;
    std::map<std::string, std::int32_t> brokers;
    std::int32_t perm = protocol::perm::read_write;
    bool silent = false;
    int asked = 0;
};

struct GroupTopicsOfRoutes : ::testing::Test {
    GroupTopicsOfRoutes() {
        topics.on_change([this](const std::string& topic) { changes.push_back(topic); });
        name_server.brokers = {{"a", 4}, {"b", 2}};
    }
    bool watch() {
        auto done = std::make_shared<bool>(false);
        topics.watch({"t"}, [done] { *done = true; });
        EXPECT_FALSE(*done);
        world.run_for(100ms);
        return *done;
    }

    BareWorld world;
    TestNameServer name_server{world.host("namesrv/0", 100)};
    RouteTopics topics{world.host("broker/0", 1), {Address{0x0A000000 + 100, 9876}}};
    std::vector<std::string> changes;
};

TEST_F(GroupTopicsOfRoutes, are_asked_for_once_they_are_watched) {
    EXPECT_THAT(topics.queues("t"), IsEmpty());
    EXPECT_FALSE(topics.looked_for({"t"}));
    EXPECT_TRUE(watch());
    EXPECT_TRUE(topics.looked_for({"t"}));
    EXPECT_FALSE(topics.looked_for({"t", "u"}));
    EXPECT_THAT(topics.queues("t"), ElementsAre(Pair("a", 4), Pair("b", 2)));
    EXPECT_THAT(changes, ElementsAre("t"));
    EXPECT_TRUE(watch()) << "for the second time";
}

TEST_F(GroupTopicsOfRoutes, follow_what_the_name_server_says_within_a_second) {
    watch();
    name_server.brokers["c"] = 1;
    name_server.brokers["a"] = 3;
    world.run_for(1100ms);
    EXPECT_THAT(topics.queues("t"), ElementsAre(Pair("a", 3), Pair("b", 2), Pair("c", 1)));
    EXPECT_THAT(changes, ElementsAre("t", "t"));
    world.run_for(10s);
    EXPECT_THAT(changes, ElementsAre("t", "t"));
}

TEST_F(GroupTopicsOfRoutes, keep_the_queues_of_a_broker_that_is_down) {
    watch();
    name_server.brokers.erase("a");
    world.run_for(2s);
    EXPECT_THAT(topics.queues("t"), ElementsAre(Pair("a", 4), Pair("b", 2)));
    name_server.perm = protocol::perm::write;
    world.run_for(2s);
    EXPECT_THAT(topics.queues("t"), ElementsAre(Pair("a", 4), Pair("b", 0))) << "one that must not be read has none";
}

TEST_F(GroupTopicsOfRoutes, remember_what_was_known_before) {
    topics.remember("t", "gone", 5);
    watch();
    EXPECT_THAT(topics.queues("t"), ElementsAre(Pair("a", 4), Pair("b", 2), Pair("gone", 5)));
}

TEST_F(GroupTopicsOfRoutes, go_on_without_an_answer) {
    name_server.silent = true;
    EXPECT_FALSE(watch());
    world.run_for(4s);
    EXPECT_TRUE(topics.looked_for({"t"}));
    EXPECT_THAT(topics.queues("t"), IsEmpty());
    name_server.silent = false;
    world.run_for(5s);
    EXPECT_THAT(topics.queues("t"), ElementsAre(Pair("a", 4), Pair("b", 2)));
}

TEST_F(GroupTopicsOfRoutes, ask_nobody_after_the_end) {
    watch();
    topics.stop();
    const int before = name_server.asked;
    topics.watch({"u"}, [] { FAIL(); });
    world.run_for(10s);
    EXPECT_EQ(name_server.asked, before);
}

}  // namespace
}  // namespace brokersim::kafka
