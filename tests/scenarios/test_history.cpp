#include <gtest/gtest.h>

#include "core/check.h"
#include "tests/scenarios/story.h"

namespace brokersim::scenario {
namespace {

using testing::second;
using testing::Story;

struct Listener : Observer {
    explicit Listener(KindMask wanted) : wanted(wanted) {}
    KindMask interests() const override { return wanted; }
    void observe(const Event& event) override { seen.push_back(event); }

    KindMask wanted;
    std::vector<Event> seen;
};

TEST(History, TellsAnObserverOnlyWhatItAskedFor) {
    Story story;
    Listener listener(kinds(EventKind::acknowledged, EventKind::healed));
    story.history->add(listener);
    story.start_all();
    story.publish(0);
    story.heal();
    ASSERT_EQ(listener.seen.size(), 2U);
    EXPECT_EQ(listener.seen[0].kind, EventKind::acknowledged);
    EXPECT_EQ(listener.seen[1].kind, EventKind::healed);
}

TEST(History, RefusesToGoBackInTime) {
    Story story;
    story.at(second).heal();
    story.now = 0;
    EXPECT_THROW(story.heal(), BrokenInvariant);
}

TEST(Roster, ReadsTheNamesOfQueues) {
    Story story;
    const QueueEntry& orders = story.roster().queue(story.queues[1]);
    EXPECT_EQ(orders.kind, QueueKind::ordinary);
    EXPECT_EQ(orders.topic, 0U);
    EXPECT_EQ(orders.broker, 0U);
    EXPECT_EQ(orders.queue_id, 1);
    const QueueEntry& retry = story.roster().queue(story.name("%RETRY%billing@broker-0:0"));
    EXPECT_EQ(retry.kind, QueueKind::retry);
    EXPECT_EQ(story.roster().readers(retry).front(), 0U);
    EXPECT_EQ(story.roster().queue(story.name("%DLQ%billing@broker-0:0")).kind, QueueKind::dead_letter);
    const QueueEntry& foreign = story.roster().queue(story.name("SCHEDULE_TOPIC_XXXX@broker-9:2"));
    EXPECT_EQ(foreign.kind, QueueKind::other);
    EXPECT_EQ(foreign.broker, none);
    EXPECT_TRUE(story.roster().readers(foreign).empty());
}

TEST(Roster, FindsTheBrokerOfAQueueThatWasDeclaredBefore) {
    Story story;
    const NameId queue = story.name("orders@broker-1:0");
    story.roster().declare_queue(0, queue);
    EXPECT_EQ(story.roster().queue(queue).broker, none);
    story.roster().add_broker("broker-1", story.roster().add_node({NodeName::Role::broker, "", 1}));
    EXPECT_EQ(story.roster().queue(queue).broker, 1U);
}

TEST(Ledger, TellsFirstDeliveriesRetriesAndDuplicatesApart) {
    Story story;
    Listener listener(kinds(EventKind::delivered));
    story.history->add(listener);
    story.publish(0);
    const std::uint32_t member = story.members[0];
    story.deliver(member, 0, 0, 0);
    story.handle(member, 0, 0, 0, 0, false);
    story.deliver(member, 0, 0, 0, 1);  // a further attempt
    story.deliver(member, 0, 0, 0, 1);  // the same again
    story.handle(member, 0, 0, 0, 1, false);
    story.deliver(member, 0, 0, 0, 0);  // from the beginning: its failure was forgotten
    ASSERT_EQ(listener.seen.size(), 4U);
    EXPECT_EQ(listener.seen[0].repeat, Repeat::first);
    EXPECT_EQ(listener.seen[1].repeat, Repeat::retried);
    EXPECT_EQ(listener.seen[2].repeat, Repeat::duplicate);
    EXPECT_EQ(listener.seen[3].repeat, Repeat::duplicate);
    const Ledger::Deliveries& deliveries = story.history->ledger().deliveries(0);
    EXPECT_EQ(deliveries.first, 1U);
    EXPECT_EQ(deliveries.retried, 1U);
    EXPECT_EQ(deliveries.duplicated, 2U);
}

TEST(Ledger, DoesNotEnterWhatNobodySent) {
    Story story;
    story.deliver(story.members[0], 5, 0, 0);
    EXPECT_EQ(story.history->ledger().deliveries(0).total(), 0U);
}

TEST(Flow, CountsWhatWaitsAndHowLongAQueueStoodStill) {
    Story story;
    Listener listener(kinds(EventKind::delivered));
    story.history->add(listener);
    for (std::uint64_t i = 0; i < 3; ++i) story.publish(i);
    EXPECT_EQ(story.history->flow().waiting(0), 3);
    story.at(5 * second).consume(story.members[0], 0, 0, 0);
    story.at(6 * second).commit(0, 2);
    EXPECT_EQ(story.history->flow().waiting(0), 1);
    story.at(8 * second).consume(story.members[0], 2, 0, 2);
    EXPECT_EQ(story.history->flow().waiting(0), 0);
    story.at(20 * second).publish(3);
    story.at(21 * second).consume(story.members[0], 3, 0, 3);
    ASSERT_EQ(listener.seen.size(), 3U);
    EXPECT_EQ(listener.seen[0].message.stood_still, 5 * second);
    EXPECT_EQ(listener.seen[1].message.stood_still, 2 * second);
    EXPECT_EQ(listener.seen[2].message.stood_still, second);
}

TEST(Flow, NothingWaitsForAGroupThatBeginsAtTheEndUntilItBegins) {
    Story story(2, 2, StartFrom::last);
    for (std::uint64_t i = 0; i < 3; ++i) story.publish(i);
    EXPECT_EQ(story.history->flow().waiting(0), 0);
    story.note(story.broker, note::PullServed{story.group_name, story.queues[0], QueueOffset{2}, 1, 100});
    EXPECT_EQ(story.history->flow().waiting(0), 1);
    EXPECT_TRUE(story.history->flow().left_out(0, story.roster().queue(story.queues[0]), 1));
    EXPECT_FALSE(story.history->flow().left_out(0, story.roster().queue(story.queues[0]), 2));
}

TEST(Flow, AResetSkipsOrRepeats) {
    Story story;
    for (std::uint64_t i = 0; i < 10; ++i) story.publish(i);
    story.record(offset_reset(story.now, story.group_name, story.queues[0], QueueOffset{8}));
    EXPECT_EQ(story.history->flow().waiting(0), 2);
    EXPECT_TRUE(story.history->flow().left_out(0, story.roster().queue(story.queues[0]), 7));
    story.record(offset_reset(story.now, story.group_name, story.queues[0], QueueOffset{3}));
    EXPECT_EQ(story.history->flow().waiting(0), 7);
}

TEST(Flow, OffsetsThatALossOfPowerFreedAreUsedAgain) {
    Story story;
    story.start_all();
    for (std::uint64_t i = 0; i < 10; ++i) story.publish(i);
    for (std::uint64_t i = 0; i < 8; ++i) story.consume(story.members[0], i, 0, static_cast<std::int64_t>(i));
    story.record(node_event(EventKind::node_power_lost, story.now, story.broker));
    story.start(story.broker);
    EXPECT_EQ(story.history->flow().waiting(0), 0);
    story.note(story.broker, note::Stored{story.queues[0], QueueOffset{5}, PhysicalOffset{0}, 100, {}, {}, {}});
    EXPECT_EQ(story.history->flow().end(story.queues[0]), 6);
    EXPECT_EQ(story.history->flow().waiting(0), 1);
}

TEST(Owners, CountsMovesOfSoleOwnersOnly) {
    Story story;
    story.start_all();
    const std::uint32_t one = story.members[0], two = story.members[1];
    story.own(one, 0);
    story.own(one, 1);
    EXPECT_TRUE(story.history->owners().settled(0));
    EXPECT_EQ(story.history->owners().group(0).moved, 0);
    story.own(two, 1);  // both for a moment
    EXPECT_FALSE(story.history->owners().settled(0));
    EXPECT_EQ(story.history->owners().group(0).moved, 0);
    story.revoke(one, 1);
    EXPECT_TRUE(story.history->owners().settled(0));
    EXPECT_EQ(story.history->owners().group(0).moved, 1);
    story.revoke(two, 1);  // let go and taken again by the same member
    story.own(two, 1);
    EXPECT_EQ(story.history->owners().group(0).moved, 1);
}

TEST(Owners, TheDeadOwnNothingAndComeBackAsSomebodyElse) {
    Story story(1, 1);
    story.start_all();
    const std::uint32_t member = story.members[0];
    story.own(member, 0);
    story.at(second).kill(member);
    EXPECT_EQ(story.history->owners().unowned(0), 1);
    EXPECT_EQ(story.history->owners().group(0).changed_at, second);
    story.at(2 * second).start(member);
    story.own(member, 0);
    EXPECT_TRUE(story.history->owners().settled(0));
    EXPECT_EQ(story.history->owners().group(0).moved, 1);
}

TEST(Owners, LeaveRetryQueuesOut) {
    Story story;
    story.start_all();
    story.note(story.members[0], note::Owned{story.group_name, story.name("%RETRY%billing@broker-0:0")});
    EXPECT_EQ(story.history->owners().group(0).owned, 0);
    EXPECT_EQ(story.history->owners().unowned(0), 2);
}

}  // namespace
}  // namespace brokersim::scenario
