#include "core/client/self_assignment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/consumer_world.h"

namespace brokersim::client::testing {
namespace {

using protocol::PullMessageRequest;
using protocol::ResponseCode;
using protocol::UpdateConsumerOffsetRequest;
using ::testing::ElementsAre;

class SelfAssignmentTest : public ConsumerWorld {};

TEST_F(SelfAssignmentTest, BeginsToPullHalfASecondAfterTakingAQueue) {
    start();
    run(s(3));
    const auto owned = cluster.notes_of<note::Owned>(node(0));
    ASSERT_EQ(owned.size(), 2U);
    const auto pulls = broker().times_of<PullMessageRequest>();
    ASSERT_EQ(pulls.size(), 2U);
    const auto queries = broker().times_of<protocol::QueryConsumerOffsetRequest>();
    EXPECT_EQ(pulls[0] - queries[0], ms(500));
    EXPECT_EQ(queries[0].time_since_epoch(), s(1)) << "the first run waits a second from the start";
}

TEST_F(SelfAssignmentTest, TakesAQueueAgainWhereTheBrokerSays) {
    append(100);
    broker().min_offsets[{"orders", 0}] = 40;
    start();
    run(s(2));
    EXPECT_EQ(handler().calls.size(), 0U);
    const auto revoked = cluster.notes_of<note::Revoked>(node(0));
    ASSERT_EQ(revoked.size(), 1U);
    EXPECT_EQ(committed(), 40);
    run(s(2));
    EXPECT_EQ(handler().offsets_of("orders@broker-0:0"), range(40, 100));
    EXPECT_EQ(consumers[0]->owned().size(), 2U);
}

TEST_F(SelfAssignmentTest, BeginsAtTheStoredOffset) {
    append(10);
    broker().offsets[{"billing", {"orders", 0}}] = 7;
    start();
    run(s(3));
    EXPECT_EQ(handler().offsets_of("orders@broker-0:0"), range(7, 10));
}

TEST_F(SelfAssignmentTest, BeginsAtTheEndIfNothingIsStoredAndSaysNothingUntilItKnows) {
    options.config.consumeFromWhere = "CONSUME_FROM_LAST_OFFSET";
    append(10);
    start();
    run(s(12));
    EXPECT_EQ(handler().calls.size(), 0U);
    EXPECT_FALSE(committed().has_value()) << "nothing was handled, no pull was answered";
    run(s(10));
    EXPECT_EQ(committed(), 10) << "a held pull came back empty";
    append(1);
    cluster.world.settle();
    EXPECT_THAT(handler().offsets_of("orders@broker-0:0"), ElementsAre(10));
}

TEST_F(SelfAssignmentTest, LeavesAQueueOutWhosePositionCannotBeReadAndTriesAgainInASecond) {
    int refusals = 3;
    broker().intercept = [&](ConnectionId id, const protocol::Frame& frame) {
        const auto* query = get_if<protocol::QueryConsumerOffsetRequest>(&frame.payload);
        if (query == nullptr || query->queue_id != 1 || refusals-- <= 0) return false;
        broker().respond(id, frame.opaque, ResponseCode::system_error);
        return true;
    };
    start();
    run(ms(3'900));
    EXPECT_EQ(consumers[0]->owned().size(), 1U);
    run(ms(200));
    EXPECT_EQ(consumers[0]->owned().size(), 2U);
}

TEST_F(SelfAssignmentTest, SharesQueuesWithOthersAfterANotification) {
    append(200, 0);
    append(200, 1);
    start(0);
    run(s(5));
    EXPECT_EQ(consumers[0]->owned().size(), 2U);
    start(1);
    run(s(2));
    ASSERT_EQ(consumers[0]->owned().size(), 1U);
    ASSERT_EQ(consumers[1]->owned().size(), 1U);
    EXPECT_NE(consumers[0]->owned(), consumers[1]->owned());
}

TEST_F(SelfAssignmentTest, TakesOverTheQueuesOfAKilledConsumer) {
    start(0);
    start(1);
    run(s(5));
    append(20, 0);
    append(20, 1);
    run(s(1));
    kill(1);
    run(s(2));
    EXPECT_EQ(consumers[0]->owned().size(), 2U) << "its connection broke, the broker told the rest";
    std::size_t handled = 0;
    for (const auto& [index, handler] : handlers) handled += handler->calls.size();
    run(s(1));
    EXPECT_GE(handled, 40U);
}

TEST_F(SelfAssignmentTest, FindsOutWithinTwentySecondsIfNobodyTells) {
    broker().notifies = false;
    start(0);
    run(s(5));
    broker().extra_members["billing"].insert("zzz");
    run(s(15));
    EXPECT_EQ(consumers[0]->owned().size(), 2U);
    run(s(2));
    EXPECT_EQ(consumers[0]->owned().size(), 1U);
}

TEST_F(SelfAssignmentTest, RebalancesOnceASecondHoweverOftenItIsWoken) {
    start();
    run(s(5));
    const std::size_t before = cluster.notes_of<note::Rebalanced>(node(0)).size();
    for (int i = 0; i < 100; ++i) {
        broker().notify("billing");
        run(ms(50));
    }
    const std::size_t runs = cluster.notes_of<note::Rebalanced>(node(0)).size() - before;
    EXPECT_GE(runs, 5U);
    EXPECT_LE(runs, 6U);
}

TEST_F(SelfAssignmentTest, RebalancesEveryTwentySecondsWhenAllIsQuiet) {
    start();
    run(s(3));
    const std::size_t before = cluster.notes_of<note::Rebalanced>(node(0)).size();
    run(s(60));
    EXPECT_EQ(cluster.notes_of<note::Rebalanced>(node(0)).size() - before, 3U);
}

TEST_F(SelfAssignmentTest, SendsAHeartbeatWithANewVersionWhenItsQueuesChange) {
    start();
    run(ms(1'200));
    const auto beats = broker().got<protocol::HeartbeatRequest>();
    ASSERT_GE(beats.size(), 2U);
    const auto& subscriptions = beats.back().data->consumers[0].subscriptions;
    ASSERT_EQ(subscriptions.size(), 2U);
    EXPECT_EQ(subscriptions[0].topic, "%RETRY%billing");
    EXPECT_GT(subscriptions[1].sub_version, beats.front().data->consumers[0].subscriptions[1].sub_version);
    run(s(1));
    EXPECT_EQ(broker().got<PullMessageRequest>().back().sub_version, subscriptions[1].sub_version);
}

TEST_F(SelfAssignmentTest, IgnoresResultsOfQueuesThatItLost) {
    append(10, 0);
    append(10, 1);
    start(0);
    handler().by_hand = true;
    run(s(3));
    EXPECT_EQ(handler().running, 20);
    start(1);
    run(s(3));
    ASSERT_EQ(consumers[0]->owned().size(), 1U);
    const auto kept = protocol::queue_name(consumers[0]->owned()[0]);
    const auto lost = protocol::queue_name(consumers[1]->owned()[0]);
    EXPECT_EQ(handler(1).offsets_of(lost), range(0, 10)) << "handled twice: the first owner has not finished";
    for (std::size_t i = 0; i < 20; ++i) handler().finish(i);
    const auto ignored = cluster.notes_of<note::Counted>(node(0));
    EXPECT_EQ(std::count_if(
                  ignored.begin(), ignored.end(),
                  [&](const note::Counted& one) { return cluster.world.text(one.what) == "consumer.ignored_results"; }),
              10);
    EXPECT_EQ(consumers[0]->position(consumers[0]->owned()[0]), 10) << kept;
}

TEST_F(SelfAssignmentTest, PersistsThePositionOfAQueueThatItGivesUp) {
    append(10, 0);
    append(10, 1);
    start(0);
    run(s(3));
    const std::size_t before = broker().got<UpdateConsumerOffsetRequest>().size();
    broker().extra_members["billing"].insert("zzz");
    broker().notify("billing");
    run(s(2));
    const auto updates = broker().got<UpdateConsumerOffsetRequest>();
    ASSERT_EQ(updates.size(), before + 1);
    EXPECT_EQ(updates.back().commit_offset, 10);
}

TEST_F(SelfAssignmentTest, GivesUpAQueueWithoutPullsAndTakesItAgain) {
    bool silent = false;
    broker().intercept = [&](ConnectionId, const protocol::Frame& frame) {
        return silent && holds_alternative<PullMessageRequest>(frame.payload);
    };
    options.config.pull_max_idle_time = Millis(20'000);
    start();
    run(s(3));
    silent = true;
    run(s(45));
    EXPECT_GE(cluster.notes_of<note::Revoked>(node(0)).size(), 2U);
    EXPECT_EQ(consumers[0]->owned().size(), 2U);
}

TEST_F(SelfAssignmentTest, ConsumesItsRetryTopicOnceThereIsARoute) {
    start();
    run(s(3));
    cluster.topic("%RETRY%billing", 1);
    broker().append("%RETRY%billing", 0, "again", "RETRY_TOPIC\1orders\2");
    run(s(55));
    EXPECT_EQ(consumers[0]->owned().size(), 3U);
    EXPECT_EQ(handler().offsets_of("%RETRY%billing@broker-0:0"), range(0, 1));
    EXPECT_EQ(handler().last_topic, "orders") << "as the listener shall see it";
}

TEST_F(SelfAssignmentTest, RegistersAnewWhenABrokerForgotIt) {
    append(5);
    start();
    run(s(5));
    const std::size_t beats = broker().got<protocol::HeartbeatRequest>().size();
    broker().members.clear();
    broker().close_all();
    run(ms(1'100));
    EXPECT_GT(broker().got<protocol::HeartbeatRequest>().size(), beats) << "the pull's connection brought a heartbeat";
    EXPECT_EQ(broker().members["billing"].size(), 1U);
}

TEST_F(SelfAssignmentTest, KnowsItsClientIdFromAddressAndLife) {
    EXPECT_TRUE(start(0).client_id().starts_with("10.0.0.1@"));
    const std::string first = consumers[0]->client_id();
    kill(0);
    EXPECT_NE(start(0).client_id(), first);
}

}  // namespace
}  // namespace brokersim::client::testing
