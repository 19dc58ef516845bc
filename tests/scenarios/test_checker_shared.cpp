#include <gtest/gtest.h>

#include "scenarios/checkers/all_owned.h"
#include "scenarios/checkers/at_least_once.h"
#include "scenarios/checkers/offsets_forward.h"
#include "scenarios/checkers/one_owner.h"
#include "scenarios/checkers/owner_consumes.h"
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
    Shared<OwnerConsumes> consumes;
    consumes.publish(0);
    consumes.consume(consumes.members[1], 0, 0, 0);
    EXPECT_TRUE(consumes.verdict().held());
    EXPECT_EQ(consumes.verdict().not_judged, "nobody owns queues in group billing");
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

/// One member of a broadcasting group, which begins at the end.
template <class CheckerType>
struct ReaderOf : Judged<CheckerType> {
    ReaderOf() : Judged<CheckerType>(1, 1, StartFrom::last, false, "prices") {
        this->publish(0);
        this->start_all();
        this->own(this->members[0], 0);
        this->publish(1);
        this->consume(this->members[0], 1, 0, 1);
    }
    /// Away from now on for ten seconds, in which a message comes that it never sees; then it reads on.
    void miss_one(EventKind how) {
        this->record(node_event(how, this->now, this->members[0]));
        this->at(this->now + 5 * second).publish(2);
        this->at(this->now + 5 * second).start(this->members[0]);
        this->own(this->members[0], 0);
        this->publish(3);
        this->consume(this->members[0], 3, 0, 3);
    }
};

TEST(Readers, MissWhatCameWhileTheyWereAwayUnlessTheirFileSaidNothing) {
    ReaderOf<AtLeastOnce> never_saved;
    never_saved.miss_one(EventKind::node_killed);
    EXPECT_TRUE(never_saved.verdict().held()) << "it begins at the end again";
    ReaderOf<AtLeastOnce> saved;
    saved.commit(0, 2);
    saved.miss_one(EventKind::node_killed);
    const Verdict verdict = saved.verdict();
    ASSERT_EQ(verdict.broken.size(), 1U);
    EXPECT_NE(verdict.broken[0].evidence[0].find("#2"), std::string::npos) << verdict.broken[0].evidence[0];
    ReaderOf<AtLeastOnce> lost;
    lost.commit(0, 2);
    lost.miss_one(EventKind::node_power_lost);
    EXPECT_TRUE(lost.verdict().held()) << "nobody had forced its file to disk";
}

TEST(Readers, GoBackOnlyWhereTheirFileMayBeLost) {
    for (const EventKind how : {EventKind::node_killed, EventKind::node_power_lost}) {
        ReaderOf<OffsetsForward> story;
        story.heal();
        story.commit(0, 2);
        story.record(node_event(how, story.now, story.members[0]));
        story.at(100 * second).start(story.members[0]);
        story.own(story.members[0], 0);
        story.at(200 * second).commit(0, 1);
        EXPECT_EQ(story.verdict().held(), how == EventKind::node_power_lost);
    }
}

TEST(Readers, HaveNoMeasuresOfOwnership) {
    testing::Story story(1, 1, StartFrom::first, false, "prices");
    Measures measures(*story.history, story.context);
    story.start_all();
    story.at(5 * second).own(story.members[0], 0);
    const LogAudit audit = story.audit({});
    const auto results = measures.finish({story.now, true, &audit});
    for (const char* name : {"queues_moved", "unowned_ms", "double_owned_ms", "rebalances", "imbalance", "converge_ms"})
        EXPECT_FALSE(results.metrics.contains(std::string("group.billing.") + name)) << name;
    EXPECT_TRUE(results.metrics.contains("group.billing.stopped_ms"));
}

}  // namespace
}  // namespace brokersim::scenario
