#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/kafka/test_group.h"

namespace brokersim::kafka::testing {
namespace {

using ::testing::Each;
using ::testing::Pair;
using ::testing::SizeIs;

struct GroupMembers : ::testing::Test, TestGroup {};

/// The Rebalanced notes of the members that took part in the newest round.
std::map<std::string, note::Rebalanced> last_views(const BareWorld& world) {
    std::map<std::string, note::Rebalanced> views;
    for (const auto& [node, given] : world.notes)
        if (const auto* rebalanced = std::get_if<note::Rebalanced>(&given)) views[node] = *rebalanced;
    return views;
}

TEST_F(GroupMembers, alone_takes_every_queue_from_the_newest_message) {
    start(0);
    run(3s);
    EXPECT_EQ(owned(0), 0U) << "the initial delay";
    run(100ms);
    EXPECT_THAT(consumer(0).fake.positions, SizeIs(12));
    EXPECT_THAT(consumer(0).fake.positions, Each(Pair(::testing::_, 100)));
}

TEST_F(GroupMembers, begin_where_they_are_told) {
    start(0, {.config = {}, .from = protocol::ConsumeFromWhere::first_offset});
    run(4s);
    EXPECT_THAT(consumer(0).fake.positions, Each(Pair(::testing::_, 7)));
    crash(0);
    start(1, {.config = {}, .from = protocol::ConsumeFromWhere::timestamp, .from_timestamp = 1});
    run(60s);
    EXPECT_THAT(consumer(1).fake.positions, Each(Pair(::testing::_, 50)));
    EXPECT_EQ(owned(1), 12U);
}

TEST_F(GroupMembers, share_the_queues_of_all_brokers_as_one_plan_says) {
    TestGroup wide(2, 4);
    for (int i = 0; i < 3; ++i) wide.start(i);
    wide.run(10s);
    EXPECT_TRUE(wide.every_queue_has_one_owner());
    const auto views = last_views(wide.cluster.world);
    ASSERT_THAT(views, SizeIs(3));
    std::vector<int> sizes;
    for (const auto& [node, rebalanced] : views) {
        EXPECT_EQ(rebalanced.view, views.begin()->second.view);
        EXPECT_TRUE(rebalanced.changed);
        sizes.push_back(rebalanced.queues_owned);
    }
    EXPECT_THAT(sizes, ::testing::UnorderedElementsAre(3, 3, 2));
    // Range gives blocks: a member's queues are neighbours in the order of broker and queue id.
    std::vector<protocol::MessageQueue> all;
    for (const auto& [queue, number] : wide.owners()) all.push_back(queue);
    for (int i = 0; i < 3; ++i) {
        const auto mine = wide.consumer(i).fake.owned();
        EXPECT_NE(std::search(all.begin(), all.end(), mine.begin(), mine.end()), all.end());
    }
}

TEST_F(GroupMembers, hand_over_what_they_have_handled) {
    start(0);
    run(10s);
    for (auto& [queue, position] : consumer(0).fake.positions) position = 1000 + queue.queue_id;
    start(1);
    run(4s);
    EXPECT_TRUE(every_queue_has_one_owner());
    EXPECT_EQ(owned(1), 6U);
    for (const auto& [queue, position] : consumer(1).fake.positions) EXPECT_EQ(position, 1000 + queue.queue_id);
    EXPECT_EQ(consumer(0).fake.quiesced, 2) << "once before each round";
}

TEST_F(GroupMembers, stop_only_from_their_heartbeat_to_the_new_plan) {
    start(0);
    run(10s);
    const MonoTime before = cluster.world.now();
    start(1);
    while (owned(1) == 0) run(1ms);
    EXPECT_LE(cluster.world.now() - before, 3100ms) << "the other learned of it by its next heartbeat";
    EXPECT_EQ(group().generation(), 2);
}

TEST_F(GroupMembers, beat_every_three_seconds) {
    start(0);
    run(4s);
    const std::size_t notes = cluster.world.notes.size();
    run(10min);
    EXPECT_TRUE(group().is(GroupState::stable));
    EXPECT_EQ(cluster.world.notes.size(), notes) << "nothing happens to a quiet group";
}

TEST_F(GroupMembers, commit_when_asked) {
    start(0);
    run(4s);
    for (auto& [queue, position] : consumer(0).fake.positions) position = 500;
    consumer(0).member.persist_offsets();
    run(20ms);
    EXPECT_EQ(cluster.broker().coordinator.committed("billing", {"orders@broker-0", 3}), 500);
}

TEST_F(GroupMembers, take_over_from_the_dead_after_their_session) {
    start(0);
    start(1);
    run(15s);
    crash(1);
    run(40s);
    EXPECT_FALSE(every_queue_has_one_owner());
    run(9s);
    EXPECT_TRUE(every_queue_has_one_owner());
    EXPECT_EQ(owned(0), 12U);
}

TEST_F(GroupMembers, say_goodbye) {
    start(0);
    start(1);
    run(15s);
    for (auto& [queue, position] : consumer(1).fake.positions) position = 77;
    const auto mine = consumer(1).fake.positions;
    EXPECT_TRUE(stop(1));
    EXPECT_EQ(owned(0), 12U);
    for (const auto& [queue, position] : mine) EXPECT_EQ(consumer(0).fake.positions.at(queue), 77);
    const auto left = cluster.world.notes_of<note::MemberLeft>();
    ASSERT_THAT(left, SizeIs(1));
    EXPECT_EQ(left[0].reason, note::LeaveReason::unregistered);
}

TEST_F(GroupMembers, end_even_if_the_coordinator_is_silent) {
    start(0);
    run(10s);
    cluster.broker().silent = true;
    EXPECT_TRUE(stop(0));
}

TEST_F(GroupMembers, do_not_notice_a_coordinator_that_restarts) {
    start(0);
    start(1);
    run(15s);
    cluster.kill(0);
    run(10s);
    EXPECT_TRUE(every_queue_has_one_owner()) << "they go on meanwhile";
    cluster.start(0);
    run(60s);
    EXPECT_EQ(group().generation(), 1);
    EXPECT_TRUE(group().is(GroupState::stable));
    EXPECT_TRUE(every_queue_has_one_owner());
}

TEST_F(GroupMembers, lose_everything_when_they_are_taken_for_dead) {
    start(0);
    start(1);
    run(15s);
    cluster.broker().silent = true;
    run(50s);
    EXPECT_EQ(group().size(), 0U);
    EXPECT_TRUE(every_queue_has_one_owner()) << "they don't know yet";
    cluster.broker().silent = false;
    run(60s);
    EXPECT_TRUE(every_queue_has_one_owner());
    EXPECT_EQ(group().size(), 2U);
    EXPECT_GT(group().generation(), 1);
}

TEST_F(GroupMembers, leave_by_themselves_if_a_handler_takes_too_long) {
    GroupMemberOptions options;
    options.config.max_poll_interval = 20s;
    start(0, options);
    run(5s);
    consumer(0).fake.handling = 60s;
    start(1, options);
    run(30s);
    EXPECT_EQ(group().size(), 1U);
    EXPECT_EQ(owned(1), 12U);
    EXPECT_EQ(owned(0), 12U) << "its handlers run on: two owners, as with Kafka";
    consumer(0).fake.handling = 0s;
    run(60s);
    EXPECT_EQ(group().size(), 2U);
    EXPECT_TRUE(every_queue_has_one_owner());
}

TEST_F(GroupMembers, return_as_static_members_without_a_rebalance) {
    GroupMemberOptions options;
    for (int i = 0; i < 2; ++i) {
        options.config.group_instance_id = "instance-" + std::to_string(i);
        start(i, options);
    }
    run(15s);
    const auto before = consumer(1).fake.owned();
    EXPECT_TRUE(stop(1));
    EXPECT_EQ(owned(0), 6U) << "its place is kept";
    start(1, options);
    run(3s);
    EXPECT_EQ(consumer(1).fake.owned(), before);
    EXPECT_EQ(group().generation(), 1);
}

TEST_F(GroupMembers, end_when_another_takes_their_instance_id) {
    GroupMemberOptions options;
    options.config.group_instance_id = "same";
    start(0, options);
    run(10s);
    start(1, options);
    run(10s);
    EXPECT_EQ(consumer(0).member.fatal_error(), Error::fenced_instance_id);
    EXPECT_EQ(owned(0), 0U);
    EXPECT_EQ(owned(1), 12U);
    EXPECT_TRUE(stop(0));
}

TEST_F(GroupMembers, notice_new_queues_when_the_leaders_metadata_is_old) {
    start(0);
    start(1);
    run(15s);
    cluster.queues["orders"] = 16;
    run(250s);
    EXPECT_FALSE(every_queue_has_one_owner());
    run(60s);
    EXPECT_TRUE(every_queue_has_one_owner());
}

TEST_F(GroupMembers, wait_for_a_topic_that_is_not_there_yet) {
    cluster.queues.clear();
    start(0);
    run(20s);
    EXPECT_EQ(group().size(), 1U);
    cluster.queues["orders"] = 3;
    run(5s);
    EXPECT_EQ(owned(0), 3U);
}

TEST_F(GroupMembers, take_a_queue_again_whose_position_was_out_of_range) {
    start(0);
    run(5s);
    const protocol::MessageQueue queue{"orders", "broker-0", 3};
    consumer(0).fake.drop(queue);
    consumer(0).member.offset_moved(queue, {12});
    EXPECT_EQ(consumer(0).fake.positions.at(queue), 12);
}

TEST_F(GroupMembers, find_their_coordinator_through_any_broker) {
    TestGroup wide(3, 2);
    wide.start(0);
    wide.run(5s);
    EXPECT_EQ(wide.owned(0), 6U);
    EXPECT_EQ(wide.group().size(), 1U);
}

}  // namespace
}  // namespace brokersim::kafka::testing
