#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/kafka/raw_group.h"

/// How generations begin and end, driven by raw requests.
namespace brokersim::kafka::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

struct CoordinatorRebalance : ::testing::Test, RawGroup {};

TEST_F(CoordinatorRebalance, first_hands_out_an_id) {
    const auto answer = client.ask<JoinGroupResponse>(join_request());
    EXPECT_EQ(answer.error, Error::member_id_required);
    EXPECT_THAT(answer.member_id, StartsWith("consumer-orders-1-"));
    EXPECT_THAT(answer.member_id, SizeIs(18 + 36)) << "followed by a UUID";
    EXPECT_TRUE(group().is(GroupState::empty)) << "no rebalance yet";
    EXPECT_NE(client.ask<JoinGroupResponse>(join_request()).member_id, answer.member_id);
}

TEST_F(CoordinatorRebalance, waits_the_initial_delay_even_if_all_have_joined) {
    RawMember member = stranger();
    const auto joined = join(member);
    run(2999ms);
    EXPECT_FALSE(*joined);
    run(1ms);
    ASSERT_TRUE(*joined);
    EXPECT_EQ((*joined)->error, Error::none);
    EXPECT_EQ((*joined)->generation, 1);
    EXPECT_EQ((*joined)->protocol, "range");
    EXPECT_EQ((*joined)->leader, member.id);
    ASSERT_THAT((*joined)->members, SizeIs(1));
    EXPECT_EQ((*joined)->members[0].metadata, "topics");
}

TEST_F(CoordinatorRebalance, extends_the_initial_delay_while_members_come) {
    const auto first = join(stranger());
    run(2s);
    const auto second = join(stranger());
    run(3s);  // at 3 s it was extended to 6 s
    const auto third = join(stranger());
    run(3s);  // at 6 s to 9 s
    EXPECT_FALSE(*first);
    run(1s);
    ASSERT_TRUE(*first && *second && *third);
    EXPECT_EQ((*third)->generation, 1);
    EXPECT_THAT((*first)->members, SizeIs(3));
    EXPECT_THAT((*third)->members, IsEmpty()) << "only the leader is told";
}

TEST_F(CoordinatorRebalance, extends_the_initial_delay_up_to_the_rebalance_timeout) {
    auto request = join_request(stranger().id);
    request.rebalance_timeout_ms = 7000;
    const auto first = client.send<JoinGroupResponse>(request);
    for (int i = 0; i < 3; ++i) {  // at 2.5 s, 5 s, 6.5 s and some
        run(i == 2 ? 1500ms : 2500ms);
        request.member_id = stranger().id;
        client.send<JoinGroupResponse>(request);
    }
    EXPECT_FALSE(*first);
    run(500ms);
    ASSERT_TRUE(*first);
    EXPECT_THAT((*first)->members, SizeIs(4));
}

TEST_F(CoordinatorRebalance, gives_everybody_its_part_when_the_plan_is_stored) {
    cluster.log().delay = 50ms;
    std::vector<RawMember> members{stranger(), stranger()};
    const auto first = join(members[0]);
    const auto second = join(members[1]);
    run(6s);
    accept(members[0], **first);
    accept(members[1], **second);
    const auto follower = sync(members[1]);
    run(1s);
    EXPECT_FALSE(*follower) << "parked until the leader has spoken";
    const auto leader = sync(members[0], {{members[1].id, "all"}});
    run(59ms);
    EXPECT_FALSE(*follower) << "10 ms linger and 50 ms to store";
    EXPECT_TRUE(group().is(GroupState::completing_rebalance));
    run(1ms);
    ASSERT_TRUE(*follower && *leader);
    EXPECT_EQ((*follower)->assignment, "all");
    EXPECT_EQ((*leader)->assignment, "") << "who is not in the plan gets nothing";
    EXPECT_TRUE(group().is(GroupState::stable));
    EXPECT_THAT(cluster.world.notes_of<note::GroupStable>(), SizeIs(1));
}

TEST_F(CoordinatorRebalance, answers_heartbeats_by_state) {
    std::vector<RawMember> members = stable(2);
    EXPECT_EQ(beat(members[0]), Error::none);
    const auto joined = join(members[0]);  // the leader joins again: a new rebalance
    EXPECT_TRUE(group().is(GroupState::preparing_rebalance));
    EXPECT_EQ(beat(members[1]), Error::rebalance_in_progress);
    const auto other = join(members[1]);
    ASSERT_TRUE(*joined && *other);
    accept(members[0], **joined);
    accept(members[1], **other);
    EXPECT_TRUE(group().is(GroupState::completing_rebalance));
    EXPECT_EQ(beat(members[1]), Error::none);
    members[1].generation = 1;
    EXPECT_EQ(beat(members[1]), Error::illegal_generation);
    EXPECT_EQ(beat({"nobody", 2, {}}), Error::unknown_member_id);
}

