#include <gtest/gtest.h>

#include "tests/broker/broker_world.h"

namespace brokersim::broker::testing {
namespace {

using protocol::NotifyConsumerIdsChanged;

class Group : public ::testing::Test {
protected:
    Group() { world_.start_broker(); }
    void beat(RawClient& client, const std::string& id, std::vector<std::string> topics = {"orders"},
              std::int64_t version = 1) {
        EXPECT_EQ(world_.ask(client, BrokerWorld::heartbeat(id, "g", std::move(topics), version)).code, 0);
    }
    static std::size_t notified(const RawClient& client) { return client.pushed<NotifyConsumerIdsChanged>().size(); }
    std::vector<std::string> members(RawClient& client, std::string group = "g") {
        const Frame answer = world_.ask(client, protocol::GetConsumerListRequest{std::move(group)});
        const auto* list = get_if<protocol::GetConsumerListResponse>(&answer.payload);
        return list == nullptr ? std::vector<std::string>{} : list->members->client_ids;
    }

    BrokerWorld world_;
};

TEST_F(Group, NewMemberIsAnnouncedToAllMembers) {
    RawClient& a = world_.client();
    RawClient& b = world_.client();
    beat(a, "a");
    EXPECT_EQ(notified(a), 1U) << "itself included";
    beat(b, "b");
    EXPECT_EQ(notified(a), 2U);
    EXPECT_EQ(notified(b), 1U);
    EXPECT_EQ(a.pushed<NotifyConsumerIdsChanged>().front().consumer_group, "g");
    EXPECT_EQ(members(a), (std::vector<std::string>{"a", "b"}));
    beat(a, "a");
    EXPECT_EQ(notified(a), 2U) << "nothing has changed";
    const auto joined = world_.world.notes_of<note::MemberJoined>();
    ASSERT_EQ(joined.size(), 2U);
    EXPECT_EQ(world_.world.text(joined[1].client), "b");
}

TEST_F(Group, NewTopicIsAnnouncedAndANewerVersionIsNot) {
    RawClient& a = world_.client();
    beat(a, "a", {"orders"}, 1);
    beat(a, "a", {"orders"}, 2);
    EXPECT_EQ(notified(a), 1U);
    beat(a, "a", {"orders", "bills"}, 3);
    EXPECT_EQ(notified(a), 2U);
    beat(a, "a", {"bills"}, 4);
    EXPECT_EQ(notified(a), 3U);
}

TEST_F(Group, MemberListsAreSharedUntilSomethingChanges) {
    RawClient& a = world_.client();
    beat(a, "a");
    const auto list = [&] {
        return get<protocol::GetConsumerListResponse>(world_.ask(a, protocol::GetConsumerListRequest{"g"}).payload)
            .members;
    };
    const auto first = list();
    EXPECT_EQ(list(), first);
    RawClient& b = world_.client();
    beat(b, "b");
    EXPECT_NE(list(), first);
    EXPECT_EQ(first->client_ids.size(), 1U) << "lists that were handed out stay as they are";
}

TEST_F(Group, EmptyGroupHasNoList) {
    RawClient& a = world_.client();
    const Frame answer = world_.ask(a, protocol::GetConsumerListRequest{"g"});
    EXPECT_EQ(answer.code, 1);
    EXPECT_EQ(answer.remark, "no consumer for this group, g");
}

TEST_F(Group, ClosedConnectionLeavesAtOnce) {
    RawClient& a = world_.client();
    RawClient& b = world_.client();
    beat(a, "a");
    beat(b, "b");
    b.close();
    world_.world.settle();
    EXPECT_EQ(notified(a), 3U);
    EXPECT_EQ(members(a), std::vector<std::string>{"a"});
    const auto left = world_.world.notes_of<note::MemberLeft>();
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left[0].reason, note::LeaveReason::connection_closed);
    EXPECT_EQ(world_.world.text(left[0].client), "b");
}

TEST_F(Group, FarewellLeavesAtOnce) {
    RawClient& a = world_.client();
    RawClient& b = world_.client();
    beat(a, "a");
    beat(b, "b");
    EXPECT_EQ(world_.ask(b, protocol::UnregisterClientRequest{"b", "", "g"}).code, 0);
    EXPECT_EQ(notified(a), 3U);
    EXPECT_EQ(notified(b), 1U) << "it is no member any more";
    EXPECT_EQ(world_.world.notes_of<note::MemberLeft>().at(0).reason, note::LeaveReason::unregistered);
}

TEST_F(Group, SilentMemberIsDroppedOnTheTenSecondGrid) {
    RawClient& a = world_.client();
    RawClient& b = world_.client();
    world_.world.run_for(MonoTime(Millis(4'000)) - world_.world.now());
    beat(a, "a");
    beat(b, "b");
    // b falls silent at 4 s; its 120 s are over at 124 s; the next look is at 130 s.
    for (int second = 30; second <= 120; second += 30) {
        world_.world.run_for(MonoTime(Millis(second * 1'000)) - world_.world.now());
        beat(a, "a");
    }
    world_.world.run_for(MonoTime(Millis(129'999)) - world_.world.now());
    EXPECT_FALSE(b.closed());
    EXPECT_EQ(members(a).size(), 2U);
    world_.world.run_for(MonoTime(Millis(130'001)) - world_.world.now());
    EXPECT_TRUE(b.closed());
    EXPECT_EQ(members(a), std::vector<std::string>{"a"});
    EXPECT_EQ(world_.world.notes_of<note::MemberLeft>().at(0).reason, note::LeaveReason::expired);
    // a's last heartbeat was at 120 s, give or take a millisecond: dropped at 250 s.
    world_.world.run_for(MonoTime(Millis(249'000)) - world_.world.now());
    EXPECT_FALSE(a.closed());
    world_.world.run_for(MonoTime(Millis(250'001)) - world_.world.now());
    EXPECT_TRUE(a.closed());
}

TEST_F(Group, SilentProducerIsClosedToo) {
    RawClient& a = world_.client();
    auto data = std::make_shared<protocol::HeartbeatData>();
    data->client_id = "a";
    data->producer_groups = {"p"};
    EXPECT_EQ(world_.ask(a, protocol::HeartbeatRequest{data}).code, 0);
    world_.world.run_for(Millis(135'000));
    EXPECT_TRUE(a.closed());
}

TEST_F(Group, RetryTopicComesWithTheFirstHeartbeat) {
    RawClient& a = world_.client();
    beat(a, "a");
    bool there = false;
    for (const auto& topic : *world_.name_server->asked<protocol::RegisterBrokerRequest>().back().topics)
        there |= topic.topic == "%RETRY%g" && topic.read_queue_nums == 1 && topic.write_queue_nums == 1;
    EXPECT_TRUE(there);
}

TEST_F(Group, BroadcastingGroupIsNotNotified) {
    RawClient& a = world_.client();
    auto data = std::make_shared<protocol::HeartbeatData>(*BrokerWorld::heartbeat("a").data);
    data->consumers[0].message_model = protocol::MessageModel::broadcasting;
    world_.ask(a, protocol::HeartbeatRequest{data});
    EXPECT_EQ(notified(a), 0U);
}

TEST_F(Group, LastMemberTakesTheSubscriptionsAlong) {
    RawClient& a = world_.client();
    RawClient& b = world_.client();
    beat(a, "a");
    a.close();
    world_.world.settle();
    EXPECT_EQ(world_.ask(b, BrokerWorld::pull(0)).remark, "the consumer's group info not exist");
}

}  // namespace
}  // namespace brokersim::broker::testing
