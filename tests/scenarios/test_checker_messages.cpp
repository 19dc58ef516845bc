#include <gtest/gtest.h>

#include "scenarios/checkers/at_least_once.h"
#include "scenarios/checkers/no_acked_loss.h"
#include "scenarios/checkers/no_phantom.h"
#include "scenarios/checkers/queue_order.h"
#include "tests/scenarios/story.h"

namespace brokersim::scenario {
namespace {

using testing::Judged;
using testing::second;

// --- no-acked-loss
// ----------------------------------------------------------------------------------------------------

TEST(NoAckedLoss, HoldsWhenEveryAcknowledgedMessageIsInTheLog) {
    Judged<NoAckedLoss> story;
    story.start_all();
    for (std::uint64_t i = 0; i < 100; ++i) story.publish(i, i % 2);
    const Verdict verdict = story.verdict();
    EXPECT_TRUE(verdict.held());
    EXPECT_EQ(verdict.not_judged, "");
}

TEST(NoAckedLoss, IsBrokenByAnAcknowledgedMessageThatIsInNoLog) {
    Judged<NoAckedLoss> story;
    story.start_all();
    for (std::uint64_t i = 0; i < 70; ++i) story.publish(i);
    story.lose_newest(0);
    const Verdict verdict = story.verdict();
    ASSERT_EQ(verdict.broken.size(), 1U);
    EXPECT_EQ(verdict.broken[0].messages, (std::vector<MessageId>{{0, 69}}));
    EXPECT_EQ(verdict.broken[0].evidence[0],
              "producer.orders/0 #69 was acknowledged by broker-0 and is not in its log");
}

TEST(NoAckedLoss, DoesNotMindAMessageThatWasNeverAcknowledged) {
    Judged<NoAckedLoss> story;
    story.start_all();
    story.send(0);
    EXPECT_TRUE(story.verdict().held());
}

TEST(NoAckedLoss, ExcusesWhatEveryGroupHasGot) {
    Judged<NoAckedLoss> story;
    story.start_all();
    story.publish(0);
    story.deliver(story.members[0], 0, 0, 0);
    story.lose_newest(0);
    EXPECT_TRUE(story.verdict().held());
}

TEST(NoAckedLoss, CoversAKillOfTheBroker) {
    Judged<NoAckedLoss> story;
    story.start_all();
    story.publish(0);
    story.lose_newest(0);
    story.kill(story.broker);
    EXPECT_FALSE(story.verdict().held());
}

TEST(NoAckedLoss, DoesNotJudgeALossOfPowerWithoutSyncFlush) {
    Judged<NoAckedLoss> story;
    story.start_all();
    story.publish(0);
    story.lose_newest(0);
    story.record(node_event(EventKind::node_power_lost, story.now, story.broker));
    const Verdict verdict = story.verdict();
    EXPECT_TRUE(verdict.held());
    EXPECT_EQ(verdict.not_judged,
              "broker-0 lost power without SYNC_FLUSH, and 1 lost message had been acknowledged before it was flushed");
}

TEST(NoAckedLoss, CoversWhatWasSurelyFlushedBeforeALossOfPowerWithoutSyncFlush) {
    Judged<NoAckedLoss> story;
    story.start_all();
    story.publish(0);
    story.lose_newest(0);
    story.at(story.context.flush_lag.count() + second);
    story.record(node_event(EventKind::node_power_lost, story.now, story.broker));
    const Verdict verdict = story.verdict();
    EXPECT_FALSE(verdict.held());
    EXPECT_EQ(verdict.not_judged, "broker-0 lost power without SYNC_FLUSH");
}

TEST(NoAckedLoss, CoversWithAPoolOfBuffersOnlyWhatWasCopiedBeforeAKill) {
    for (const bool sync : {true, false})
        for (const bool copied : {true, false}) {
            Judged<NoAckedLoss> story;
            story.context.sync_flush = {sync};
            story.context.commit_lag = Duration(second);
            story.start_all();
            story.publish(0);
            story.lose_newest(0);
            if (copied) story.at(3 * second);
            story.kill(story.broker);
            const Verdict verdict = story.verdict();
            EXPECT_EQ(verdict.held(), !sync && !copied);
            if (verdict.held()) {
                EXPECT_EQ(verdict.not_judged,
                          "broker-0 was killed with a pool of buffers without SYNC_FLUSH, and 1 lost message had been "
                          "acknowledged before it was flushed");
            }
        }
}

TEST(NoAckedLoss, CoversWhatCameAfterALossOfPower) {
    Judged<NoAckedLoss> story;
    story.start_all();
    story.record(node_event(EventKind::node_power_lost, story.now, story.broker));
    story.start(story.broker);
    story.publish(0);
    story.lose_newest(0);
    EXPECT_FALSE(story.verdict().held());
}

TEST(NoAckedLoss, DoesNotCoverWhatAKilledLifeLeftInThePageCacheWhenThePowerGoesLater) {
    Judged<NoAckedLoss> story;
    story.start_all();
    story.publish(0);
    story.lose_newest(0);
    story.kill(story.broker);
    story.at(3600 * second).start(story.broker);
    story.record(node_event(EventKind::node_power_lost, story.now, story.broker));
    EXPECT_TRUE(story.verdict().held());
}

TEST(NoAckedLoss, IsHeldToSyncFlushWhenAFlushFailsAndToNothingElseUntilTheBrokerStartsAgain) {
    for (const bool sync : {true, false}) {
        Judged<NoAckedLoss> story;
        story.context.sync_flush = {sync};
        story.start_all();
        story.record(node_event(EventKind::flush_failing, story.now, story.broker));
        story.publish(0);
        story.lose_newest(0);
        EXPECT_EQ(story.verdict().held(), !sync);
    }
    Judged<NoAckedLoss> story;
    story.start_all();
    story.record(node_event(EventKind::flush_failing, story.now, story.broker));
    story.kill(story.broker);
    story.start(story.broker);
    story.publish(0);
    story.lose_newest(0);
    EXPECT_FALSE(story.verdict().held());
}

TEST(NoAckedLoss, JudgesALossOfPowerUnderSyncFlush) {
    Judged<NoAckedLoss> story;
    story.context.sync_flush = {true};
    story.start_all();
    story.publish(0);
    story.lose_newest(0);
    story.record(node_event(EventKind::node_power_lost, story.now, story.broker));
    EXPECT_FALSE(story.verdict().held());
}

// --- at-least-once
// ----------------------------------------------------------------------------------------------------

TEST(AtLeastOnce, HoldsWhenEverythingWasHandled) {
    Judged<AtLeastOnce> story;
    story.start_all();
    story.publish(0);
    story.consume(story.members[0], 0, 0, 0);
    EXPECT_TRUE(story.verdict().held());
}

TEST(AtLeastOnce, IsBrokenByAMessageThatWasNeverDelivered) {
    Judged<AtLeastOnce> story;
    story.start_all();
    story.publish(0);
    story.publish(1);
    story.consume(story.members[0], 1, 0, 1);
    const Verdict verdict = story.verdict();
    ASSERT_EQ(verdict.broken.size(), 1U);
    EXPECT_EQ(verdict.broken[0].what, "group billing left 1 stored message unconsumed");
    EXPECT_EQ(verdict.broken[0].evidence[0], "producer.orders/0 #0 at orders@broker-0:0 offset 0 was never delivered");
}

TEST(AtLeastOnce, IsBrokenByAMessageWhoseHandlerNeverEnded) {
    Judged<AtLeastOnce> story;
    story.start_all();
    story.publish(0);
    story.deliver(story.members[0], 0, 0, 0);
    story.kill(story.members[0]);
    EXPECT_FALSE(story.verdict().held());
}

TEST(AtLeastOnce, IsBrokenByAStoredMessageEvenIfItsSendTimedOut) {
    Judged<AtLeastOnce> story;
    story.start_all();
    story.send(0);
    story.store(0, 0);
    EXPECT_FALSE(story.verdict().held());
}

TEST(AtLeastOnce, OfARunThatIsNotQuietJudgesWhatWasSkippedOnly) {
    Judged<AtLeastOnce> story;
    story.start_all();
    for (std::uint64_t i = 0; i < 3; ++i) story.publish(i);
    story.consume(story.members[0], 1, 0, 1);
    Judged<AtLeastOnce> waiting;
    waiting.start_all();
    waiting.publish(0);
    const Verdict late = waiting.verdict(false);
    EXPECT_TRUE(late.held());
    EXPECT_EQ(late.not_judged, "1 message still waiting for group billing: the run was not quiet at its end");
    story.commit(0, 2);
    const Verdict skipped = story.verdict(false);
    ASSERT_EQ(skipped.broken.size(), 1U);
    EXPECT_EQ(skipped.broken[0].messages, (std::vector<MessageId>{{0, 0}}));
}

TEST(AtLeastOnce, ExcusesWhatLiesBeforeTheBeginningOfAGroupThatBeginsAtTheEnd) {
    Judged<AtLeastOnce> story(2, 2, StartFrom::last);
    story.start_all();
    story.publish(0);
    story.publish(1);
    story.consume(story.members[0], 1, 0, 1);
    EXPECT_TRUE(story.verdict().held());
}

TEST(AtLeastOnce, JudgesWhatLiesBehindTheBeginningOfAGroupThatBeginsAtTheEnd) {
    Judged<AtLeastOnce> story(2, 2, StartFrom::last);
    story.start_all();
    for (std::uint64_t i = 0; i < 3; ++i) story.publish(i);
    story.consume(story.members[0], 1, 0, 1);
    EXPECT_FALSE(story.verdict().held());
}

TEST(AtLeastOnce, DoesNotJudgeOffsetsThatABrokerGaveOutAgainAfterItLostWhatItHadNotFlushed) {
    for (const bool sync : {true, false}) {
        Judged<AtLeastOnce> story;
        story.context.sync_flush = {sync};
        story.start_all();
        story.publish(0);
        story.commit(0, 1);
        story.record(node_event(EventKind::node_power_lost, story.now, story.broker));
        story.record(node_event(EventKind::node_started, story.now, story.broker));
        EXPECT_EQ(story.verdict().held(), !sync);
    }
}

TEST(AtLeastOnce, ExcusesWhatAResetSkipped) {
    Judged<AtLeastOnce> story;
    story.start_all();
    story.publish(0);
    story.record(offset_reset(story.now, story.group_name, story.queues[0], QueueOffset{1}));
    EXPECT_TRUE(story.verdict().held());
}

TEST(AtLeastOnce, ExcusesDeadLettersAndMessagesThatWaitForTheirNextAttempt) {
    Judged<AtLeastOnce> story;
    story.start_all();
    story.publish(0);
    story.publish(1);
    story.publish(2);
    for (std::uint64_t i = 0; i < 3; ++i) {
        story.deliver(story.members[0], i, 0, static_cast<std::int64_t>(i));
        story.handle(story.members[0], i, 0, static_cast<std::int64_t>(i), 0, i == 2);
    }
    const AuditedQueue dead{story.roster().describe_queue("%DLQ%billing", "broker-0", 0), 0, 1};
    const AuditedQueue delayed{story.roster().describe_queue("SCHEDULE_TOPIC_XXXX", "broker-0", 2), 0, 1};
    AuditedRecord first, second_record;
    first.queue = &dead;
    first.id = {0, 0};
    second_record.queue = &delayed;
    second_record.id = {0, 1};
    EXPECT_TRUE(story.verdict(true, {first, second_record}).held());
}

TEST(AtLeastOnce, DoesNotJudgeWhatConcernsAGroupWithoutMembers) {
    Judged<AtLeastOnce> story;
    story.start_all();
    story.publish(0);
    for (std::uint32_t member : story.members) story.kill(member);
    const Verdict verdict = story.verdict();
    EXPECT_TRUE(verdict.held());
    EXPECT_EQ(verdict.not_judged, "1 message still waiting for group billing: it has no living member");
}

// --- queue-order
// ------------------------------------------------------------------------------------------------------

TEST(QueueOrder, HoldsForRisingOffsetsAndANewOwnerThatBeginsFurtherBack) {
    Judged<QueueOrder> story;
    story.start_all();
    for (std::uint64_t i = 0; i < 5; ++i) story.publish(i);
    story.own(story.members[0], 0);
    for (std::uint64_t i = 0; i < 4; ++i) story.deliver(story.members[0], i, 0, static_cast<std::int64_t>(i));
    story.revoke(story.members[0], 0);
    story.own(story.members[1], 0);
    for (std::uint64_t i = 2; i < 5; ++i) story.deliver(story.members[1], i, 0, static_cast<std::int64_t>(i));
    EXPECT_TRUE(story.verdict().held());
}

TEST(QueueOrder, HoldsForTheSameOwnerThatTakesItsQueueAgain) {
    Judged<QueueOrder> story;
    story.start_all();
    story.publish(0);
    story.own(story.members[0], 0);
    story.deliver(story.members[0], 0, 0, 0);
    story.revoke(story.members[0], 0);
    story.own(story.members[0], 0);
    story.deliver(story.members[0], 0, 0, 0);
    EXPECT_TRUE(story.verdict().held());
}

TEST(QueueOrder, BeginsAnewAtABrokerThatLostWhatItHadNotFlushed) {
    for (const bool sync : {true, false}) {
        Judged<QueueOrder> story;
        story.context.sync_flush = {sync};
        story.start_all();
        for (std::uint64_t i = 0; i < 3; ++i) story.publish(i);
        story.own(story.members[0], 0);
        story.deliver(story.members[0], 2, 0, 2);
        story.record(node_event(EventKind::node_power_lost, story.now, story.broker));
        story.start(story.broker);
        story.deliver(story.members[0], 1, 0, 1);
        EXPECT_EQ(story.verdict().held(), !sync);
    }
}

TEST(QueueOrder, IsBrokenByAnOlderRecordAfterANewerOne) {
    Judged<QueueOrder> story;
    story.start_all();
    for (std::uint64_t i = 0; i < 3; ++i) story.publish(i);
    story.own(story.members[0], 0);
    for (std::uint64_t i : {0U, 2U, 1U}) story.deliver(story.members[0], i, 0, static_cast<std::int64_t>(i));
    const Verdict verdict = story.verdict();
    ASSERT_EQ(verdict.broken.size(), 1U);
    EXPECT_EQ(verdict.broken[0].evidence[0],
              "at 0 s billing/0 got offset 1 of orders@broker-0:0 (producer.orders/0 #1) after offset 2");
}

TEST(QueueOrder, IsBrokenByARecordThatComesTwiceToOneOwner) {
    Judged<QueueOrder> story;
    story.start_all();
    story.publish(0);
    story.own(story.members[0], 0);
    story.deliver(story.members[0], 0, 0, 0);
    story.deliver(story.members[0], 0, 0, 0);
    EXPECT_FALSE(story.verdict().held());
}

TEST(QueueOrder, LetsAFailedRecordComeAgainOnce) {
    Judged<QueueOrder> story;
    story.start_all();
    story.publish(0);
    story.publish(1);
    story.own(story.members[0], 0);
    story.deliver(story.members[0], 0, 0, 0);
    story.deliver(story.members[0], 1, 0, 1);
    story.handle(story.members[0], 0, 0, 0, 0, false);
    story.deliver(story.members[0], 0, 0, 0, 1);
    EXPECT_TRUE(story.verdict().held());
    story.deliver(story.members[0], 0, 0, 0, 1);
    EXPECT_FALSE(story.verdict().held());
}

TEST(QueueOrder, IsBrokenByTwoThingsThatTheAuditorFound) {
    Judged<QueueOrder> story;
    story.start_all();
    RecordSink* const sinks[] = {&story.checker};
    LogAudit audit = story.audit(sinks);
    audit.problems = {{AuditTrouble::offsets, "broker-0", 5, "a hole"}, {AuditTrouble::log, "broker-0", 5, "a crc"}};
    const Verdict verdict = story.checker.finish({0, true, &audit});
    ASSERT_EQ(verdict.broken.size(), 1U);
    EXPECT_EQ(verdict.broken[0].evidence, (std::vector<std::string>{"broker-0: a hole"}));
}

// --- no-phantom
// -------------------------------------------------------------------------------------------------------

TEST(NoPhantom, HoldsForWhatWasSent) {
    Judged<NoPhantom> story;
    story.start_all();
    story.publish(0);
    story.consume(story.members[0], 0, 0, 0);
    EXPECT_TRUE(story.verdict().held());
}

TEST(NoPhantom, IsBrokenByWhatNobodySent) {
    Judged<NoPhantom> story;
    story.start_all();
    story.deliver(story.members[0], 3, 0, 0);
    EXPECT_FALSE(story.verdict().held());
}

TEST(NoPhantom, IsBrokenByAnotherBody) {
    Judged<NoPhantom> story;
    story.start_all();
    story.publish(0);
    story.deliver(story.members[0], 0, 0, 0, 0, false);
    EXPECT_FALSE(story.verdict().held());
}

TEST(NoPhantom, IsBrokenByADeliveryBeforeTheSend) {
    Judged<NoPhantom> story;
    story.start_all();
    story.deliver(story.members[0], 0, 0, 0);
    story.at(second).publish(0);
    EXPECT_FALSE(story.verdict().held());
}

TEST(NoPhantom, IsBrokenByAMessageOfAnotherTopic) {
    Judged<NoPhantom> story;
    const std::uint32_t topic = story.roster().add_topic("others");
    const std::uint32_t producer = story.roster().add_producer({"producer.others/0", topic, false});
    story.start_all();
    story.record(sent(0, story.producer_node, {producer, 0}, 0));
    story.record(delivered(0, story.handing(story.members[0], 0, 0), {producer, 0}, 0, 0, true));
    EXPECT_FALSE(story.verdict().held());
}

TEST(NoPhantom, IsBrokenByARecordInTheLogThatNobodySent) {
    Judged<NoPhantom> story;
    story.start_all();
    story.store(0, 0);
    EXPECT_FALSE(story.verdict().held());
}

TEST(NoPhantom, DoesNotJudgeABrokerWhoseStorageWasDamaged) {
    Judged<NoPhantom> story;
    story.start_all();
    story.publish(0);
    story.record(node_event(EventKind::storage_damaged, story.now, story.broker));
    story.deliver(story.members[0], 0, 0, 0, 0, false);
    EXPECT_TRUE(story.verdict().held());
}

}  // namespace
}  // namespace brokersim::scenario
