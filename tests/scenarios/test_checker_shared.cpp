#include <gtest/gtest.h>

#include "scenarios/checkers/all_owned.h"
#include "scenarios/checkers/at_least_once.h"
#include "scenarios/checkers/one_owner.h"
#include "scenarios/checkers/queue_order.h"
#include "scenarios/measures/measures.h"
#include "tests/scenarios/story.h"

/// Groups in which nobody owns queues.
namespace brokersim::scenario {
namespace {

using testing::Judged;
using testing::second;

template <class CheckerType>
struct Shared : Judged<CheckerType> {
    Shared() : Judged<CheckerType>(2, 2, StartFrom::first, true) { this->start_all(); }
};

TEST(SharedQueues, WhatWasHandedOutAndNeverHandledIsMissedAtTheEnd) {
    Shared<AtLeastOnce> story;
    story.publish(0);
    story.publish(1);
    story.commit(0, 2);
    story.consume(story.members[0], 0, 0, 0);
    story.deliver(story.members[0], 1, 0, 1);
    story.kill(story.members[0]);
    const Verdict verdict = story.verdict();
    ASSERT_EQ(verdict.broken.size(), 1U);
    EXPECT_EQ(verdict.broken[0].messages, (std::vector<MessageId>{{0, 1}}));
}

TEST(SharedQueues, APositionDoesNotSayThatWhatLiesBeforeItIsHandled) {
    Shared<AtLeastOnce> story;
    story.publish(0);
    story.commit(0, 1);
    const Verdict verdict = story.verdict(false);
    EXPECT_TRUE(verdict.held()) << "it may come yet: the run was not quiet";
    EXPECT_NE(verdict.not_judged, "");
}

TEST(SharedQueues, MessagesMayComeInAnyOrder) {
    Shared<QueueOrder> story;
    for (std::uint64_t i = 0; i < 3; ++i) story.publish(i);
    story.consume(story.members[0], 2, 0, 2);
    story.consume(story.members[0], 0, 0, 0);
    EXPECT_TRUE(story.verdict().held());
}

TEST(SharedQueues, TheRetryTopicOfTopicAndGroupIsTheGroups) {
    Shared<AtLeastOnce> story;
    const QueueEntry entry = story.roster().describe_queue("%RETRY%billing_orders", "broker-0", 0);
    EXPECT_EQ(entry.kind, QueueKind::retry);
    EXPECT_EQ(entry.group, 0U);
    EXPECT_EQ(story.roster().describe_queue("%RETRY%billing", "broker-0", 0).kind, QueueKind::retry);
    Judged<AtLeastOnce> other;
    EXPECT_EQ(other.roster().describe_queue("%RETRY%billing_orders", "broker-0", 0).kind, QueueKind::other);
}

TEST(SharedQueues, OwnershipIsNotJudged) {
    Shared<AllOwned> all;
    all.heal();
    const Verdict nobody = all.verdict_at(3600 * second);
    EXPECT_TRUE(nobody.held());
    EXPECT_EQ(nobody.not_judged, "group billing: nobody owns queues in it");
    Shared<OneOwner> one;
    one.heal();
    EXPECT_EQ(one.verdict_at(3600 * second).not_judged, "nobody owns queues in group billing");
}

TEST(SharedQueues, AStopCountsFromTheStartOfTheFirstMemberOn) {
    testing::Story story(1, 1, StartFrom::first, true);
    Measures measures(*story.history, story.context);
    story.start_all();
    story.publish(0);
    story.at(5 * second).consume(story.members[0], 0, 0, 0);
    story.publish(1);
    story.at(7 * second).consume(story.members[0], 1, 0, 1);
    RecordSink* const sinks[] = {&measures};
    const LogAudit audit = story.audit(sinks);
    const auto results = measures.finish({story.now, true, &audit});
    EXPECT_EQ(results.metrics.at("group.billing.stopped_ms").num, 5'000);
    EXPECT_FALSE(results.metrics.contains("group.billing.queues_moved"));
    EXPECT_FALSE(results.metrics.contains("group.billing.imbalance"));
}

}  // namespace
}  // namespace brokersim::scenario
