#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/kafka/raw_group.h"

/// The rarer rules of joining, leaving and electing.
namespace brokersim::kafka::testing {
namespace {

using ::testing::SizeIs;

struct CoordinatorRules : ::testing::Test, RawGroup {
    RawClient::Pending<JoinGroupResponse> offer(const RawMember& member, std::vector<ProtocolMetadata> protocols) {
        auto request = join_request(member.id, {}, member.instance_id);
        request.protocols = std::move(protocols);
        return client.send<JoinGroupResponse>(request);
    }
};

TEST_F(CoordinatorRules, a_full_group_that_rebalances_takes_the_first_who_join) {
    RawGroup small({.group_max_size = 2});
    std::vector<RawMember> members{small.stranger(), small.stranger(), small.stranger()};
    const auto first = small.join(members[0]);
    const auto second = small.join(members[1]);
    const auto third = small.join(members[2]);
    ASSERT_TRUE(*third);
    EXPECT_EQ((*third)->error, Error::group_max_size_reached);
    EXPECT_EQ((*third)->member_id, "");
    const auto again = small.join(members[1]);
    small.run(6s);
    ASSERT_TRUE(*first && *again);
    EXPECT_EQ((*again)->error, Error::none) << "it was in already";
    EXPECT_THAT((*first)->members, SizeIs(2));
}

TEST_F(CoordinatorRules, a_join_that_is_sent_again_takes_the_place_of_the_first) {
    std::vector<RawMember> members = stable(2);
    const auto lost = join(members[1], "other topics");
    const auto again = join(members[1], "other topics");
    join(members[0]);
    EXPECT_FALSE(*lost);
    ASSERT_TRUE(*again);
    EXPECT_EQ((*again)->generation, 2);
}

TEST_F(CoordinatorRules, an_id_that_was_handed_out_may_leave_before_it_joins) {
    std::vector<RawMember> members = stable(1);
    const RawMember pending = stranger();
    const auto joined = join(members[0]);
    EXPECT_FALSE(*joined) << "it waits for the other";
    EXPECT_EQ(leave(pending), Error::none);
    EXPECT_TRUE(*joined);
}

TEST_F(CoordinatorRules, the_initial_delay_does_not_wait_for_ids_that_were_handed_out) {
    const auto joined = join(stranger());
    run(1s);
    stranger();
    run(2s);
    EXPECT_TRUE(*joined);
}

TEST_F(CoordinatorRules, a_rebalance_of_absent_static_members_goes_on) {
    std::vector<RawMember> members = stable_statics(2);
    const RawMember newcomer = stranger();
    join(newcomer);
    EXPECT_EQ(leave(newcomer), Error::none);
    for (int i = 0; i < 8; ++i) {  // beyond the rebalance timeout of a minute
        for (const RawMember& member : members) EXPECT_EQ(beat(member), Error::rebalance_in_progress);
        run(9s);
    }
    EXPECT_EQ(group().generation(), 1) << "nobody could lead";
    const auto first = join(members[0]);
    const auto second = join(members[1]);
    ASSERT_TRUE(*first && *second);
    EXPECT_EQ((*second)->generation, 2);
}

TEST_F(CoordinatorRules, a_tie_of_protocols_goes_to_the_first_in_javas_order) {
    std::vector<RawMember> members{stranger(), stranger()};
    const auto first = offer(members[0], {{"range", "a"}, {"sticky", "b"}});
    const auto second = offer(members[1], {{"sticky", "c"}, {"range", "d"}});
    run(6s);
    ASSERT_TRUE(*first && *second);
    EXPECT_EQ((*first)->protocol, "sticky");
    const auto& told = (*first)->members.empty() ? (*second)->members : (*first)->members;
    ASSERT_THAT(told, SizeIs(2));
    for (const JoinedMember& member : told) EXPECT_EQ(member.metadata, member.member_id == members[0].id ? "b" : "c");
}

TEST_F(CoordinatorRules, a_static_member_that_changes_the_protocol_starts_a_rebalance) {
    std::vector<RawMember> members;
    std::vector<RawClient::Pending<JoinGroupResponse>> joined;
    for (const std::string instance : {"a", "b"}) {
        members.push_back({"", -1, instance});
        joined.push_back(offer(members.back(), {{"sticky", ""}, {"range", ""}}));
    }
    run(10s);
    for (std::size_t i = 0; i < 2; ++i) accept(members[i], **joined[i]);
    agree(members);
    ASSERT_EQ(group().protocol(), "sticky");
    const auto returned = offer({"", -1, "b"}, {{"range", ""}});
    EXPECT_FALSE(*returned);
    EXPECT_TRUE(group().is(GroupState::preparing_rebalance));
    offer(members[0], {{"sticky", ""}, {"range", ""}});
    ASSERT_TRUE(*returned);
    EXPECT_EQ((*returned)->protocol, "range");
}

TEST_F(CoordinatorRules, a_static_member_that_returns_while_others_join_is_waited_for_no_longer) {
    std::vector<RawMember> members = stable_statics(2);
    const auto joined = join(members[0], "other topics");
    EXPECT_FALSE(*joined);
    const auto returned = join_static("b");
    ASSERT_TRUE(*joined && *returned);
    EXPECT_EQ((*returned)->generation, 2);
    EXPECT_EQ(leave({members[1].id, -1, "b"}), Error::fenced_instance_id) << "its former self";
}

TEST_F(CoordinatorRules, a_sync_of_another_generation_is_refused) {
    std::vector<RawMember> members = stable(1);
    EXPECT_EQ((**sync({members[0].id, 0, {}})).error, Error::illegal_generation);
    EXPECT_EQ((**sync({members[0].id, 1, "who"})).error, Error::unknown_member_id);
    EXPECT_EQ((**sync(members[0])).assignment, members[0].id) << "as often as it asks";
}

}  // namespace
}  // namespace brokersim::kafka::testing
