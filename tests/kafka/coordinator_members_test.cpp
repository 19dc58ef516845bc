#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/kafka/raw_group.h"

/// Requests that are refused, static members, offsets, and lives of a coordinator.
namespace brokersim::kafka::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Coordinator : ::testing::Test, RawGroup {};

TEST_F(Coordinator, refuses_what_makes_no_sense) {
    auto request = join_request();
    request.session_timeout_ms = 5999;
    EXPECT_EQ(client.ask<JoinGroupResponse>(request).error, Error::invalid_session_timeout);
    request.session_timeout_ms = 1'800'001;
    EXPECT_EQ(client.ask<JoinGroupResponse>(request).error, Error::invalid_session_timeout);
    request = join_request();
    request.group.clear();
    EXPECT_EQ(client.ask<JoinGroupResponse>(request).error, Error::invalid_group_id);
    EXPECT_EQ(client.ask<JoinGroupResponse>(join_request("somebody")).error, Error::unknown_member_id);
    request = join_request();
    request.protocols.clear();
    EXPECT_EQ(client.ask<JoinGroupResponse>(request).error, Error::inconsistent_group_protocol);
    EXPECT_EQ(client.ask<SyncGroupResponse>(SyncGroupRequest{"nowhere", 1, "m", {}, {}}).error,
              Error::unknown_member_id);
    EXPECT_EQ(client.ask<HeartbeatResponse>(HeartbeatRequest{"nowhere", 1, "m", {}}).error, Error::unknown_member_id);
    EXPECT_EQ(client.ask<LeaveGroupResponse>(LeaveGroupRequest{"nowhere", "m", {}}).error, Error::unknown_member_id);
}

TEST_F(Coordinator, works_for_its_own_groups_only) {
    Cluster three(3);
    RawClient asker(three, 1);
    const auto found = asker.ask<FindCoordinatorResponse>(FindCoordinatorRequest{orders}, 2);
    EXPECT_EQ(found.error, Error::none);
    EXPECT_EQ(found.node_id, 31 % 3) << "partition 31";
    EXPECT_EQ(found.address, three.addresses[31 % 3]);
    EXPECT_EQ(asker.ask<FindCoordinatorResponse>(FindCoordinatorRequest{""}).error, Error::invalid_group_id);
    EXPECT_EQ(asker.ask<JoinGroupResponse>(join_request(), 0).error, Error::not_coordinator);
    EXPECT_EQ(asker.ask<JoinGroupResponse>(join_request(), 1).error, Error::member_id_required);
}

TEST_F(Coordinator, lets_a_static_member_return_without_a_rebalance) {
    std::vector<RawMember> members = stable_statics(2);
    RawMember returned{"", -1, "b"};
    const auto joined = join_static("b");
    run(20ms);
    ASSERT_TRUE(*joined);
    accept(returned, **joined);
    EXPECT_EQ(returned.generation, 1);
    EXPECT_NE(returned.id, members[1].id);
    EXPECT_TRUE(group().is(GroupState::stable));
    EXPECT_EQ((**sync(returned)).assignment, members[1].id) << "its old part";
    EXPECT_EQ(beat(members[1]), Error::fenced_instance_id);
    EXPECT_EQ(commit(members[1], 5), Error::fenced_instance_id);
    EXPECT_EQ(beat(returned), Error::none);
}

TEST_F(Coordinator, does_not_let_a_returned_leader_assign) {
    std::vector<RawMember> members = stable_statics(2);
    ASSERT_EQ(group().leader(), members[0].id);
    const auto joined = join_static("a");
    run(20ms);
    ASSERT_TRUE(*joined);
    EXPECT_EQ((*joined)->leader, members[0].id) << "its former self";
    EXPECT_EQ(group().leader(), (*joined)->member_id);
    EXPECT_THAT((*joined)->members, IsEmpty());
}

