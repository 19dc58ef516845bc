#include "core/client/push_consumer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/client/consumer_world.h"

namespace brokersim::client::testing {
namespace {

using protocol::PullMessageRequest;
using protocol::ResponseCode;
using ::testing::ElementsAre;

class PushConsumerTest : public ConsumerWorld {};

TEST_F(PushConsumerTest, ConsumesEachQueueInOrder) {
    append(100, 0);
    append(50, 1);
    start();
    run(s(3));
    EXPECT_EQ(handler().offsets_of("orders@broker-0:0"), range(0, 100));
    EXPECT_EQ(handler().offsets_of("orders@broker-0:1"), range(0, 50));
    EXPECT_EQ(handler().calls[0].bodies, std::vector<std::string>{"m0"});
    EXPECT_EQ(handler().last_topic, "orders");
}

TEST_F(PushConsumerTest, GetsNewMessagesFromHeldPullsAtOnce) {
    start();
    run(s(5));
    append(1);
    cluster.world.settle();
    EXPECT_EQ(handler().calls.size(), 1U);
}

TEST_F(PushConsumerTest, AsksForWhatTheRealOneAsksFor) {
    append(1);
    start();
    run(s(3));
    const auto pulls = broker().got<PullMessageRequest>();
    ASSERT_GE(pulls.size(), 3U);
    EXPECT_EQ(pulls[0].max_msg_nums, 32);
    EXPECT_EQ(pulls[0].max_msg_bytes, 262'144);
    EXPECT_EQ(pulls[0].suspend_timeout_ms, 15'000);
    EXPECT_EQ(pulls[0].sys_flag, protocol::pull_flag::suspend) << "no position to commit yet";
    EXPECT_EQ(pulls[0].subscription, "");
    append(1);
    cluster.world.settle();
    const auto last = broker().got<PullMessageRequest>().back();
    EXPECT_EQ(last.sys_flag, protocol::pull_flag::suspend | protocol::pull_flag::commit_offset);
    EXPECT_EQ(last.commit_offset, 2) << "the message of the last answer was handled before this pull left";
}

TEST_F(PushConsumerTest, CommitsTheFirstUnfinishedOffset) {
    append(5);
    start();
    handler().by_hand = true;
    run(s(3));
    ASSERT_EQ(handler().calls.size(), 5U);
    handler().finish(1);
    handler().finish(2);
    run(s(5));
    EXPECT_FALSE(committed().has_value() && *committed() > 0);
    handler().finish(0);
    run(s(5));
    EXPECT_EQ(committed(), 3);
    handler().finish(3);
    handler().finish(4);
    run(s(5));
    EXPECT_EQ(committed(), 5);
}

TEST_F(PushConsumerTest, CommitsEveryFiveSecondsFromTheTenthOn) {
    append(1);
    start();
    run(s(21));
    std::vector<MonoTime> times;
    for (const auto& [at, payload] : broker().requests)
        if (const auto* update = get_if<protocol::UpdateConsumerOffsetRequest>(&payload);
            update != nullptr && update->topic == "orders" && update->queue_id == 0)
            times.push_back(at);
    ASSERT_EQ(times.size(), 3U);
    EXPECT_EQ(times[0].time_since_epoch(), s(10));
    EXPECT_EQ(times[1].time_since_epoch(), s(15));
}

TEST_F(PushConsumerTest, HandlesTwentyMessagesAtATime) {
    append(100);
    start();
    handler().by_hand = true;
    run(s(3));
    EXPECT_EQ(handler().running, 20);
    for (std::size_t i = 0; i < 100; ++i) {
        cluster.world.settle();
        handler().finish(i);
    }
    cluster.world.settle();
    EXPECT_EQ(handler().calls.size(), 100U);
    EXPECT_EQ(handler().most_running, 20);
}

TEST_F(PushConsumerTest, HandsOverBatchesThatNeverSpanTwoPulls) {
    options.config.consumeMessageBatchMaxSize = 10;
    append(45);
    start();
    run(s(3));
    std::vector<std::size_t> sizes;
    for (const auto& call : handler().calls) sizes.push_back(call.offsets.size());
    EXPECT_THAT(sizes, ElementsAre(10, 10, 10, 2, 10, 3));
    run(s(20));
    EXPECT_EQ(committed(), 45);
}

TEST_F(PushConsumerTest, HoldsPullsBackBeyondAThousandMessages) {
    append(3000);
    start();
    handler().by_hand = true;
    run(s(3));
    EXPECT_EQ(consumers[0]->cached(), 1024) << "32 at a time, until more than 1000 are there";
    const auto held_back = cluster.notes_of<note::Counted>(node(0)).size();
    EXPECT_GE(held_back, 20U);
    for (std::size_t i = 0; i < 24; ++i) {
        handler().finish(i);
        cluster.world.settle();
    }
    run(ms(50));
    EXPECT_EQ(consumers[0]->cached(), 1032) << "1000 are not more than 1000";
}

TEST_F(PushConsumerTest, HoldsPullsBackWhenOffsetsSpreadTooFar) {
    append(4000);
    start();
    handler().by_hand = true;
    run(s(3));
    for (std::size_t i = 1; i <= 1500; ++i) {
        if (i >= handler().calls.size()) run(ms(60));
        handler().finish(i);
        cluster.world.settle();
    }
    run(s(1));
    EXPECT_EQ(consumers[0]->cached(), 2016 - 1500) << "the 63rd pull brings an offset beyond 2000";
    handler().finish(0);
    run(s(1));
    EXPECT_GT(consumers[0]->cached(), 1000);
}

TEST_F(PushConsumerTest, SharesATopicsThresholdAmongQueues) {
    options.config.pullThresholdForTopic = 100;
    append(500, 0);
    append(500, 1);
    start();
    handler().by_hand = true;
    run(s(3));
    EXPECT_EQ(consumers[0]->cached(), 128) << "64 of each: more than 50";
}

TEST_F(PushConsumerTest, WaitsASecondAfterAFailedPull) {
    bool fail = true;
    broker().intercept = [&](ConnectionId id, const protocol::Frame& frame) {
        if (!fail || !holds_alternative<PullMessageRequest>(frame.payload)) return false;
        broker().respond(id, frame.opaque, ResponseCode::system_error);
        return true;
    };
    append(1);
    start();
    run(ms(3'600));
    std::vector<MonoTime> times = broker().times_of<PullMessageRequest>();
    ASSERT_GE(times.size(), 4U);
    EXPECT_EQ(times[2] - times[0], s(1));
    fail = false;
    run(s(1));
    EXPECT_EQ(handler().calls.size(), 1U);
}

TEST_F(PushConsumerTest, PullsAgainTwentyMillisecondsAfterFlowControl) {
    broker().intercept = [&](ConnectionId id, const protocol::Frame& frame) {
        const auto* pull = get_if<PullMessageRequest>(&frame.payload);
        if (pull == nullptr || pull->queue_id != 0) return false;
        broker().respond(id, frame.opaque, static_cast<ResponseCode>(215));
        return true;
    };
    start();
    run(s(2));
    std::vector<MonoTime> times;
    for (const auto& [at, payload] : broker().requests)
        if (const auto* pull = get_if<PullMessageRequest>(&payload); pull != nullptr && pull->queue_id == 0)
            times.push_back(at);
    ASSERT_GE(times.size(), 3U);
    EXPECT_EQ(times[1] - times[0], ms(20));
}

TEST_F(PushConsumerTest, MovesThePositionOverFilteredMessages) {
    options.subscriptions = {{"orders", "A || B"}};
    broker().append("orders", 0, "1", "TAGS\1A\2");
    broker().append("orders", 0, "2", "TAGS\1C\2");
    broker().append("orders", 0, "3", "TAGS\1B\2");
    broker().append("orders", 0, "4");
    start();
    run(s(3));
    EXPECT_THAT(handler().offsets_of("orders@broker-0:0"), ElementsAre(0, 2));
    EXPECT_EQ(consumers[0]->position({"orders", "broker-0", 0}), 3) << "one past the last that was wanted";
    run(s(15));
    EXPECT_EQ(consumers[0]->position({"orders", "broker-0", 0}), 4) << "a pull that found nothing settles the rest";
}

TEST_F(PushConsumerTest, HandsAMessageOverAgainFiveSecondsAfterAFailure) {
    append(2);
    start();
    handler().by_hand = true;
    run(s(3));
    handler().finish(0, ConsumeStatus::later);
    handler().finish(1);
    run(ms(4'999));
    EXPECT_EQ(handler().calls.size(), 2U);
    run(ms(1));
    ASSERT_EQ(handler().calls.size(), 3U);
    EXPECT_THAT(handler().calls[2].offsets, ElementsAre(0));
    EXPECT_EQ(handler().last_reconsume_times, 1);
    EXPECT_EQ(consumers[0]->position({"orders", "broker-0", 0}), 0);
    handler().finish(2);
    EXPECT_EQ(consumers[0]->position({"orders", "broker-0", 0}), 2);
}

TEST_F(PushConsumerTest, CommitsAndSaysGoodbyeAtAShutdown) {
    append(10);
    start();
    run(s(3));
    bool done = false;
    consumers[0]->shutdown([&] { done = true; });
    cluster.world.settle();
    EXPECT_TRUE(done);
    EXPECT_EQ(committed(), 10);
    EXPECT_EQ(broker().got<protocol::UnregisterClientRequest>().back().consumer_group, "billing");
    EXPECT_TRUE(broker().members["billing"].empty());
    EXPECT_EQ(cluster.notes_of<note::Revoked>(node(0)).size(), 2U);
    append(5);
    run(s(30));
    EXPECT_EQ(handler().calls.size(), 10U);
}

TEST_F(PushConsumerTest, WaitsForHandlersAtAShutdownAsLongAsItIsTold) {
    options.config.awaitTerminationMillisWhenShutdown = Millis(2'000);
    append(30);
    start();
    handler().by_hand = true;
    run(s(3));
    bool done = false;
    consumers[0]->shutdown([&] { done = true; });
    run(s(1));
    EXPECT_FALSE(done);
    for (std::size_t i = 0; i < 20; ++i) handler().finish(i);
    cluster.world.settle();
    EXPECT_TRUE(done);
    EXPECT_EQ(handler().calls.size(), 20U) << "none of the waiting ones was begun";
    EXPECT_EQ(committed(), 20);
}

TEST_F(PushConsumerTest, StandsADoneThatComesAfterItsLife) {
    append(1);
    start();
    handler().by_hand = true;
    run(s(3));
    auto done = std::move(handler().calls[0].done);
    kill(0);
    done(ConsumeStatus::success);
}

TEST_F(PushConsumerTest, SurvivesABrokerThatIsSilent) {
    append(3, 0);
    start();
    bool silent = false;
    broker().intercept = [&](ConnectionId, const protocol::Frame&) { return silent; };
    run(s(3));
    silent = true;
    append(3, 0);
    run(s(100));
    silent = false;
    run(s(40));
    EXPECT_EQ(handler().offsets_of("orders@broker-0:0"), range(0, 6));
}

/// Whatever the results and the batch size, all is handled, and what is committed was handled.
RC_GTEST_FIXTURE_PROP(PushConsumerTest, LosesNothingAndCommitsNothingEarly, ()) {
    options.config.consumeMessageBatchMaxSize = *rc::gen::inRange(1, 5);
    options.config.consumeThreadMin = *rc::gen::inRange(1, 6);
    options.config.pullBatchSize = *rc::gen::inRange(1, 40);
    const int count = *rc::gen::inRange(1, 60);
    append(count);
    start();
    handler().by_hand = true;
    run(s(2));
    std::set<std::int64_t> done;
    for (int step = 0; step < 400 && done.size() < static_cast<std::size_t>(count); ++step) {
        std::vector<std::size_t> open;
        for (std::size_t i = 0; i < handler().calls.size(); ++i)
            if (handler().calls[i].done) open.push_back(i);
        if (open.empty()) {
            run(s(1));
            continue;
        }
        const std::size_t which = open[*rc::gen::inRange<std::size_t>(0, open.size())];
        const auto status =
            *rc::gen::weightedElement<ConsumeStatus>({{5, ConsumeStatus::success}, {1, ConsumeStatus::later}});
        if (status == ConsumeStatus::success)
            done.insert(handler().calls[which].offsets.begin(), handler().calls[which].offsets.end());
        handler().finish(which, status);
        cluster.world.settle();
        const std::int64_t position = consumers[0]->position({"orders", "broker-0", 0});
        for (std::int64_t offset = 0; offset < position; ++offset) RC_ASSERT(done.contains(offset));
    }
    RC_ASSERT(done.size() == static_cast<std::size_t>(count));
    RC_ASSERT(consumers[0]->position({"orders", "broker-0", 0}) == count);
    RC_ASSERT(consumers[0]->cached() == 0);
    RC_ASSERT(handler().most_running <= options.config.consumeThreadMin);
}

}  // namespace
}  // namespace brokersim::client::testing
