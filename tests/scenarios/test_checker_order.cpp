#include <algorithm>

#include <gtest/gtest.h>

#include "scenarios/checkers/ordered_consumption.h"
#include "tests/scenarios/story.h"

namespace brokersim::scenario {
namespace {

using testing::ms;
using testing::second;

/// An orderly group whose first member owns queue 0, in which lie ten messages.
struct Ordered : testing::Story {
    explicit Ordered(std::int64_t batch = 1, StartFrom from = StartFrom::first) : Story(2, 2, from) {
        context.groups[0].order = OrderBounds{.batch = batch};
        checker = std::make_unique<OrderedConsumption>(*history, context);
        history->add(*checker);
        start_all();
        for (std::uint64_t sequence = 0; sequence < 10; ++sequence) publish(sequence);
        own(members[0], 0);
    }
    Ordered& at(std::int64_t time) {
        now = time;
        return *this;
    }
    void begin(std::uint32_t member, std::uint64_t offset) {
        deliver(member, offset, 0, static_cast<std::int64_t>(offset));
    }
    void end(std::uint32_t member, std::uint64_t offset, bool ok = true) {
        handle(member, offset, 0, static_cast<std::int64_t>(offset), 0, ok);
    }
    Verdict verdict() { return checker->finish({now, true, nullptr}); }
    std::string accusation() {
        const Verdict told = verdict();
        return told.held() ? "" : told.broken[0].what;
    }

    std::unique_ptr<OrderedConsumption> checker;
    const std::uint32_t a = members[0];
    const std::uint32_t b = members[1];
};

TEST(OrderedConsumption, HoldsForOneAfterTheOtherAcrossOwners) {
    Ordered story;
    for (const std::uint64_t offset : {0, 1, 2}) {
        story.at(story.now + second).begin(story.a, offset);
        story.at(story.now + second).end(story.a, offset);
    }
    story.revoke(story.a, 0);
    story.own(story.b, 0);
    for (const std::uint64_t offset : {2, 3}) {  // the commit of 2 was lost
        story.at(story.now + second).begin(story.b, offset);
        story.at(story.now + second).end(story.b, offset);
    }
    EXPECT_TRUE(story.verdict().held());
}

TEST(OrderedConsumption, IsBrokenByTwoHandlersOfOneMember) {
    Ordered story;
    story.at(1 * second).begin(story.a, 0);
    story.at(2 * second).begin(story.a, 1);
    const Verdict verdict = story.verdict();
    ASSERT_EQ(verdict.broken.size(), 1U);
    EXPECT_EQ(verdict.broken[0].at, 2 * second);
    EXPECT_EQ(verdict.broken[0].what, "1 message was handed out while the queue had another one with a handler");
    EXPECT_EQ(verdict.broken[0].evidence[0],
              "at 2 s billing/0 got offset 1 of orders@broker-0:0 (producer.orders/0 "
              "#1) while offset 0 was with billing/0");
}

TEST(OrderedConsumption, IsBrokenByTwoHandlersAtTheSameInstant) {
    Ordered story;
    story.at(1 * second).begin(story.a, 0);
    story.begin(story.a, 1);
    EXPECT_NE(story.accusation(), "");
}

TEST(OrderedConsumption, ABatchIsOneCall) {
    Ordered story(2);
    story.at(1 * second).begin(story.a, 0);
    story.begin(story.a, 1);
    EXPECT_EQ(story.accusation(), "");
    story.begin(story.a, 2);
    EXPECT_NE(story.accusation(), "") << "more than a batch";
}

TEST(OrderedConsumption, IsBrokenByTwoMembersWhoeverOwns) {
    Ordered story;
    story.at(1 * second).begin(story.a, 0);
    story.at(2 * second).own(story.b, 0);
    story.begin(story.b, 0);
    EXPECT_NE(story.accusation(), "") << "the same message, twice at a time";
}

TEST(OrderedConsumption, AHandlerIsAloneForHalfASecondAfterItsQueueWasGivenUp) {
    for (const std::int64_t later : {400 * ms, 501 * ms}) {
        Ordered story;
        story.at(1 * second).begin(story.a, 0);
        story.at(2 * second).revoke(story.a, 0);
        story.at(2 * second + later).begin(story.b, 0);
        EXPECT_EQ(story.verdict().held(), later > 500 * ms);
    }
}

TEST(OrderedConsumption, IsBrokenByALaterMessageAfterAFailedOne) {
    Ordered story;
    story.at(1 * second).begin(story.a, 0);
    story.end(story.a, 0, false);
    story.at(2 * second).begin(story.a, 1);
    EXPECT_EQ(story.accusation(), "1 message was handed out before an earlier one of the queue had succeeded");
}

TEST(OrderedConsumption, AFailedMessageMayComeAgain) {
    Ordered story;
    story.at(1 * second).begin(story.a, 0);
    story.end(story.a, 0, false);
    story.at(2 * second).begin(story.a, 0);
    story.end(story.a, 0);
    story.at(3 * second).begin(story.a, 1);
    EXPECT_TRUE(story.verdict().held());
}

TEST(OrderedConsumption, AMessageWhoseHandlerDiedComesBeforeAllLaterOnes) {
    Ordered good, bad;
    for (Ordered* story : {&good, &bad}) {
        story->at(1 * second).begin(story->a, 0);
        story->at(2 * second).kill(story->a);
        story->at(70 * second).own(story->b, 0);
    }
    good.begin(good.b, 0);
    EXPECT_TRUE(good.verdict().held());
    bad.begin(bad.b, 1);
    EXPECT_NE(bad.accusation(), "");
}

TEST(OrderedConsumption, ABrokerThatEndsTakesItsLocksAlong) {
    for (const std::int64_t began : {20 * second, 39 * second, 41 * second}) {
        Ordered story;
        story.at(10 * second).kill(story.broker);
        story.at(12 * second).start(story.broker);
        story.at(began).begin(story.a, 0);
        story.at(45 * second).begin(story.b, 0);
        EXPECT_EQ(story.verdict().held(), began <= 40 * second) << "a lock is trusted for 30 s";
    }
}

TEST(OrderedConsumption, SaysNothingOfGroupsThatAreNotOrderly) {
    Ordered story;
    story.context.groups[0].order.reset();
    story.begin(story.a, 0);
    story.begin(story.a, 1);
    EXPECT_TRUE(story.verdict().held());
}

TEST(OrderedConsumption, IsJudgedWhereAGroupIsOrderly) {
    testing::Story story;
    const auto judged = [&story] {
        const auto checkers = make_checkers(*story.history, story.context);
        return std::ranges::any_of(checkers, [](const auto& one) { return one->promise() == "ordered-consumption"; });
    };
    EXPECT_FALSE(judged());
    story.context.groups[0].order = OrderBounds{};
    EXPECT_TRUE(judged());
}

}  // namespace
}  // namespace brokersim::scenario