TEST_F(Coordinator, puts_the_old_static_member_back_if_the_new_one_cannot_be_stored) {
    std::vector<RawMember> members = stable_statics(2);
    cluster.log().failing = true;
    const auto joined = join_static("b");
    run(20ms);
    ASSERT_TRUE(*joined);
    EXPECT_EQ((*joined)->error, Error::coordinator_not_available);
    EXPECT_EQ(beat(members[1]), Error::none);
}

TEST_F(Coordinator, rebalances_if_a_static_member_returns_in_the_middle) {
    std::vector<RawMember> members = stable_statics(2);
    const auto leader = join(members[0]);
    const auto follower = join(members[1]);
    ASSERT_TRUE(*follower);
    const auto parked = sync({members[1].id, 2, "b"});
    const auto returned = join_static("b");
    ASSERT_TRUE(*parked);
    EXPECT_EQ((*parked)->error, Error::fenced_instance_id);
    EXPECT_TRUE(group().is(GroupState::preparing_rebalance));
    EXPECT_FALSE(*returned) << "the leader has to join again";
}

TEST_F(Coordinator, keeps_absent_static_members_until_their_session_ends) {
    std::vector<RawMember> members = stable_statics(2);
    run(5s);
    beat(members[1]);
    const auto joined = join(members[0]);
    run(4s);
    beat(members[1]);
    run(9s);
    EXPECT_FALSE(*joined);
    run(2s);
    ASSERT_TRUE(*joined) << "the other's session has ended, so nobody is missing";
    EXPECT_THAT((*joined)->members, SizeIs(1));
    EXPECT_EQ(leave({"", -1, "b"}), Error::unknown_member_id);
    EXPECT_EQ(leave({"", -1, "a"}), Error::none) << "by an operator, who names the instance only";
}

TEST_F(Coordinator, completes_with_absent_static_members) {
    std::vector<RawMember> members = stable_statics(2);
    const auto joined = join(members[0]);
    for (int i = 0; i < 7; ++i) {
        beat(members[1]);
        run(9s);
    }
    ASSERT_TRUE(*joined);
    EXPECT_THAT((*joined)->members, SizeIs(2)) << "it heartbeats, so it stays, with what it offered last";
}

TEST_F(Coordinator, fences_commits_by_generation_and_state) {
    std::vector<RawMember> members = stable(2);
    EXPECT_EQ(commit(members[0], 5), Error::none);
    EXPECT_EQ(fetch(), 5);
    EXPECT_EQ(fetch({"t@b", 1}), -1);
    EXPECT_EQ(commit({members[0].id, 0, {}}, 6), Error::illegal_generation);
    EXPECT_EQ(commit({"nobody", 1, {}}, 6), Error::unknown_member_id);
    EXPECT_EQ(commit({"", -1, {}}, 6), Error::unknown_member_id) << "the group has members";
    const auto first = join(members[0]);
    EXPECT_EQ(commit(members[1], 7), Error::none) << "the old generation still counts";
    const auto second = join(members[1]);
    accept(members[0], **first);
    accept(members[1], **second);
    EXPECT_EQ(commit(members[1], 8), Error::rebalance_in_progress);
    EXPECT_EQ(fetch(), 7);
    const auto committed = cluster.world.notes_of<note::OffsetCommitted>();
    ASSERT_THAT(committed, SizeIs(2));
    EXPECT_EQ(cluster.world.text(committed[0].queue), "t@b:0");
}

TEST_F(Coordinator, renews_the_session_with_a_commit) {
    std::vector<RawMember> members = stable(1);
    for (int i = 0; i < 4; ++i) {
        run(9s);
        EXPECT_EQ(commit(members[0], i), Error::none);
    }
}

TEST_F(Coordinator, takes_commits_of_a_group_without_members) {
    EXPECT_EQ(commit({"", -1, {}}, 3), Error::none);
    EXPECT_EQ(commit({"m", 4, {}}, 3), Error::unknown_member_id);
    EXPECT_EQ(fetch(), 3);
}

