#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/check.h"
#include "scenarios/measures/drain_rate.h"
#include "scenarios/measures/waiting_times.h"
#include "tests/scenarios/measured_story.h"

namespace brokersim::scenario {
namespace {

using testing::Measured;
using testing::ms;
using testing::second;
using testing::Story;
using testing::whole_number;

// --- the rate at which a group drains its queues ---------------------------------------------------------------------

TEST(BusyThreads, AreThoseOfMembersWithQueues) {
    EXPECT_EQ(busy_threads(1, 8, 4, false), 4);
    EXPECT_EQ(busy_threads(3, 8, 4, false), 12);
    EXPECT_EQ(busy_threads(12, 8, 4, false), 32);
    EXPECT_EQ(busy_threads(1, 8, 4, true), 4);
    EXPECT_EQ(busy_threads(3, 8, 4, true), 8);  // three queues, three and two: a thread each
    EXPECT_EQ(busy_threads(3, 8, 2, true), 6);
    EXPECT_EQ(busy_threads(12, 8, 4, true), 8);
    EXPECT_EQ(busy_threads(0, 8, 4, false), 0);
}

/// Two queues full of messages, each with its owner.
struct Draining : Measured {
    explicit Draining(Window window = {}) : Measured(2, 2, StartFrom::first, window) {
        start_all();
        for (std::uint64_t i = 0; i < 200; ++i) publish(i, i % 2);
        own(members[0], 0);
        own(members[1], 1);
    }
    /// The next message of each queue, every 10 ms.
    void drain(int rounds) {
        for (int i = 0; i < rounds; ++i, ++next) {
            at(now + 10 * ms);
            for (std::uint64_t queue : {0, 1})
                deliver(members[queue], 2 * next + queue, queue, static_cast<std::int64_t>(next));
        }
    }
    std::uint64_t next = 0;
};

TEST(DrainRate, CountsWhileOwnersRestAndNoQueueIsEmpty) {
    Draining story;
    story.drain(99);  // the first makes both queues seen; 98 rounds of two in 980 ms are less than a second
    EXPECT_FALSE(story.results_at(story.now).metrics.contains("group.billing.drain_rate"));
    Draining longer;
    for (std::uint64_t i = 200; i < 400; ++i) longer.publish(i, i % 2);
    longer.drain(150);
    EXPECT_EQ(longer.results_at(longer.now).metrics.at("group.billing.drain_rate"), whole_number(200));
}

TEST(DrainRate, BeginsAnewWhenAnOwnerChangesOrAQueueIsEmpty) {
    Draining story;
    for (std::uint64_t i = 200; i < 600; ++i) story.publish(i, i % 2);
    story.drain(80);
    story.revoke(story.members[1], 1);  // until it is owned again, nothing counts
    story.drain(10);
    story.own(story.members[0], 1);
    story.drain(90);
    EXPECT_FALSE(story.results_at(story.now).metrics.contains("group.billing.drain_rate"));
    Draining empty;
    empty.drain(100);  // the last round empties them
    empty.at(5 * second).publish(200, 0);
    EXPECT_FALSE(empty.results_at(empty.now).metrics.contains("group.billing.drain_rate"));
}

TEST(DrainRate, OfAPartLooksAtThatPartOnly) {
    Draining story({200 * ms, 800 * ms});
    for (std::uint64_t i = 200; i < 600; ++i) story.publish(i, i % 2);
    story.drain(200);
    EXPECT_FALSE(story.results_at(story.now).metrics.contains("group.billing.drain_rate"));  // 600 ms are too short
}

// --- Little's law ----------------------------------------------------------------------------------------------------

TEST(WaitingTimes, AverageWhatWaits) {
    Measured story;
    story.start_all();
    story.publish(0);
    story.at(1 * second).publish(1);
    story.at(3 * second).consume(story.members[0], 0, 0, 0);
    story.at(4 * second).consume(story.members[0], 1, 0, 1);
    const Metrics metrics = story.results_at(10 * second).metrics;
    EXPECT_EQ(metrics.at("backlog.mean"), ratio(6, 10));  // one for 3 s, and one for 3 s
    EXPECT_EQ(metrics.at("group.billing.backlog.mean"), ratio(6, 10));
}

TEST(WaitingTimes, OfAPartAreClippedToIt) {
    Measured story(2, 2, StartFrom::first, {2 * second, 4 * second});
    story.start_all();
    story.publish(0);
    story.publish(1);
    story.at(3 * second).consume(story.members[0], 0, 0, 0);
    story.at(9 * second).consume(story.members[0], 1, 0, 1);
    EXPECT_EQ(story.results_at(10 * second).metrics.at("backlog.mean"), ratio(3, 2));
}

/// Messages come, are handled in any order, positions are committed and set back, the broker loses power and what it
/// had not written: the two sums stay equal (finish would throw), and the mean is what counting second by second gives.
RC_GTEST_PROP(WaitingTimes, ObeyLittlesLawInAnyHistory, (const std::vector<std::uint16_t>& steps)) {
    Measured story(2, 1);
    story.start_all();
    std::uint64_t sequence = 0;
    std::int64_t area = 0;
    std::vector<std::int64_t> ends(2);
    for (const std::uint16_t step : steps) {
        const std::int64_t pause = step % 7;
        area += story.history->flow().waiting(0) * pause;
        story.at(story.now + pause);
        const std::size_t queue = step / 7 % 2;
        const std::int64_t offset = ends[queue] == 0 ? 0 : step / 128 % ends[queue];
        switch (step / 14 % 6) {
            case 0:
            case 1:
                ends[queue] = story.publish(sequence++, queue) + 1;
                break;
            case 2:
                if (ends[queue] > 0) story.deliver(story.members[0], 0, queue, offset);
                break;
            case 3:
                story.commit(queue, offset);
                break;
            case 4:
                story.record(offset_reset(story.now, story.group_name, story.queues[queue], QueueOffset{offset}));
                break;
            default:
                story.record(node_event(EventKind::node_power_lost, story.now, story.broker));
                story.start(story.broker);
                break;
        }
    }
    story.at(story.now + 1);
    area += story.history->flow().waiting(0);
    const Rational thousandths = ratio((area * 1000 + story.now / 2) / story.now, 1000);
    RC_ASSERT(story.results_at(story.now).metrics.at("backlog.mean") == thousandths);
}

/// An accounting that misses something is found out.
TEST(WaitingTimes, AMessageThatIsForgottenBreaksLittlesLaw) {
    Story story;
    WaitingTimes times(*story.history, {});
    story.start_all();
    story.publish(0, 0);  // nobody tells it
    story.at(second).publish(1, 1);
    times.observe(Event(*event_of(second, story.broker, {}, note::Dispatched{story.queues[1], QueueOffset{0}, 1})));
    Metrics metrics;
    EXPECT_THROW(times.finish(2 * second, metrics), BrokenInvariant);
}

}  // namespace
}  // namespace brokersim::scenario
