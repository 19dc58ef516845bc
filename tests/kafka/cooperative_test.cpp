#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/kafka/consumer_protocol.h"
#include "tests/kafka/test_group.h"

/// Members whose assignors are cooperative, or sticky, and groups whose members offer several.
namespace brokersim::kafka::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

using Owned = std::vector<protocol::MessageQueue>;

/// What of `before` is not in `now`.
Owned lost(const Owned& before, const Owned& now) {
    Owned gone;
    std::set_difference(before.begin(), before.end(), now.begin(), now.end(), std::back_inserter(gone));
    return gone;
}

struct CooperativeMembers : ::testing::Test, TestGroup {
    CooperativeMembers() : TestGroup(2, 6) { assignors = {"cooperative-sticky"}; }

    Owned queues(int i) { return consumer(i).fake.owned(); }
    /// Revoked notes so far.
    std::size_t revocations() { return cluster.world.notes_of<note::Revoked>().size(); }
};

TEST_F(CooperativeMembers, give_up_in_two_rounds_only_what_moves) {
    start(0);
    start(1);
    run(15s);
    ASSERT_TRUE(every_queue_has_one_owner());
    const Owned zero = queues(0);
    const Owned one = queues(1);
    const std::int32_t generation = group().generation();

    start(2);
    while (group().generation() == generation) run(1ms);
    EXPECT_EQ(revocations(), 0U) << "nobody stops to join";
    while (!group().is(GroupState::stable)) run(1ms);
    run(1ms);
    EXPECT_EQ(owned(2), 0U) << "what it shall have belongs to others still";
    EXPECT_EQ(revocations(), 4U);
    run(4s);
    EXPECT_EQ(group().generation(), generation + 2);
    EXPECT_TRUE(every_queue_has_one_owner());
    EXPECT_EQ(owned(2), 4U);
    EXPECT_EQ(revocations(), 4U) << "the second round takes nothing from anybody";
    EXPECT_THAT(lost(zero, queues(0)), SizeIs(2));
    EXPECT_THAT(lost(queues(0), zero), IsEmpty());
    EXPECT_THAT(lost(one, queues(1)), SizeIs(2));
}

TEST_F(CooperativeMembers, need_one_round_when_nothing_has_to_be_given_up) {
    for (int i = 0; i < 3; ++i) start(i);
    run(20s);
    const std::int32_t generation = group().generation();
    EXPECT_EQ(generation, 1) << "all came within the initial delay";
    const Owned zero = queues(0);
    EXPECT_TRUE(stop(2));
    EXPECT_EQ(group().generation(), generation + 1);
    EXPECT_TRUE(every_queue_has_one_owner());
    EXPECT_THAT(lost(zero, queues(0)), IsEmpty());
}

TEST_F(CooperativeMembers, commit_before_they_join_and_the_new_owner_begins_there) {
    start(0);
    run(10s);
    for (auto& [queue, position] : consumer(0).fake.positions) position = 1000 + queue.queue_id;
    start(1);
    run(10s);
    EXPECT_TRUE(every_queue_has_one_owner());
    for (const auto& [queue, position] : consumer(1).fake.positions) EXPECT_EQ(position, 1000 + queue.queue_id);
    EXPECT_EQ(consumer(0).fake.quiesced, 2) << "for its first join, with nothing, and for what it gave up";
}

TEST_F(CooperativeMembers, do_not_commit_what_they_give_up) {
    start(0);
    run(10s);
    consumer(0).fake.handling = 500ms;
    start(1);
    while (!group().is(GroupState::preparing_rebalance)) run(1ms);
    while (!group().is(GroupState::stable)) run(1ms);
    for (auto& [queue, position] : consumer(0).fake.positions) position = 2000;  // handled meanwhile
    consumer(0).member.persist_offsets();
    run(10s);
    EXPECT_TRUE(every_queue_has_one_owner());
    for (const auto& [queue, position] : consumer(1).fake.positions) EXPECT_EQ(position, 100) << "again";
}

TEST_F(CooperativeMembers, hold_the_second_round_until_their_handlers_have_ended) {
    start(0);
    run(10s);
    consumer(0).fake.handling = 20s;
    start(1);
    run(18s);
    EXPECT_EQ(owned(0), 12U);
    EXPECT_EQ(owned(1), 0U);
    run(10s);
    EXPECT_EQ(owned(0), 6U);
    EXPECT_EQ(owned(1), 6U);
}