TEST_F(Coordinator, shows_a_commit_when_it_is_stored) {
    cluster.log().delay = 1s;
    const auto pending =
        client.send<OffsetCommitResponse>(OffsetCommitRequest{orders, -1, {}, {}, {{{"t@b", 0}, 9}, {{"t@b", 1}, 8}}});
    run(500ms);
    EXPECT_FALSE(*pending);
    EXPECT_EQ(fetch(), -1);
    run(600ms);
    ASSERT_TRUE(*pending);
    EXPECT_THAT((*pending)->partitions, SizeIs(2));
    EXPECT_EQ(fetch(), 9);
    EXPECT_EQ(cluster.log().batches, 1) << "both offsets in one batch";
}

TEST_F(Coordinator, does_not_wait_for_a_slow_log_for_ever) {
    cluster.log().delay = 8s;
    const auto pending = client.send<OffsetCommitResponse>(OffsetCommitRequest{orders, -1, {}, {}, {{{"t@b", 0}, 9}}});
    run(4999ms);
    EXPECT_FALSE(*pending);
    run(1ms);
    ASSERT_TRUE(*pending);
    EXPECT_EQ((*pending)->error, Error::coordinator_not_available);
    run(4s);
    EXPECT_EQ(fetch(), 9) << "stored all the same";
}

TEST_F(Coordinator, changes_nothing_if_the_log_fails) {
    cluster.log().failing = true;
    EXPECT_EQ(commit({"", -1, {}}, 3), Error::coordinator_not_available);
    EXPECT_EQ(fetch(), -1);
}

TEST_F(Coordinator, writes_what_comes_within_the_linger_time_as_one_batch) {
    for (int i = 0; i < 5; ++i)
        client.send<OffsetCommitResponse>(OffsetCommitRequest{orders, -1, {}, {}, {{{"t@b", i}, 1}}});
    run(20ms);
    EXPECT_EQ(cluster.log().batches, 1);
    EXPECT_THAT(cluster.log().records.at(31), SizeIs(5));
}

TEST_F(Coordinator, answers_a_leave_after_what_was_written_before) {
    std::vector<RawMember> members = stable(2);
    cluster.log().delay = 1s;
    client.send<OffsetCommitResponse>(OffsetCommitRequest{orders, 1, members[0].id, {}, {{{"t@b", 0}, 1}}});
    const auto left = client.send<LeaveGroupResponse>(LeaveGroupRequest{orders, members[0].id, {}});
    EXPECT_EQ(group().size(), 1U);
    run(1s);
    EXPECT_FALSE(*left);
    run(20ms);
    EXPECT_TRUE(*left);
}

TEST_F(Coordinator, comes_back_with_its_groups) {
    std::vector<RawMember> members = stable(2);
    commit(members[0], 41);
    commit(members[1], 42, {"t@b", 3});
    cluster.start(0);
    EXPECT_TRUE(group().is(GroupState::stable));
    EXPECT_EQ(group().generation(), 1);
    EXPECT_EQ(group().leader(), members[0].id);
    run(9s);
    EXPECT_EQ(beat(members[0]), Error::none);
    EXPECT_EQ(beat(members[1]), Error::none) << "sessions start afresh";
    EXPECT_EQ((**sync(members[1])).assignment, members[1].id);
    EXPECT_EQ(fetch(), 41);
    EXPECT_EQ(fetch({"t@b", 3}), 42);
    EXPECT_EQ(commit(members[0], 43), Error::none);
    run(9900ms);
    EXPECT_EQ(beat(members[1]), Error::none);
    EXPECT_EQ((**join(members[1])).generation, 1) << "nothing new";
    run(8s);
    EXPECT_EQ(beat(members[1]), Error::rebalance_in_progress) << "the other one is silent";
}

