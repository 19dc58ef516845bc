#include <gtest/gtest.h>

#include "scenarios/checkers/all_owned.h"
#include "scenarios/checkers/bounded.h"
#include "scenarios/checkers/offsets_forward.h"
#include "scenarios/checkers/one_owner.h"
#include "scenarios/checkers/owner_consumes.h"
#include "scenarios/checkers/progress.h"
#include "tests/scenarios/story.h"

namespace brokersim::scenario {
namespace {

using testing::Judged;
using testing::second;

/// 24 s after a member came, left or was killed, 154 s after silence: RocketMQ's defaults.
constexpr std::int64_t leave_bound = 24 * second;
/// A heartbeat interval and a connection more, until every broker knows every member again.
constexpr std::int64_t known_bound = 57 * second;
constexpr std::int64_t silence_bound = 154 * second;

TEST(GroupBounds, FollowTheProtocolsTimes) {
    const GroupBounds rocketmq = self_assignment_bounds({});
    EXPECT_EQ(rocketmq.after_leave.count(), leave_bound);
    EXPECT_EQ(rocketmq.after_silence.count(), silence_bound);
    EXPECT_FALSE(rocketmq.commits_fenced);
    const GroupBounds kafka = kafka_bounds({});
    EXPECT_EQ(kafka.after_leave, Duration((3 + 2 * 34) * second));
    EXPECT_EQ(kafka.after_kill, kafka.after_leave + Duration((34 + 2 * 45) * second));
    EXPECT_EQ(kafka.double_owned.count(), 0);
    EXPECT_EQ(rocketmq.double_owned_after_broker.count(), known_bound);
    EXPECT_EQ(rocketmq.double_owned_after_cut.count(), known_bound);
    EXPECT_EQ(kafka.double_owned_after_broker.count(), 0);
    EXPECT_EQ(kafka.double_owned_after_cut.count(), (3 + 2 * 30 + 10) * second);
    KafkaGroupTimes times;
    times.static_members = true;
    EXPECT_EQ(kafka_bounds(times).after_leave, kafka.after_kill) << "nobody says goodbye";
    times = {};
    times.rounds = 1;
    EXPECT_EQ(kafka.after_leave - kafka_bounds(times).after_leave, Duration(34 * second)) << "one round less";
    times.join_timeout = Duration(305 * second);
    EXPECT_EQ(kafka_bounds(times).after_dark_broker - kafka_bounds(times).after_broker, Duration(305 * second));
}

template <class CheckerType>
struct Owned : Judged<CheckerType> {
    Owned() {
        this->start_all();
        this->heal();
        this->own(this->members[0], 0);
        this->own(this->members[1], 1);
    }
};

// --- all-owned
// --------------------------------------------------------------------------------------------------------

TEST(AllOwned, HoldsForAGroupThatSettles) {
    Owned<AllOwned> story;
    story.at(300 * second).kill(story.members[1]);
    story.at(310 * second).own(story.members[0], 1);
    const Verdict verdict = story.verdict_at(600 * second);
    EXPECT_TRUE(verdict.held());
    EXPECT_EQ(verdict.not_judged, "");
}

TEST(AllOwned, ARunWithoutFaultsDisturbsNothing) {
    Judged<AllOwned> story;
    story.context.groups = {kafka_bounds({.metadata_age = Duration(3'600'000'000'000)})};
    story.at(-5 * second).start(story.broker);
    story.at(0).start(story.members[0]);
    story.heal();
    story.at(1 * second)
        .record(member_failed(story.now, story.members[0], story.name("kafka.member.failed.INVALID_SESSION_TIMEOUT")));
    const Verdict verdict = story.verdict_at(600 * second);
    ASSERT_EQ(verdict.broken.size(), 1u);
    EXPECT_NE(verdict.broken[0].evidence[0].find("no owner; at 1 s billing/0 gave its membership up: "
                                                 "INVALID_SESSION_TIMEOUT"),
              std::string::npos)
        << verdict.broken[0].evidence[0];
}

TEST(AllOwned, TellsOfMembersThatGaveUpWhereOthersOwnEverything) {
    Judged<AllOwned> story;
    story.context.groups = {kafka_bounds({})};
    story.at(-5 * second).start(story.broker);
    story.at(0).start(story.members[0]);
    story.start(story.members[1]);
    story.heal();
    story.at(1 * second).own(story.members[0], 0);
    story.own(story.members[0], 1);
    story.record(member_failed(story.now, story.members[1], story.name("kafka.member.failed.GROUP_MAX_SIZE_REACHED")));
    const Verdict verdict = story.verdict_at(600 * second);
    EXPECT_TRUE(verdict.held());
    EXPECT_EQ(verdict.not_judged, "group billing: at 1 s billing/1 gave its membership up: GROUP_MAX_SIZE_REACHED");
}

TEST(AllOwned, IsBrokenByAQueueWithoutOwnerPastTheBound) {
    Owned<AllOwned> story;
    story.at(300 * second).kill(story.members[1]);
    const Verdict verdict = story.verdict_at(330 * second);
    ASSERT_EQ(verdict.broken.size(), 1U);
    EXPECT_EQ(verdict.broken[0].at, 324 * second);
    EXPECT_EQ(verdict.broken[0].evidence[0],
              "group billing was unsettled from 300 s on; at 324 s, when its bound was up, it still was: "
              "orders@broker-0:1 has no owner");
}

TEST(AllOwned, IsBrokenByAQueueThatGetsItsOwnerTooLate) {
    Owned<AllOwned> story;
    story.at(300 * second).kill(story.members[1]);
    story.at(325 * second).own(story.members[0], 1);
    EXPECT_EQ(story.verdict_at(600 * second).broken.size(), 1U);
}

TEST(AllOwned, IsBrokenByAQueueWithTwoOwnersPastTheBound) {
    Owned<AllOwned> story;
    story.at(300 * second).own(story.members[0], 1);
    const Verdict verdict = story.verdict_at(325 * second);
    ASSERT_EQ(verdict.broken.size(), 1U);
    EXPECT_NE(verdict.broken[0].evidence[0].find("has the owners billing/1 and billing/0"), std::string::npos);
}

TEST(AllOwned, GivesASilentMemberMoreTime) {
    Owned<AllOwned> story;
    story.record(node_event(EventKind::node_power_lost, story.at(300 * second).now, story.members[1]));
    story.at(450 * second).own(story.members[0], 1);
    EXPECT_TRUE(story.verdict_at(600 * second).held());
    Owned<AllOwned> late;
    late.record(node_event(EventKind::node_power_lost, late.at(300 * second).now, late.members[1]));
    late.at(455 * second).own(late.members[0], 1);
    EXPECT_FALSE(late.verdict_at(600 * second).held());
}

TEST(AllOwned, DoesNotJudgeWhileFaultsAreActive) {
    Judged<AllOwned> story;
    story.start_all();
    const Verdict verdict = story.verdict_at(600 * second);
    EXPECT_TRUE(verdict.held());
    EXPECT_NE(verdict.not_judged, "");
}

TEST(AllOwned, SaysWhenTheRunEndsBeforeTheBound) {
    Owned<AllOwned> story;
    story.at(300 * second).kill(story.members[1]);
    const Verdict verdict = story.verdict_at(310 * second);
    EXPECT_TRUE(verdict.held());
    EXPECT_EQ(verdict.not_judged, "group billing: the run ended before its bound was up");
}

TEST(AllOwned, AllowsForAJoinThatABrokersPowerCutLeftWithoutAnswer) {
    KafkaGroupTimes times;
    times.join_timeout = Duration(305 * second);
    const GroupBounds bounds = kafka_bounds(times);
    for (const bool dark : {false, true}) {
        Owned<AllOwned> story;
        story.context.groups = {bounds};
        story.at(300 * second).revoke(story.members[1], 1);
        const EventKind end = dark ? EventKind::node_power_lost : EventKind::node_killed;
        story.at(301 * second).record(node_event(end, story.now, story.broker));
        story.at(301 * second + bounds.after_broker.count() + 100 * second).own(story.members[0], 1);
        EXPECT_EQ(story.verdict_at(1300 * second).held(), dark);
    }
}

TEST(AllOwned, IsBrokenByAnotherAssignmentThanTheStrategys) {
    Owned<AllOwned> story;
    story.context.expected = [&](std::uint32_t, std::span<const std::uint32_t> living) {
        return std::map<NameId, std::uint32_t>{{story.queues[0], living[1]}, {story.queues[1], living[1]}};
    };
    const Verdict verdict = story.verdict_at(600 * second);
    ASSERT_EQ(verdict.broken.size(), 1U);
    EXPECT_EQ(verdict.broken[0].evidence,
              (std::vector<std::string>{
                  "orders@broker-0:0 of group billing belongs to billing/0; its strategy gives it to billing/1"}));
}

// --- owner-consumes
// -----------------------------------------------------------------------------------------------------

TEST(OwnerConsumes, IsBrokenByAHandlerOfAFormerOwner) {
    Owned<OwnerConsumes> story;
    story.publish(0);
    story.publish(1);
    story.consume(story.members[0], 0, 0, 0);
    story.at(5 * second).revoke(story.members[0], 0);
    story.own(story.members[1], 0);
    EXPECT_TRUE(story.verdict().held());
    story.at(6 * second).consume(story.members[0], 1, 0, 1);
    const Verdict verdict = story.verdict();
    ASSERT_EQ(verdict.broken.size(), 1u);
    EXPECT_EQ(verdict.broken[0].what, "1 message was handed to a member that did not own the queue");
    EXPECT_EQ(verdict.broken[0].evidence[0],
              "at 6 s billing/0 handled offset 1 of orders@broker-0:0, which it does not own: billing/1 does");
}

TEST(OwnerConsumes, LetsBothConsumeWhereTwoBelieveThatTheyOwn) {
    Owned<OwnerConsumes> story;
    story.own(story.members[1], 0);
    story.publish(0);
    story.consume(story.members[0], 0, 0, 0);
    story.consume(story.members[1], 0, 0, 0);
    EXPECT_TRUE(story.verdict().held());
}

// --- one-owner
// --------------------------------------------------------------------------------------------------------

TEST(OneOwner, AllowsTwoOwnersAsLongAsTheProtocolDoes) {
    Owned<OneOwner> story;
    story.at(100 * second).own(story.members[0], 1);
    story.at(100 * second + leave_bound).revoke(story.members[1], 1);
    EXPECT_TRUE(story.verdict_at(200 * second).held());
}

TEST(OneOwner, IsBrokenByTwoOwnersForLonger) {
    Owned<OneOwner> story;
    story.at(100 * second).own(story.members[0], 1);
    story.at(101 * second + leave_bound).revoke(story.members[1], 1);
    const Verdict verdict = story.verdict_at(200 * second);
    ASSERT_EQ(verdict.broken.size(), 1U);
    EXPECT_EQ(verdict.broken[0].evidence[0],
              "orders@broker-0:1 had more than one owner in group billing from 100 s to 125 s; 24 s is allowed");
}

TEST(OneOwner, IsBrokenAtOnceWhereTheProtocolAllowsNone) {
    Owned<OneOwner> story;
    story.context.groups = {kafka_bounds({})};
    story.at(100 * second).own(story.members[0], 1);
    story.at(100 * second + 1).revoke(story.members[1], 1);
    EXPECT_FALSE(story.verdict_at(200 * second).held());
}

TEST(OneOwner, ExcusesAMemberOfKafkaThatWasCutOffUntilItCanHaveHeard) {
    for (const std::int64_t past : {0, 1}) {
        Judged<OneOwner> story;
        story.context.groups = {kafka_bounds({})};
        story.start_all();
        story.own(story.members[0], 0);
        story.own(story.members[1], 1);
        story.at(100 * second).own(story.members[0], 1);
        story.at(110 * second).heal();
        story.at(183 * second + past).revoke(story.members[1], 1);
        EXPECT_EQ(story.verdict_at(300 * second).held(), past == 0);
    }
}

TEST(OneOwner, ExcusesMembersThatACoordinatorForgotInAPowerCut) {
    enum class Ends { kill, power_cut, power_cut_of_one_that_flushes };
    for (const Ends ends : {Ends::kill, Ends::power_cut, Ends::power_cut_of_one_that_flushes}) {
        Owned<OneOwner> story;
        story.context.groups = {kafka_bounds({})};
        story.context.sync_flush = {ends == Ends::power_cut_of_one_that_flushes};
        story.at(100 * second)
            .record(node_event(ends == Ends::kill ? EventKind::node_killed : EventKind::node_power_lost, story.now,
                               story.broker));
        story.at(110 * second).start(story.broker);
        story.at(113 * second).own(story.members[0], 1);
        story.at(115 * second).revoke(story.members[1], 1);
        EXPECT_EQ(story.verdict_at(200 * second).held(), ends == Ends::power_cut);
    }
}

TEST(OneOwner, IsBrokenByTwoOwnersAtTheEnd) {
    Owned<OneOwner> story;
    story.at(100 * second).own(story.members[0], 1);
    EXPECT_FALSE(story.verdict_at(200 * second).held());
}

TEST(OneOwner, AllowsMoreWhenABrokerMustLearnItsMembersAnew) {
    for (const bool late : {false, true}) {
        Owned<OneOwner> story;
        story.at(100 * second).own(story.members[0], 1);
        story.at(110 * second).kill(story.broker);
        story.at(115 * second).start(story.broker);
        story.at(115 * second + known_bound + (late ? 1 : 0)).revoke(story.members[1], 1);
        EXPECT_EQ(story.verdict_at(300 * second).held(), !late);
    }
}

TEST(OneOwner, AllowsMoreWhileBrokersStrikeASilentMemberOffOneByOne) {
    for (const bool late : {false, true}) {
        Judged<OneOwner> story(2, 3);
        story.start_all();
        story.heal();
        story.at(100 * second).record(node_event(EventKind::node_power_lost, story.now, story.members[2]));
        story.at(200 * second).own(story.members[0], 1);
        story.own(story.members[1], 1);
        story.at(100 * second + silence_bound + (late ? 1 : 0)).revoke(story.members[1], 1);
        EXPECT_EQ(story.verdict_at(400 * second).held(), !late);
    }
}

TEST(OneOwner, WhatWasTooLongStaysSoWhenABrokerDies) {
    Owned<OneOwner> story;
    story.at(100 * second).own(story.members[0], 1);
    story.at(125 * second).kill(story.broker);
    story.at(126 * second).revoke(story.members[1], 1);
    EXPECT_FALSE(story.verdict_at(200 * second).held());
}

TEST(OneOwner, AKafkaMemberThatWasCutOffMustBeTold) {
    for (const bool late : {false, true}) {
        Judged<OneOwner> story;
        story.context.groups = {kafka_bounds({})};
        story.start_all();
        story.at(10 * second).own(story.members[0], 1);
        story.at(60 * second).own(story.members[1], 1);  // while it was cut off
        story.at(100 * second).heal();
        story.at((100 + 73) * second + (late ? 1 : 0)).revoke(story.members[0], 1);
        EXPECT_EQ(story.verdict_at(300 * second).held(), !late);
    }
}

TEST(OneOwner, AKafkaGroupHasOneViewAlsoWhenABrokerIsStartedAgain) {
    Owned<OneOwner> story;
    story.context.groups = {kafka_bounds({})};
    story.at(100 * second).kill(story.broker);
    story.at(101 * second).start(story.broker);
    story.at(102 * second).own(story.members[0], 1);
    story.at(103 * second).revoke(story.members[1], 1);
    EXPECT_FALSE(story.verdict_at(200 * second).held());
}

TEST(OneOwner, EndsWithTheDeathOfOne) {
    Owned<OneOwner> story;
    story.at(100 * second).own(story.members[0], 1);
    story.at(110 * second).kill(story.members[1]);
    EXPECT_TRUE(story.verdict_at(200 * second).held());
}

// --- offsets-forward
// --------------------------------------------------------------------------------------------------

TEST(OffsetsForward, IsBrokenByAStepBack) {
    Owned<OffsetsForward> story;
    story.at(100 * second).commit(0, 5);
    story.at(101 * second).commit(0, 5);
    EXPECT_TRUE(story.checker.finish({}).held());
    story.commit(0, 4);
    EXPECT_FALSE(story.checker.finish({}).held());
}

TEST(OffsetsForward, AllowsAReset) {
    Owned<OffsetsForward> story;
    story.at(100 * second).commit(0, 5);
    story.record(offset_reset(story.now, story.group_name, story.queues[0], QueueOffset{1}));
    story.commit(0, 2);
    EXPECT_TRUE(story.checker.finish({}).held());
}

TEST(OffsetsForward, ExcusesABrokerThatWasStartedAgain) {
    Owned<OffsetsForward> story;
    story.at(100 * second).commit(0, 5);
    story.kill(story.broker);
    story.at(110 * second).start(story.broker);
    story.commit(0, 2);
    EXPECT_TRUE(story.checker.finish({}).held());
    story.at(111 * second).commit(0, 1);
    EXPECT_FALSE(story.checker.finish({}).held());
}

TEST(OffsetsForward, ExcusesOneStepBackWhereAPowerCutMayHaveShortenedTheQueue) {
    for (const bool flushes_first : {false, true}) {
        Owned<OffsetsForward> story;
        story.context.groups[0].commits_fenced = true;
        story.context.sync_flush = {flushes_first};
        story.at(100 * second).commit(0, 5);
        story.at(105 * second).record(node_event(EventKind::node_power_lost, story.now, story.broker));
        story.at(110 * second).start(story.broker);
        story.at(111 * second).commit(0, 6);
        story.at(115 * second).commit(0, 3);
        EXPECT_EQ(story.checker.finish({}).held(), !flushes_first);
        story.at(116 * second).commit(0, 2);
        EXPECT_FALSE(story.checker.finish({}).held());
    }
}

TEST(OffsetsForward, ExcusesAFormerOwnerOnlyWhereCommitsAreNotFenced) {
    for (const bool fenced : {false, true}) {
        Owned<OffsetsForward> story;
        story.context.groups[0].commits_fenced = fenced;
        story.at(100 * second).commit(0, 5);
        story.revoke(story.members[0], 0);
        story.own(story.members[1], 0);
        story.at(101 * second).commit(0, 4);
        EXPECT_EQ(story.checker.finish({}).held(), !fenced);
    }
}

TEST(OffsetsForward, TwoOwnersTurnByTurnAreExcusedWhereAnybodyMayCommit) {
    for (const bool fenced : {false, true}) {
        Owned<OffsetsForward> story;
        story.context.groups[0].commits_fenced = fenced;
        story.at(100 * second).own(story.members[1], 0);
        story.at(200 * second).commit(0, 5);
        story.at(201 * second).commit(0, 4);
        EXPECT_EQ(story.checker.finish({}).held(), !fenced);
    }
}

TEST(OffsetsForward, ACommitThatASilentLinkHeldBackIsExcusedAsLongAsTcpMayRepeatIt) {
    Judged<OffsetsForward> story;
    story.start_all();
    story.at(100 * second).commit(0, 5);
    story.at(101 * second).commit(0, 4);
    EXPECT_NE(story.checker.finish({}).not_judged, "");
    story.at(110 * second).heal();
    story.at(230 * second - 1).commit(0, 3);
    EXPECT_TRUE(story.checker.finish({}).held());
    story.at(230 * second).commit(0, 2);
    EXPECT_FALSE(story.checker.finish({}).held());
}

// --- bounded
// ----------------------------------------------------------------------------------------------------------

TEST(OffsetsForward, WhereCommitsComeInOrderEveryStepBackCountsIfTheyAreFenced) {
    for (const bool in_order : {false, true}) {
        Judged<OffsetsForward> story;
        story.context.groups = {kafka_bounds({})};
        story.context.commits_in_order = in_order;
        story.start_all();
        story.own(story.members[0], 0);
        story.at(50 * second).commit(0, 5);
        story.at(60 * second).commit(0, 4);  // a member stands still
        story.at(100 * second).heal();
        EXPECT_EQ(story.checker.finish({}).held(), !in_order);
    }
}

TEST(OffsetsForward, ACommitOfAFormerOwnerIsNoRepetitionOfTcpWhereCommitsAreFenced) {
    for (const bool fenced : {false, true}) {
        Judged<OffsetsForward> story;
        story.context.groups = {fenced ? kafka_bounds({}) : self_assignment_bounds({})};
        story.start_all();
        story.own(story.members[0], 0);
        story.at(50 * second).commit(0, 5);
        story.at(90 * second).revoke(story.members[0], 0);
        story.own(story.members[1], 0);
        story.at(95 * second).commit(0, 9);
        story.at(100 * second).heal();
        story.at(150 * second).commit(0, 7);  // the new owner's own may be late
        EXPECT_TRUE(story.checker.finish({}).held());
        story.at(160 * second).commit(0, 4);  // below where it began
        EXPECT_EQ(story.checker.finish({}).held(), !fenced);
    }
}

TEST(Bounded, IsBrokenAboveTheBoundOnly) {
    Judged<Bounded> story;
    const NameId what = story.name("send queue");
    story.record(level_sampled(0, story.broker, what, 10'000, 10'000));
    EXPECT_TRUE(story.verdict().held());
    story.record(level_sampled(second, story.broker, what, 10'001, 10'000));
    const Verdict verdict = story.verdict();
    ASSERT_EQ(verdict.broken.size(), 1U);
    EXPECT_EQ(verdict.broken[0].evidence[0], "at 1 s send queue of broker/0 was 10001; its bound is 10000");
}

// --- progress
// ---------------------------------------------------------------------------------------------------------

TEST(Progress, HoldsWhileThingsMove) {
    Judged<Progress> story;
    story.start_all();
    story.heal();
    for (std::uint64_t i = 0; i < 10; ++i) {
        story.at(static_cast<std::int64_t>(i) * 100 * second).publish(i);
        story.consume(story.members[0], i, 0, static_cast<std::int64_t>(i));
    }
    EXPECT_TRUE(story.verdict().held());
}

TEST(Progress, IsBrokenByAQueueThatStandsStill) {
    Judged<Progress> story;
    story.start_all();
    story.heal();
    story.publish(0, 0);
    story.publish(1, 1);
    story.consume(story.members[0], 1, 1, 0);
    const Verdict verdict = story.verdict_at(301 * second);
    ASSERT_EQ(verdict.broken.size(), 1U);
    EXPECT_EQ(verdict.broken[0].at, 300 * second);
    EXPECT_NE(verdict.broken[0].evidence[0].find("orders@broker-0:0"), std::string::npos);
}

TEST(Progress, IsBrokenByADeliveryThatComesTooLate) {
    Judged<Progress> story;
    story.start_all();
    story.heal();
    story.publish(0, 0);
    story.at(301 * second).consume(story.members[0], 0, 0, 0);
    EXPECT_FALSE(story.verdict().held());
}

TEST(Progress, CountsFromTheHealingOn) {
    Judged<Progress> story;
    story.start_all();
    story.publish(0, 0);
    story.at(200 * second).heal();
    story.at(499 * second).consume(story.members[0], 0, 0, 0);
    EXPECT_TRUE(story.verdict().held());
}

TEST(Progress, DoesNotExpectAnythingOfAGroupWithoutMembersOrOfADeadBroker) {
    Judged<Progress> story;
    story.start_all();
    story.heal();
    story.publish(0, 0);
    for (std::uint32_t member : story.members) story.kill(member);
    EXPECT_TRUE(story.verdict_at(400 * second).held());
    story.start(story.members[0]);
    EXPECT_TRUE(story.verdict_at(600 * second).held());
    story.kill(story.broker);
    EXPECT_TRUE(story.verdict_at(900 * second).held());
}

TEST(Progress, IsBrokenByAProducerThatGetsNoAcknowledgement) {
    Judged<Progress> story;
    story.start_all();
    story.heal();
    for (std::uint64_t i = 0; i < 4; ++i) {
        story.at(static_cast<std::int64_t>(i) * 100 * second).send(i);
        story.record(send_timed_out(story.now, story.producer_node, {0, i}, story.now, story.now));
    }
    const Verdict verdict = story.verdict_at(301 * second);
    ASSERT_EQ(verdict.broken.size(), 1U);
    EXPECT_EQ(verdict.broken[0].evidence[0], "producer.orders/0 sent from 0 s to 301 s and got no acknowledgement");
}

}  // namespace
}  // namespace brokersim::scenario
