#include "core/client/producer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/store/properties.h"
#include "tests/client/producer_world.h"

namespace brokersim::client::testing {
namespace {

using protocol::ResponseCode;
using protocol::SendMessageRequest;
using ::testing::ElementsAre;

class ProducerTest : public ProducerWorld {};

TEST_F(ProducerTest, TakesTheQueuesInTurn) {
    make();
    std::vector<std::string> queues;
    for (int i = 0; i < 8; ++i) queues.push_back(sent().queue);
    const std::vector<std::string> order = {"orders@broker-0:0", "orders@broker-0:1", "orders@broker-1:0",
                                            "orders@broker-1:1"};
    const auto first = std::find(order.begin(), order.end(), queues[0]) - order.begin();
    for (std::size_t i = 0; i < queues.size(); ++i)
        EXPECT_EQ(queues[i], order[(static_cast<std::size_t>(first) + i) % 4]) << i;
}

TEST_F(ProducerTest, AHashSelectsAmongTheQueuesOfTheRouteAndIsNotTriedElsewhere) {
    make();
    const auto send_by = [this](const std::string& argument) {
        Outcome outcome{};
        producer->send({.topic = "orders", .body = copy_slice("hello"), .selected_by = argument},
                       [&outcome](const SendResult& result) {
                           outcome.status = result.status;
                           outcome.tries = result.tries;
                           outcome.queue = protocol::queue_name(*result.queue);
                       });
        cluster.world.settle();
        return outcome;
    };
    // "key-1".hashCode() is 101943363, and so on: modulo four queues 3, 0, 1 and 2.
    EXPECT_EQ(send_by("key-1").queue, "orders@broker-1:1");
    EXPECT_EQ(send_by("key-2").queue, "orders@broker-0:0");
    EXPECT_EQ(send_by("key-3").queue, "orders@broker-0:1");
    EXPECT_EQ(send_by("key-4").queue, "orders@broker-1:0");
    EXPECT_EQ(send_by("key-1").queue, "orders@broker-1:1");
    all_answer(ResponseCode::system_error);
    const Outcome refused = send_by("key-1");
    EXPECT_EQ(refused.status, SendStatus::rejected);
    EXPECT_EQ(refused.tries, 1);
}

TEST_F(ProducerTest, TellsWhereAMessageWent) {
    make();
    for (int i = 0; i < 4; ++i) sent();
    const Outcome fifth = sent();
    EXPECT_EQ(fifth.status, SendStatus::ok);
    EXPECT_EQ(fifth.tries, 1);
    EXPECT_EQ(fifth.offset, 1);
    EXPECT_EQ(fifth.msg_id.size(), 32U);
    EXPECT_EQ(fifth.msg_id.substr(0, 8), "0A000001");
}

TEST_F(ProducerTest, WritesWhatTheRealOneWrites) {
    make();
    const Outcome outcome = sent();
    std::vector<SendMessageRequest> got = cluster.brokers[0]->got<SendMessageRequest>();
    if (got.empty()) got = cluster.brokers[1]->got<SendMessageRequest>();
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(got[0].producer_group, "shop");
    EXPECT_EQ(got[0].default_topic, "TBW102");
    EXPECT_EQ(got[0].default_topic_queue_nums, 4);
    EXPECT_EQ(got[0].max_reconsume_times, -1);
    EXPECT_EQ(store::find_property(got[0].properties, "UNIQ_KEY"), outcome.msg_id);
    EXPECT_EQ(store::find_property(got[0].properties, "WAIT"), "true");
    EXPECT_EQ(store::find_property(got[0].properties, "TAGS"), "A");
    EXPECT_EQ(store::find_property(got[0].properties, "KEYS"), "k1 k2");
}

TEST_F(ProducerTest, AsksForARouteOnceHoweverManySendsWait) {
    make();
    for (int i = 0; i < 10; ++i) send();
    cluster.world.settle();
    std::vector<std::string> asked;
    for (const auto& server : cluster.name_servers)
        asked.insert(asked.end(), server->asked.begin(), server->asked.end());
    EXPECT_EQ(std::count(asked.begin(), asked.end(), "orders"), 1);
    for (const auto& outcome : outcomes) EXPECT_EQ(outcome.value().status, SendStatus::ok);
}

TEST_F(ProducerTest, SendsToATopicThatIsNotThereAsTheDefaultTopicSays) {
    cluster.topic("TBW102", 8);
    make();
    std::set<std::string> queues;
    for (int i = 0; i < 20; ++i) queues.insert(sent("new").queue);
    EXPECT_EQ(queues.size(), 8U) << "four queues on each broker";
    EXPECT_TRUE(queues.contains("new@broker-1:3"));
}

TEST_F(ProducerTest, HasNoRouteWhereNobodyKnowsTheTopic) {
    make();
    const Outcome outcome = sent("new");
    EXPECT_EQ(outcome.status, SendStatus::no_route);
    EXPECT_EQ(outcome.tries, 0);
    EXPECT_EQ(outcome.queue, "");
}

TEST_F(ProducerTest, HasNoRouteWhereNothingMayBeWritten) {
    cluster.topic("orders", 2, protocol::perm::read);
    make();
    EXPECT_EQ(sent().status, SendStatus::no_route);
}

TEST_F(ProducerTest, RefusesWhatNoBrokerWouldTake) {
    make();
    send("orders", "");
    cluster.world.settle();
    EXPECT_EQ(outcomes.back()->status, SendStatus::rejected);
    EXPECT_EQ(outcomes.back()->code, static_cast<std::int32_t>(ResponseCode::message_illegal));
    EXPECT_EQ(outcomes.back()->tries, 0);
}

TEST_F(ProducerTest, FollowsAChangedRouteWithinThirtySeconds) {
    make();
    sent();
    cluster.topic("orders", 3);
    cluster.world.run_for(s(31));
    std::set<std::string> queues;
    for (int i = 0; i < 12; ++i) queues.insert(sent().queue);
    EXPECT_EQ(queues.size(), 6U);
}

TEST_F(ProducerTest, SendsHeartbeatsEveryThirtySecondsAndSaysGoodbye) {
    make();
    sent();
    cluster.world.run_for(s(62));
    const auto beats = cluster.brokers[0]->times_of<protocol::HeartbeatRequest>();
    ASSERT_EQ(beats.size(), 4U);
    EXPECT_EQ(beats[0].time_since_epoch(), s(0)) << "on the connection that the first send opened";
    EXPECT_EQ(beats[1].time_since_epoch(), s(1));
    EXPECT_EQ(beats[2].time_since_epoch(), s(31));
    EXPECT_EQ(beats[3].time_since_epoch(), s(61));
    EXPECT_THAT(cluster.brokers[0]->got<protocol::HeartbeatRequest>()[0].data->producer_groups, ElementsAre("shop"));
    bool done = false;
    producer->shutdown([&] { done = true; });
    cluster.world.settle();
    EXPECT_TRUE(done);
    ASSERT_EQ(cluster.brokers[0]->got<protocol::UnregisterClientRequest>().size(), 1U);
    EXPECT_EQ(cluster.brokers[0]->got<protocol::UnregisterClientRequest>()[0].producer_group, "shop");
    EXPECT_EQ(sent().status, SendStatus::unreachable);
}

TEST_F(ProducerTest, EndsEverySendAtAShutdown) {
    make();
    sent();
    for (auto& broker : cluster.brokers)
        broker->intercept = [](ConnectionId, const protocol::Frame& frame) {
            return holds_alternative<SendMessageRequest>(frame.payload);
        };
    for (int i = 0; i < 5; ++i) send();
    send("unknown");
    producer->shutdown([] {});
    cluster.world.settle();
    for (const auto& outcome : outcomes) EXPECT_TRUE(outcome.has_value());
    EXPECT_EQ(producer->under_way(), 0U);
}

TEST_F(ProducerTest, AsksAnotherNameServerWhenItsOwnDies) {
    make();
    sent();
    const int own = cluster.name_servers[0]->asked.empty() ? 1 : 0;
    const auto other = static_cast<std::size_t>(1 - own);
    EXPECT_TRUE(cluster.name_servers[other]->asked.empty()) << "one is asked as long as it lives";
    cluster.name_servers[static_cast<std::size_t>(own)].reset();
    cluster.world.kill("namesrv/" + std::to_string(own));
    cluster.world.settle();
    cluster.name_servers[other]->routes["fresh"] = cluster.name_servers[other]->routes["orders"];
    EXPECT_EQ(sent("fresh").status, SendStatus::ok);
}

}  // namespace
}  // namespace brokersim::client::testing