TEST_F(Coordinator, forgets_a_rebalance_that_was_under_way) {
    std::vector<RawMember> members = stable(1);
    const RawMember newcomer = stranger();
    join(newcomer);
    EXPECT_EQ(beat(members[0]), Error::rebalance_in_progress);
    cluster.start(0);
    EXPECT_EQ(beat(members[0]), Error::none);
    EXPECT_EQ((**join(newcomer)).error, Error::unknown_member_id);
}

TEST_F(Coordinator, gives_out_other_ids_in_each_life) {
    const RawMember before = stranger();
    cluster.start(0);
    EXPECT_NE(stranger().id, before.id);
}

TEST_F(Coordinator, restores_static_members) {
    std::vector<RawMember> members = stable_statics(2);
    cluster.start(0);
    EXPECT_EQ(beat(members[1]), Error::none);
    const auto joined = join_static("b");
    run(20ms);
    EXPECT_EQ((*joined)->generation, 1);
    EXPECT_EQ(beat(members[1]), Error::fenced_instance_id);
}

TEST_F(Coordinator, says_that_it_is_loading) {
    std::vector<RawMember> members = stable(1);
    cluster.start(0, false);
    EXPECT_EQ(beat(members[0]), Error::none) << "blindly";
    EXPECT_EQ(commit(members[0], 1), Error::coordinator_load_in_progress);
    EXPECT_EQ(client.ask<JoinGroupResponse>(join_request()).error, Error::coordinator_load_in_progress);
    EXPECT_EQ(client.ask<OffsetFetchResponse>(OffsetFetchRequest{orders, {}}).error,
              Error::coordinator_load_in_progress);
    cluster.broker().coordinator.start();
    EXPECT_EQ(commit(members[0], 1), Error::none);
}

TEST_F(Coordinator, turns_everybody_away_when_it_stops) {
    std::vector<RawMember> members = stable(2);
    const auto parked = join(members[0]);
    cluster.broker().coordinator.stop();
    run(1ms);
    ASSERT_TRUE(*parked);
    EXPECT_EQ((*parked)->error, Error::not_coordinator);
    EXPECT_EQ(beat(members[1]), Error::not_coordinator);
}

TEST(GroupRecords, come_back_as_they_were) {
    const StoredOffset offset{"g", {"t@b", 3}, 17, 1'700'000'000'000};
    const auto read = decode(encode(offset));
    ASSERT_TRUE(read);
    EXPECT_EQ(std::get<StoredOffset>(*read), offset);
    const StoredGroup group{"g",
                            "consumer",
                            4,
                            "range",
                            "m1",
                            5,
                            {{"m1", "", "c", "/10.0.0.1", 300'000, 45'000, "sub", std::string("\0x", 2)},
                             {"m2", "i", "c", "", 1, 2, "", ""}}};
    const auto read_group = decode(encode(group));
    ASSERT_TRUE(read_group);
    EXPECT_EQ(std::get<StoredGroup>(*read_group), group);
    const std::vector<GroupRecord> batch{encode(offset), encode(group), {"k", ""}};
    EXPECT_EQ(decode_batch(as_bytes(encode_batch(batch))), batch);
}

TEST(GroupRecords, refuse_what_is_cut_short) {
    const GroupRecord record =
        encode(StoredGroup{"g", "consumer", 4, "range", "m1", 5, {{"m1", "", "c", "", 1, 2, "s", "a"}}});
    for (std::size_t size = 1; size < record.value.size(); ++size)
        EXPECT_FALSE(decode({record.key, record.value.substr(0, size)})) << size;
    for (std::size_t size = 0; size < record.key.size(); ++size)
        EXPECT_FALSE(decode({record.key.substr(0, size), record.value})) << size;
    EXPECT_FALSE(decode({record.key, record.value + "x"}));
    const std::string batch = encode_batch({record});
    for (std::size_t size = 0; size < batch.size(); ++size)
        EXPECT_FALSE(decode_batch(as_bytes(batch.substr(0, size)))) << size;
}

}  // namespace
}  // namespace brokersim::kafka::testing