TEST_F(CoordinatorRebalance, completes_as_soon_as_everybody_has_joined) {
    std::vector<RawMember> members = stable(2);
    const RawMember third = stranger();
    EXPECT_EQ(beat(members[0]), Error::none) << "an id alone starts nothing";
    const auto joined = join(third);
    EXPECT_EQ(beat(members[0]), Error::rebalance_in_progress);
    join(members[0]);
    EXPECT_FALSE(*joined);
    join(members[1]);
    ASSERT_TRUE(*joined);
    EXPECT_EQ((*joined)->generation, 2);
    EXPECT_EQ((*joined)->leader, members[0].id) << "leadership stays";
}

TEST_F(CoordinatorRebalance, waits_for_an_id_that_was_handed_out) {
    std::vector<RawMember> members = stable(1);
    const RawMember silent = stranger();
    const auto joined = join(members[0]);
    EXPECT_FALSE(*joined);
    run(10s);
    EXPECT_TRUE(*joined) << "the id was dropped after one session timeout";
    EXPECT_EQ(beat(silent), Error::unknown_member_id);
}

TEST_F(CoordinatorRebalance, removes_who_does_not_join_in_time) {
    std::vector<RawMember> members = stable(2);
    const auto joined = join(members[0]);
    for (int i = 0; i < 12; ++i) {
        EXPECT_FALSE(*joined);
        EXPECT_EQ(beat(members[1]), Error::rebalance_in_progress) << "it lives, but does not join";
        run(5s - 20ms);
    }
    run(1ms);
    ASSERT_TRUE(*joined);
    EXPECT_THAT((*joined)->members, SizeIs(1));
    EXPECT_EQ(beat(members[1]), Error::unknown_member_id);
    const auto left = cluster.world.notes_of<note::MemberLeft>();
    ASSERT_THAT(left, SizeIs(1));
    EXPECT_EQ(left[0].reason, note::LeaveReason::rebalance_timeout);
}

TEST_F(CoordinatorRebalance, hands_leadership_to_somebody_who_joined) {
    std::vector<RawMember> members = stable(2);
    const auto joined = join(members[1], "other topics");
    for (int i = 0; i < 7; ++i) {
        beat(members[0]);
        run(9s);
    }
    ASSERT_TRUE(*joined);
    EXPECT_EQ((*joined)->leader, members[1].id);
    EXPECT_THAT((*joined)->members, SizeIs(1));
}

TEST_F(CoordinatorRebalance, follows_the_death_of_a_member) {
    std::vector<RawMember> members = stable(2);
    run(5s);
    EXPECT_EQ(beat(members[0]), Error::none);
    run(5s - 20ms);
    EXPECT_EQ(beat(members[0]), Error::rebalance_in_progress) << "the other was silent for 10 s";
    const auto joined = join(members[0]);
    ASSERT_TRUE(*joined);
    EXPECT_EQ((*joined)->generation, 2);
    const auto left = cluster.world.notes_of<note::MemberLeft>();
    ASSERT_THAT(left, SizeIs(1));
    EXPECT_EQ(left[0].reason, note::LeaveReason::expired);
    EXPECT_EQ(cluster.world.text(left[0].client), members[1].id);
}

TEST_F(CoordinatorRebalance, takes_a_parked_member_for_alive) {
    std::vector<RawMember> members = stable(2);
    const auto joined = join(members[0]);
    for (int i = 0; i < 5; ++i) {
        run(9s);
        beat(members[1]);
    }
    EXPECT_FALSE(*joined);
    EXPECT_EQ(group().size(), 2U) << "silent for 45 s, but parked";
    join(members[1]);
    ASSERT_TRUE(*joined);
    EXPECT_EQ((*joined)->error, Error::none);
    run(10s);
    EXPECT_EQ(group().size(), 0U) << "its session is watched again since it was answered";
}

TEST_F(CoordinatorRebalance, gives_up_a_new_member_after_five_minutes) {
    RawGroup slow({.group_initial_rebalance_delay = 10min});
    const auto joined = slow.join(slow.stranger());
    slow.run(5min - 1s);
    EXPECT_FALSE(*joined);
    slow.run(1s);
    ASSERT_TRUE(*joined);
    EXPECT_EQ((*joined)->error, Error::unknown_member_id);
}

TEST_F(CoordinatorRebalance, begins_anew_when_a_member_leaves) {
    std::vector<RawMember> members = stable(3);
    EXPECT_EQ(leave(members[2]), Error::none);
    EXPECT_EQ(beat(members[2]), Error::unknown_member_id);
    const auto first = join(members[0]);
    EXPECT_EQ(leave(members[1]), Error::none);
    ASSERT_TRUE(*first) << "nobody else is left to wait for";
    EXPECT_EQ((*first)->generation, 2);
}

TEST_F(CoordinatorRebalance, empties_when_the_last_member_leaves) {
    std::vector<RawMember> members = stable(1);
    EXPECT_EQ(leave(members[0]), Error::none);
    EXPECT_TRUE(group().is(GroupState::empty));
    EXPECT_EQ(group().generation(), 2);
    EXPECT_EQ(leave(members[0]), Error::unknown_member_id);
    const auto again = join(stranger());
    run(2999ms);
    EXPECT_FALSE(*again) << "the initial delay applies again";
    run(1ms);
    ASSERT_TRUE(*again);
    EXPECT_EQ((*again)->generation, 3);
}