TEST_F(CooperativeMembers, lose_everything_when_they_are_taken_for_dead) {
    start(0);
    start(1);
    run(15s);
    cluster.world.silence(name_of(1), true);
    run(60s);
    EXPECT_EQ(owned(0), 12U);
    EXPECT_EQ(owned(1), 6U) << "it does not know";
    for (auto& [queue, position] : consumer(1).fake.positions) position = 5;
    cluster.world.silence(name_of(1), false);
    run(60s);
    EXPECT_TRUE(every_queue_has_one_owner());
    EXPECT_EQ(owned(1), 6U);
    for (const auto& [i, consumer] : consumers)
        for (const auto& [queue, position] : consumer->fake.positions)
            EXPECT_EQ(position, 100) << "no commit of lost queues";
}

TEST_F(CooperativeMembers, return_as_static_members_without_a_rebalance) {
    GroupMemberOptions options;
    for (int i = 0; i < 3; ++i) {
        options.config.group_instance_id = "instance-" + std::to_string(i);
        start(i, options);
    }
    run(20s);
    const std::int32_t generation = group().generation();
    const Owned before = queues(2);
    EXPECT_TRUE(stop(2));
    EXPECT_EQ(owned(0) + owned(1), 8U);
    start(2, options);
    run(3s);
    EXPECT_EQ(queues(2), before);
    EXPECT_EQ(group().generation(), generation);
    EXPECT_TRUE(stop(2));
    run(45s);
    EXPECT_EQ(owned(0) + owned(1), 12U) << "its session has ended";
}

TEST_F(CooperativeMembers, go_on_after_their_coordinator_forgot_the_newest_generation) {
    start(0);
    run(10s);
    auto& log = cluster.log(cluster.coordinator_of("billing"));
    const auto then = log.records;
    start(1);
    run(10s);
    ASSERT_TRUE(every_queue_has_one_owner());
    cluster.kill(cluster.coordinator_of("billing"));
    log.records = then;  // as a power cut leaves it
    cluster.start(cluster.coordinator_of("billing"));
    run(15s);
    EXPECT_TRUE(every_queue_has_one_owner());
    EXPECT_EQ(group().size(), 2U);
}

TEST(StickyMembers, keep_their_queues_when_another_dies) {
    TestGroup wide(3, 4);
    wide.assignors = {"sticky"};
    for (int i = 0; i < 4; ++i) wide.start(i);
    wide.run(20s);
    ASSERT_TRUE(wide.every_queue_has_one_owner());
    std::map<int, Owned> before;
    for (int i = 0; i < 4; ++i) before[i] = wide.consumer(i).fake.owned();
    wide.crash(1);
    wide.run(60s);
    ASSERT_TRUE(wide.every_queue_has_one_owner());
    for (int i : {0, 2, 3}) {
        EXPECT_THAT(lost(before[i], wide.consumer(i).fake.owned()), IsEmpty());
        EXPECT_EQ(wide.owned(i), 4U);
    }
}

TEST(StickyMembers, keep_their_queues_when_the_numbers_of_queues_change) {
    TestGroup wide(3, 2);
    wide.assignors = {"sticky"};
    wide.start(0);
    wide.start(1);
    wide.run(20s);
    const Owned before = wide.consumer(0).fake.owned();
    wide.cluster.queues["orders"] = 4;  // on each broker: the queues in between get other numbers
    wide.run(400s);
    ASSERT_TRUE(wide.every_queue_has_one_owner());
    EXPECT_THAT(lost(before, wide.consumer(0).fake.owned()), IsEmpty());
}

TEST(MembersOfSeveralAssignors, are_eager_unless_all_of_them_cooperate) {
    TestGroup group;
    group.assignors = {"range", "cooperative-sticky"};
    group.start(0);
    group.run(10s);
    group.start(1);
    group.run(10s);
    EXPECT_EQ(group.group().protocol(), "range");
    EXPECT_TRUE(group.every_queue_has_one_owner());
    EXPECT_EQ(group.cluster.world.notes_of<note::Revoked>().size(), 12U) << "it gave everything up";
}

TEST(MembersOfSeveralAssignors, use_what_all_support_and_most_prefer) {
    TestGroup group;
    group.assignors = {"sticky", "roundrobin", "range"};
    group.start(0);
    group.run(10s);
    EXPECT_EQ(group.group().protocol(), "sticky");
    group.assignors = {"roundrobin", "range"};
    group.start(1);
    group.run(10s);
    EXPECT_EQ(group.group().protocol(), "roundrobin");
    group.assignors = {"range"};
    group.start(2);
    group.run(10s);
    EXPECT_EQ(group.group().protocol(), "range");
    EXPECT_TRUE(group.every_queue_has_one_owner());
    group.assignors = {"cooperative-sticky"};
    group.start(3);
    group.run(10s);
    EXPECT_EQ(group.consumer(3).member.fatal_error(), Error::inconsistent_group_protocol);
    EXPECT_EQ(group.group().size(), 3U);
}

}  // namespace
}  // namespace brokersim::kafka::testing
