#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "scenarios/measures/event_windows.h"
#include "tests/scenarios/measured_story.h"

namespace brokersim::scenario {
namespace {

using testing::Measured;
using testing::ms;
using testing::second;
using testing::whole_number;

// --- counts
// -----------------------------------------------------------------------------------------------------------

TEST(Counts, TellWhatBecameOfEachMessage) {
    Measured story(2, 2, StartFrom::last);
    story.start_all();
    const std::uint32_t member = story.members[0];
    story.publish(0);  // before the group begins: filtered
    story.publish(1);
    story.consume(member, 1, 0, 1);
    story.deliver(member, 1, 0, 1);  // a duplicate
    story.publish(2);
    story.deliver(member, 2, 0, 2);
    story.handle(member, 2, 0, 2, 0, false);
    story.deliver(member, 2, 0, 2, 1);  // a retry
    story.send(3);                      // stored and delivered, never acknowledged
    story.store(3, 0);
    story.record(send_timed_out(story.now, story.producer_node, {0, 3}, story.now, story.now));
    story.consume(member, 3, 0, 3);
    story.publish(4);     // pending
    story.publish(5, 1);  // lost
    story.lose_newest(1);
    story.send(6);
    story.record(rejected(story.now, story.producer_node, {0, 6}, story.now, story.now, 2));
    const Metrics metrics = story.results_at(second).metrics;
    const auto of_group = [&](const std::string& what) { return metrics.at("group.billing.messages." + what); };
    EXPECT_EQ(metrics.at("messages.sent"), whole_number(7));
    EXPECT_EQ(metrics.at("messages.acknowledged"), whole_number(5));
    EXPECT_EQ(metrics.at("messages.timed_out"), whole_number(1));
    EXPECT_EQ(metrics.at("messages.rejected"), whole_number(1));
    EXPECT_EQ(metrics.at("messages.stored"), whole_number(6));
    EXPECT_EQ(of_group("delivered"), whole_number(5));
    EXPECT_EQ(of_group("duplicated"), whole_number(1));
    EXPECT_EQ(of_group("retried"), whole_number(1));
    EXPECT_EQ(of_group("acknowledged"), whole_number(5));
    EXPECT_EQ(of_group("delivered_unacknowledged"), whole_number(1));
    EXPECT_EQ(of_group("filtered"), whole_number(1));
    EXPECT_EQ(of_group("pending"), whole_number(1));
    EXPECT_EQ(of_group("lost"), whole_number(1));
    EXPECT_EQ(metrics.at("messages.lost"), whole_number(1));
}

/// One of many random things that may happen to the first messages of a producer.
void happen(Measured& story, std::uint64_t sequence, int fate) {
    const std::size_t queue = sequence % 2;
    story.send(sequence);
    const bool is_stored = fate % 8 != 0;
    const std::int64_t offset = is_stored ? story.store(sequence, queue) : 1'000'000;
    if (fate / 8 % 4 != 0) story.acknowledge(sequence, queue, offset);
    for (int deliveries = fate / 32 % 4; deliveries > 0; --deliveries) {
        story.deliver(story.members[0], sequence, queue, offset, deliveries % 2);
        if (fate / 128 % 2 == 1) story.handle(story.members[0], sequence, queue, offset, 0, fate / 256 % 2 == 0);
    }
    if (is_stored && fate % 8 == 1) story.lose_newest(queue);
}

RC_GTEST_PROP(Counts, AddUpForAnyHistory, (const std::vector<std::uint16_t>& fates, bool from_end)) {
    Measured story(2, 2, from_end ? StartFrom::last : StartFrom::first);
    story.context.wanted = [](std::uint32_t, MessageId id) { return id.sequence % 5 != 0; };
    story.start_all();
    for (std::uint64_t i = 0; i < fates.size(); ++i) happen(story, i, fates[i]);
    const Metrics metrics = story.results_at(second).metrics;
    const auto count = [&](const std::string& what) {
        const Rational value = metrics.at("group.billing.messages." + what);
        RC_ASSERT(value.den == 1);
        RC_ASSERT(value.num >= 0);
        return value.num;
    };
    RC_ASSERT(count("delivered") - count("duplicated") - count("retried") == count("acknowledged") - count("lost") -
                                                                                 count("pending") - count("filtered") +
                                                                                 count("delivered_unacknowledged"));
}

TEST(PartCounts, CountWhatFallsIntoThePart) {
    Measured story(2, 2, StartFrom::first, {10 * second, 20 * second});
    story.start_all();
    for (std::uint64_t i = 0; i < 30; ++i) {
        story.at(static_cast<std::int64_t>(i) * second).publish(i);
        story.consume(story.members[0], i, 0, static_cast<std::int64_t>(i));
    }
    const MeasureResults results = story.results_at(30 * second);
    EXPECT_EQ(results.metrics.at("messages.sent"), whole_number(10));
    EXPECT_EQ(results.metrics.at("group.billing.messages.delivered"), whole_number(10));
    EXPECT_FALSE(results.metrics.contains("messages.lost"));
    EXPECT_EQ(results.series.at("backlog").values.size(), 10U);
}

// --- times
// ------------------------------------------------------------------------------------------------------------

TEST(Latency, CountsFromTheIntendedTime) {
    Measured story;
    story.start_all();
    story.record(sent(5 * ms, story.producer_node, {0, 0}, 0));
    story.at(6 * ms).store(0, 0);
    story.record(acknowledged(7 * ms, story.producer_node, {0, 0}, 0, 5 * ms, story.queues[0], QueueOffset{0}));
    story.record(delivered(20 * ms, story.handing(story.members[0], 0, 0), {0, 0}, 0, 11 * ms, true));
    story.record(handled(50 * ms, story.handing(story.members[0], 0, 0), {0, 0}, 20 * ms, true));
    story.record(delivered(60 * ms, story.handing(story.members[1], 0, 0), {0, 0}, 0, 60 * ms, true));
    const Metrics metrics = story.results_at(second).metrics;
    EXPECT_EQ(metrics.at("latency.send.max_ms"), whole_number(7));
    EXPECT_EQ(metrics.at("latency.end_to_end.max_ms"), whole_number(20));
    EXPECT_EQ(metrics.at("time.client_wait.mean_ms"), whole_number(5));
    EXPECT_EQ(metrics.at("time.handler_queue.mean_ms"), ratio(9, 2));  // 9 ms and none
    EXPECT_EQ(metrics.at("time.handler.mean_ms"), whole_number(30));
}

TEST(Latency, LeavesPreloadedMessagesOut) {
    Measured story;
    const std::uint32_t backlog = story.roster().add_producer({"backlog", 0, true});
    story.start_all();
    story.record(sent(0, story.producer_node, {backlog, 0}, -5 * second));
    story.store(0, 0);
    story.record(acknowledged(0, story.producer_node, {backlog, 0}, 0, 0, story.queues[0], QueueOffset{0}));
    story.record(delivered(second, story.handing(story.members[0], 0, 0), {backlog, 0}, 0, 0, true));
    const Metrics metrics = story.results_at(second).metrics;
    EXPECT_FALSE(metrics.contains("latency.send.max_ms"));
    EXPECT_FALSE(metrics.contains("latency.end_to_end.max_ms"));
    EXPECT_FALSE(metrics.contains("time.client_wait.mean_ms"));
}

TEST(Stages, MeasureTheWayThroughTheBroker) {
    Measured story;
    story.start_all();
    story.send(0);
    const auto clock = [](std::int64_t time) { return MonoTime(Duration(time)); };
    const note::Stored stored{story.queues[0], QueueOffset{0}, PhysicalOffset{0}, 100,
                              clock(100),      clock(130),     clock(170)};
    story.record(*event_of(1 * ms, story.broker, clock(250), stored));
    story.at(3 * ms).note(story.broker, note::Dispatched{story.queues[0], QueueOffset{0}, 1});
    const note::PullServed pull{story.group_name, story.queues[0], QueueOffset{0}, 1, 100};
    story.at(7 * ms).note(story.broker, pull);
    story.at(9 * ms).note(story.broker, pull);  // the same again counts once
    story.at(11 * ms).deliver(story.members[0], 0, 0, 0);
    const Metrics metrics = story.results_at(second).metrics;
    EXPECT_EQ(metrics.at("time.lane.mean_ms"), milliseconds(30));
    EXPECT_EQ(metrics.at("time.append_lock.mean_ms"), milliseconds(40));
    EXPECT_EQ(metrics.at("time.append.mean_ms"), milliseconds(80));
    EXPECT_EQ(metrics.at("time.dispatch.mean_ms"), whole_number(2));
    EXPECT_EQ(metrics.at("time.hold.mean_ms"), whole_number(4));
    EXPECT_EQ(metrics.at("group.billing.lag_s"), ratio(1, 100));
}

TEST(Stages, LagCountsWhatStillWaitsAtTheEnd) {
    Measured story;
    story.start_all();
    story.at(2 * second).publish(0);
    story.at(4 * second).publish(1);
    EXPECT_EQ(story.results_at(10 * second).metrics.at("group.billing.lag_s"), whole_number(8));
}

TEST(Stages, ForgetWhatEveryReaderHasPassedAndStillMeasureTheRest) {
    Measured story(1, 1);
    story.start_all();
    for (std::uint64_t i = 0; i < 10'000; ++i) {
        story.at(static_cast<std::int64_t>(i) * ms).publish(i);
        if (i >= 3000) story.consume(story.members[0], i - 3000, 0, static_cast<std::int64_t>(i) - 3000);
    }
    EXPECT_EQ(story.results_at(10 * second).metrics.at("group.billing.lag_s"), whole_number(3));
}

TEST(Stages, KnowMessagesBeforeTheFirstOneThatWasMet) {
    Measured story(1, 1);
    story.start_all();
    const auto store = [&](std::int64_t time, std::int64_t offset) {
        story.at(time).note(story.broker,
                            note::Stored{story.queues[0], QueueOffset{offset}, PhysicalOffset{0}, 100, {}, {}, {}});
    };
    const auto dispatch = [&](std::int64_t time, std::int64_t offset) {
        story.at(time).note(story.broker, note::Dispatched{story.queues[0], QueueOffset{offset}, 1});
    };
    store(1 * ms, 10'000);
    store(2 * ms, 3);  // as after a loss of power
    store(3 * ms, 5'000);
    dispatch(5 * ms, 10'000);
    dispatch(8 * ms, 3);
    dispatch(13 * ms, 5'000);
    dispatch(14 * ms, 7'000);  // never stored
    const Metrics metrics = story.results_at(second).metrics;
    EXPECT_EQ(metrics.at("time.dispatch.mean_ms"), milliseconds(6'666'667));
}

TEST(Backlog, IsSampledJustBeforeEachSecond) {
    Measured story;
    story.start_all();
    story.publish(0);
    story.at(second).publish(1);
    story.at(second + 1).publish(2);
    story.at(3 * second).consume(story.members[0], 0, 0, 0);
    story.consume(story.members[0], 1, 0, 1);
    story.record(load_ended(4 * second));
    story.at(4 * second + 500 * ms).consume(story.members[0], 2, 0, 2);
    MeasureResults results = story.results_at(5 * second);
    EXPECT_EQ(results.series.at("backlog").values, (std::vector<std::int64_t>{0, 1, 3, 3, 1, 0}));
    EXPECT_EQ(results.series.at("group.billing.backlog").values, results.series.at("backlog").values);
    EXPECT_EQ(results.metrics.at("backlog.max"), whole_number(3));
    EXPECT_EQ(results.metrics.at("backlog.end"), whole_number(0));
    EXPECT_EQ(results.metrics.at("backlog.drain_ms"), whole_number(500));
}

// --- groups
// -----------------------------------------------------------------------------------------------------------

TEST(GroupTimes, MeasureOwnershipFromTheStartOfTheFirstMemberOn) {
    Measured story(2, 2);
    story.start_all();
    story.at(5 * second).own(story.members[0], 0);
    story.at(6 * second).own(story.members[0], 1);  // settled for the first time
    story.at(20 * second).own(story.members[1], 1);
    story.at(21 * second).revoke(story.members[0], 1);
    story.at(40 * second).kill(story.members[1]);
    story.at(43 * second).own(story.members[0], 1);
    const Metrics metrics = story.results_at(60 * second).metrics;
    EXPECT_EQ(metrics.at("group.billing.rebalances"), whole_number(2));
    EXPECT_EQ(metrics.at("group.billing.unowned_ms"), whole_number(5000 + 6000 + 3000));
    EXPECT_EQ(metrics.at("group.billing.double_owned_ms"), whole_number(1000));
    EXPECT_EQ(metrics.at("group.billing.imbalance"), ratio(128, 100));  // 2 for 14 s, then 1 for 36 s
    EXPECT_EQ(metrics.at("group.billing.queues_moved"), whole_number(2));
}

TEST(EventWindows, TellWhatAJoinDid) {
    Measured story(4, 2);
    story.start(story.broker);
    story.start(story.members[0]);
    for (std::size_t queue = 0; queue < 4; ++queue) story.own(story.members[0], queue);
    std::uint64_t next = 0;
    for (std::size_t queue = 0; queue < 4; ++queue) {
        story.publish(next, queue);
        story.consume(story.members[0], next++, queue, 0);
    }
    story.at(29 * second);
    for (std::size_t queue = 0; queue < 4; ++queue) story.publish(next++, queue);
    story.at(30 * second).event("join");
    story.start(story.members[1]);
    story.at(31 * second);
    for (std::size_t queue : {1U, 2U, 3U}) story.revoke(story.members[0], queue);
    for (std::size_t queue : {1U, 2U, 3U}) story.own(story.members[1], queue);
    story.at(32 * second);
    story.deliver(story.members[1], 1, 1, 0);  // again
    story.consume(story.members[1], 5, 1, 1);
    story.at(35 * second).consume(story.members[1], 6, 2, 1);
    story.consume(story.members[0], 4, 0, 1);
    story.at(41 * second).consume(story.members[1], 7, 3, 1);
    story.at(60 * second).event("nothing");
    const MeasureResults results = story.results_at(90 * second);
    ASSERT_EQ(results.events.size(), 2U);
    const GroupEventReport& join = results.events[0];
    EXPECT_EQ(join.event, "join");
    EXPECT_EQ(join.group, "billing");
    EXPECT_EQ(join.at, 30 * second);
    EXPECT_EQ(join.window_end, 60 * second);
    EXPECT_EQ(join.agreed_after, second);
    EXPECT_EQ(join.queues_moved, 3);
    EXPECT_EQ(join.queues_moved_least, 2);
    EXPECT_EQ(join.worst_still, 11 * second);
    EXPECT_EQ(join.worst_queue, "orders@broker-0:3");
    EXPECT_EQ(join.came_twice, 1U);
    const GroupEventReport& nothing = results.events[1];
    EXPECT_EQ(nothing.agreed_after, 0);
    EXPECT_EQ(nothing.queues_moved, 0);
    EXPECT_EQ(nothing.worst_still, 0);
    EXPECT_EQ(nothing.worst_queue, "");
    EXPECT_EQ(results.metrics.at("group.billing.converge_ms"), whole_number(1000));
    EXPECT_EQ(results.metrics.at("group.billing.queues_moved_least"), whole_number(3));
    EXPECT_EQ(results.metrics.at("group.billing.stopped_ms"), whole_number(12'000));
}

TEST(EventWindows, SayThatAGroupNeverAgreed) {
    Measured story(2, 2);
    story.start_all();
    story.own(story.members[0], 0);
    story.own(story.members[1], 1);
    story.publish(0, 1);
    story.at(10 * second).event("kill");
    story.kill(story.members[1]);
    const MeasureResults results = story.results_at(25 * second);
    ASSERT_EQ(results.events.size(), 1U);
    EXPECT_EQ(results.events[0].agreed_after, std::nullopt);
    EXPECT_EQ(results.events[0].queues_moved_least, 1);
    EXPECT_EQ(results.events[0].worst_still, 15 * second);
    EXPECT_EQ(results.metrics.at("group.billing.converge_ms"), whole_number(15'000));
}

// --- least moves
// ------------------------------------------------------------------------------------------------------

TEST(LeastMoves, KnowsPlainCases) {
    EXPECT_EQ(least_moves({8, 0}, 8, 0), 4);     // one joins one
    EXPECT_EQ(least_moves({4, 4, 0}, 8, 0), 2);  // one joins two: 3 + 3 + 2
    EXPECT_EQ(least_moves({3, 3}, 8, 2), 2);     // one of three died
    EXPECT_EQ(least_moves({3, 3, 2}, 8, 0), 0);
    EXPECT_EQ(least_moves({1, 1, 0}, 2, 0), 0);  // more members than queues
    EXPECT_EQ(least_moves({}, 8, 8), 0);         // nobody is left
    EXPECT_EQ(least_moves({2, 0}, 4, 0), 0);     // two queues never had an owner
}

/// The fewest moves by trying every even sharing-out.
std::int64_t least_by_trial(const std::vector<std::int64_t>& kept, std::int64_t queues, std::int64_t homeless) {
    const auto members = static_cast<std::int64_t>(kept.size());
    std::int64_t best = INT64_MAX;
    for (std::uint32_t larger = 0; larger < (1U << members); ++larger) {
        if (std::popcount(larger) != queues % members) continue;
        std::int64_t moves = homeless;
        for (std::int64_t i = 0; i < members; ++i)
            moves +=
                std::max<std::int64_t>(0, kept[static_cast<std::size_t>(i)] - queues / members - (larger >> i & 1));
        best = std::min(best, moves);
    }
    return best;
}

RC_GTEST_PROP(LeastMoves, AreTheFewestOfAllEvenSharings, ()) {
    const auto kept = *rc::gen::container<std::vector<std::int64_t>>(*rc::gen::inRange<std::size_t>(1, 7),
                                                                     rc::gen::inRange<std::int64_t>(0, 9));
    const auto homeless = *rc::gen::inRange<std::int64_t>(0, 5);
    std::int64_t queues = homeless;
    for (std::int64_t count : kept) queues += count;
    RC_ASSERT(least_moves(kept, queues, homeless) == least_by_trial(kept, queues, homeless));
}

}  // namespace
}  // namespace brokersim::scenario
