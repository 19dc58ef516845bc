#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/consumer_world.h"

namespace brokersim::client::testing {
namespace {

using protocol::LockBatchRequest;
using protocol::MessageQueue;
using protocol::PullMessageRequest;
using protocol::UnlockBatchRequest;
using ::testing::IsEmpty;

const std::string first_queue = "orders@broker-0:0";

class OrderlyTest : public ConsumerWorld {
protected:
    OrderlyTest() { options.orderly = true; }

    /// A stranger takes the lock of queue 0, and keeps it for a minute.
    void lock_for_stranger() {
        const MessageQueue queue{"orders", "broker-0", 0};
        broker().locks.lock({"stranger", "billing", {queue}}, epoch_ms(cluster.clock.wall_ms()));
    }
    std::vector<std::int64_t> consumed(int index = 0) { return handler(index).offsets_of(first_queue); }
};

TEST_F(OrderlyTest, HandsOverOneMessageOfAQueueAtATimeInOrder) {
    append(5);
    append(3, 1);
    start();
    handler().by_hand = true;
    run(s(3));
    ASSERT_EQ(handler().calls.size(), 2U) << "one of each queue";
    EXPECT_EQ(consumed(), range(0, 1));
    handler().finish(0);
    EXPECT_EQ(consumed(), range(0, 2)) << "the next one follows at once";
    handler().by_hand = false;
    handler().finish(1);
    handler().finish(2);
    EXPECT_EQ(consumed(), range(0, 5));
    EXPECT_EQ(handler().offsets_of("orders@broker-0:1"), range(0, 3));
    EXPECT_EQ(consumers[0]->position({"orders", "broker-0", 0}), 5);
}

TEST_F(OrderlyTest, GetsBatchesInOrderToo) {
    options.config.consumeMessageBatchMaxSize = 4;
    append(10);
    start();
    run(s(3));
    ASSERT_EQ(handler().calls.size(), 3U);
    EXPECT_EQ(handler().calls[1].offsets, range(4, 8));
    EXPECT_EQ(consumed(), range(0, 10));
}

TEST_F(OrderlyTest, TakesNoQueueWithoutItsLockAndTriesAgainEachSecond) {
    append(3);
    lock_for_stranger();
    start();
    run(s(10));
    EXPECT_THAT(consumed(), IsEmpty());
    EXPECT_EQ(consumers[0]->owned().size(), 1U) << "the other queue";
    run(s(48));
    EXPECT_THAT(consumed(), IsEmpty());
    run(s(6));
    EXPECT_EQ(consumed(), range(0, 3)) << "the stranger's lock has run out after a minute";
}

TEST_F(OrderlyTest, RenewsAllLocksOfABrokerInOneRequestEveryTwentySeconds) {
    start();
    run(s(45));
    std::vector<std::size_t> batches;
    for (const auto& request : broker().got<LockBatchRequest>()) batches.push_back(request.queues.size());
    EXPECT_EQ(batches, (std::vector<std::size_t>{1, 1, 2, 2})) << "one for each queue, then for all at 21 s and 41 s";
}

TEST_F(OrderlyTest, HandsOverNothingOnceALockHasNotBeenRenewedForThirtySeconds) {
    start();
    run(s(3));
    broker().intercept = [](ConnectionId, const protocol::Frame& frame) {
        return holds_alternative<LockBatchRequest>(frame.payload);
    };
    run(s(24));
    append(1);
    run(s(2));
    EXPECT_EQ(consumed(), range(0, 1)) << "the lock is from the first two seconds";
    run(s(4));
    append(1);
    run(s(20));
    EXPECT_EQ(consumed(), range(0, 1));
    broker().intercept = nullptr;
    run(s(5));
    EXPECT_EQ(consumed(), range(0, 2)) << "asked for again every three seconds";
}

TEST_F(OrderlyTest, StopsWhenTheBrokerRefusesTheRenewal) {
    append(1);
    start();
    run(s(3));
    broker().locks = {};
    lock_for_stranger();
    run(s(20));
    append(2);
    run(s(20));
    EXPECT_EQ(consumed(), range(0, 1));
}

TEST_F(OrderlyTest, HandsAFailedMessageOverAgainASecondLaterBeforeAllOthers) {
    append(3);
    start();
    handler().by_hand = true;
    run(s(3));
    ASSERT_EQ(handler().calls.size(), 1U);
    handler().finish(0, ConsumeStatus::later);
    run(ms(900));
    EXPECT_EQ(handler().calls.size(), 1U);
    run(ms(200));
    ASSERT_EQ(handler().calls.size(), 2U);
    EXPECT_EQ(handler().last_reconsume_times, 1);
    EXPECT_EQ(consumed(), (std::vector<std::int64_t>{0, 0}));
    handler().by_hand = false;
    handler().finish(1);
    EXPECT_EQ(consumed(), (std::vector<std::int64_t>{0, 0, 1, 2}));
}

TEST_F(OrderlyTest, KeepsALockUntilTheHandlerOfAQueueThatItGivesUpHasEnded) {
    append(50);
    append(50, 1);
    start(0);
    handler(0).by_hand = true;
    run(s(3));
    start(1);
    handler(1).by_hand = true;
    run(s(10));
    ASSERT_EQ(consumers[0]->owned().size() + consumers[1]->owned().size(), 1U) << "the other is between them";
    EXPECT_EQ(handler(1).calls.size(), 0U);
    for (std::size_t call = 0; call < 2; ++call) handler(0).finish(call);
    run(s(4));
    EXPECT_EQ(handler(1).calls.size(), 0U) << "a consumer that has what it shall have looks again after 20 s only";
    run(s(18));
    EXPECT_EQ(consumers[0]->owned().size() + consumers[1]->owned().size(), 2U);
    ASSERT_EQ(handler(1).calls.size(), 1U);
    EXPECT_EQ(handler(1).calls[0].offsets, range(0, 1)) << "its result came too late to be committed";
}

TEST_F(OrderlyTest, GivesALockBackAllTheSameWhenItIsOlderThanTwentySeconds) {
    append(50);
    append(50, 1);
    start(0);
    handler(0).by_hand = true;
    run(s(3));
    start(1);
    run(s(30));
    EXPECT_EQ(consumers[0]->owned().size() + consumers[1]->owned().size(), 2U);
    EXPECT_EQ(handler(1).calls.size(), 50U) << "although the first consumer's handler has not ended";
}

TEST_F(OrderlyTest, ReadsThePositionAgainBeforeItsFirstPull) {
    append(20);
    broker().offsets[{"billing", {"orders", 0}}] = 5;
    start();
    run(ms(1200));
    broker().offsets[{"billing", {"orders", 0}}] = 8;
    run(s(2));
    EXPECT_EQ(consumed(), range(8, 20));
}

TEST_F(OrderlyTest, UnlocksItsQueuesBeforeItLeaves) {
    append(3);
    PushConsumer& consumer = start();
    run(s(3));
    bool left = false;
    consumer.shutdown([&] { left = true; });
    run(s(1));
    EXPECT_TRUE(left);
    const auto unlocked = broker().got<UnlockBatchRequest>();
    ASSERT_EQ(unlocked.size(), 1U);
    EXPECT_EQ(unlocked[0].queues.size(), 2U);
    EXPECT_EQ(committed(), 3);
}

TEST_F(OrderlyTest, AQueueOutOfRangeIsUnlockedAndTakenAgain) {
    append(100);
    broker().min_offsets[{"orders", 0}] = 40;
    start();
    run(s(5));
    EXPECT_EQ(consumed(), range(40, 100));
    EXPECT_EQ(consumers[0]->owned().size(), 2U);
}

// However listeners fail and dawdle: one call at a time for each queue, no message before its predecessors succeeded.
TEST_F(OrderlyTest, IsInOrderHoweverListenersBehave) {
    options.config.consumeThreadMin = options.config.consumeThreadMax = 2;
    append(40);
    append(40, 1);
    start(0);
    start(1);
    for (const int index : {0, 1}) handler(index).by_hand = true;
    std::map<std::string, std::int64_t> succeeded;
    std::map<int, std::size_t> seen;
    std::uint64_t dice = 1;
    for (int round = 0; round < 400; ++round) {
        run(ms(50));
        for (const int index : {0, 1})
            for (; seen[index] < handler(index).calls.size(); ++seen[index]) {
                const auto& call = handler(index).calls[seen[index]];
                EXPECT_EQ(call.offsets.front(), succeeded[call.queue]) << call.queue;
                dice = mix64(dice);
                const bool good = dice % 8 != 0;
                if (good) ++succeeded[call.queue];
                handler(index).finish(seen[index], good ? ConsumeStatus::success : ConsumeStatus::later);
            }
    }
    EXPECT_EQ(succeeded[first_queue], 40);
    EXPECT_EQ(succeeded["orders@broker-0:1"], 40);
}

}  // namespace
}  // namespace brokersim::client::testing