TEST_F(CoordinatorRebalance, repeats_itself_to_a_follower_that_has_nothing_new) {
    std::vector<RawMember> members = stable(2);
    const auto same = join(members[1]);
    ASSERT_TRUE(*same);
    EXPECT_EQ((*same)->generation, 1);
    EXPECT_TRUE(group().is(GroupState::stable));
    const auto changed = join(members[1], "other topics");
    EXPECT_FALSE(*changed);
    EXPECT_TRUE(group().is(GroupState::preparing_rebalance));
}

TEST_F(CoordinatorRebalance, repeats_itself_to_whoever_lost_the_answer) {
    std::vector<RawMember> members{stranger(), stranger()};
    join(members[0]);
    join(members[1]);
    run(6s);
    ASSERT_TRUE(group().is(GroupState::completing_rebalance));
    const auto leader = join(members[0]);
    const auto follower = join(members[1]);
    ASSERT_TRUE(*leader && *follower);
    EXPECT_EQ((*leader)->generation, 1);
    EXPECT_THAT((*leader)->members, SizeIs(2));
    EXPECT_THAT((*follower)->members, IsEmpty());

    members[1].generation = 1;
    const auto parked = sync(members[1]);
    join(members[0], "other topics");
    ASSERT_TRUE(*parked);
    EXPECT_EQ((*parked)->error, Error::rebalance_in_progress);
    EXPECT_TRUE(group().is(GroupState::preparing_rebalance));
    const auto late = sync(members[1]);
    EXPECT_EQ((*late)->error, Error::rebalance_in_progress);
}

TEST_F(CoordinatorRebalance, removes_who_never_syncs) {
    std::vector<RawMember> members{stranger(), stranger()};
    const auto first = join(members[0]);
    const auto second = join(members[1]);
    run(6s);
    accept(members[0], **first);
    accept(members[1], **second);
    sync(members[0], {});
    run(20ms);
    for (int i = 0; i < 12; ++i) {
        beat(members[0]);
        EXPECT_EQ(beat(members[1]), Error::none);
        run(5s - 40ms);
    }
    run(1s);
    EXPECT_EQ(beat(members[1]), Error::unknown_member_id);
    EXPECT_EQ(beat(members[0]), Error::rebalance_in_progress);
}

TEST_F(CoordinatorRebalance, begins_anew_if_the_plan_cannot_be_stored) {
    std::vector<RawMember> members{stranger()};
    const auto joined = join(members[0]);
    run(3s);
    accept(members[0], **joined);
    cluster.log().failing = true;
    const auto synced = sync(members[0], {{members[0].id, "all"}});
    run(20ms);
    ASSERT_TRUE(*synced);
    EXPECT_EQ((*synced)->error, Error::coordinator_not_available);
    EXPECT_TRUE(group().is(GroupState::preparing_rebalance));
}

TEST_F(CoordinatorRebalance, selects_the_protocol_that_most_prefer_among_those_that_all_support) {
    const std::vector<std::vector<ProtocolMetadata>> offers = {
        {{"sticky", "s"}, {"range", "a"}, {"roundrobin", "b"}},
        {{"roundrobin", "c"}, {"range", "d"}},
        {{"range", "e"}, {"roundrobin", "f"}},
    };
    RawClient::Pending<JoinGroupResponse> last;
    for (const auto& offered : offers) {
        auto request = join_request(stranger().id);
        request.protocols = offered;
        last = client.send<JoinGroupResponse>(request);
    }
    run(10s);
    ASSERT_TRUE(*last);
    EXPECT_EQ((*last)->protocol, "range") << "two votes of three; sticky is not everybody's";
    auto stranger_request = join_request();
    stranger_request.protocols = {{"sticky", ""}};
    EXPECT_EQ(client.ask<JoinGroupResponse>(stranger_request).error, Error::inconsistent_group_protocol);
    stranger_request = join_request();
    stranger_request.protocol_type = "connect";
    EXPECT_EQ(client.ask<JoinGroupResponse>(stranger_request).error, Error::inconsistent_group_protocol);
}

TEST_F(CoordinatorRebalance, answers_the_members_in_javas_order) {
    std::vector<RawMember> members = stable(6);
    const auto joined = join(members[0]);
    for (std::size_t i = 1; i < members.size(); ++i) join(members[i]);
    ASSERT_TRUE(*joined);
    JavaHashMap<std::string, int> expected;
    for (const RawMember& member : members) expected.put(member.id, 0);
    auto it = expected.begin();
    for (const JoinedMember& member : (*joined)->members) EXPECT_EQ(member.member_id, (it++)->key);
}

TEST_F(CoordinatorRebalance, limits_the_size_of_a_group) {
    RawGroup small({.group_max_size = 1});
    const std::vector<RawMember> members = small.stable(1);
    EXPECT_EQ(small.client.ask<JoinGroupResponse>(join_request()).error, Error::group_max_size_reached);
    EXPECT_EQ(small.beat(members[0]), Error::none);
}

}  // namespace
}  // namespace brokersim::kafka::testing
