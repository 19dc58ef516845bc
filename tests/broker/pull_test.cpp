#include <gtest/gtest.h>

#include "core/java_hash.h"
#include "tests/broker/broker_world.h"

namespace brokersim::broker::testing {
namespace {

class Pull : public ::testing::Test {
protected:
    void begin() {
        world_.start_broker();
        client_ = &world_.client();
        EXPECT_EQ(world_.ask(*client_, BrokerWorld::heartbeat("c1")).code, 0);
    }
    /// Stores messages and waits until they can be pulled.
    void store(int count, std::string tag = {}, std::int32_t queue_id = 0) {
        auto message = BrokerWorld::message("orders", queue_id);
        if (!tag.empty()) message.properties += "TAGS\x01" + tag + "\x02";
        for (int i = 0; i < count; ++i) ASSERT_EQ(world_.ask(*client_, message).code, 0);
        world_.world.run_for(Millis(3));
    }
    Frame pull(protocol::PullMessageRequest request) { return world_.ask(*client_, std::move(request)); }
    static protocol::PullMessageRequest at_once(std::int64_t from) {
        auto request = BrokerWorld::pull(from);
        request.sys_flag = 0;
        return request;
    }
    static std::int32_t code(ResponseCode code) { return static_cast<std::int32_t>(code); }
    static const protocol::PullMessageResponse& found(const Frame& frame) {
        return get<protocol::PullMessageResponse>(frame.payload);
    }
    /// Time from now until a request is answered, to the millisecond.
    std::int64_t answered_after(RawClient& client, std::int32_t opaque) {
        for (std::int64_t ms = 0; ms < 60'000; ++ms) {
            if (client.answer(opaque) != nullptr) return ms;
            world_.world.run_for(Millis(1));
        }
        return -1;
    }

    BrokerWorld world_;
    RawClient* client_ = nullptr;
};

TEST_F(Pull, MessagesComeWithTheirOffsets) {
    begin();
    store(5);
    const Frame answer = pull(BrokerWorld::pull(2));
    ASSERT_EQ(answer.code, 0);
    EXPECT_EQ(answer.remark, "FOUND");
    EXPECT_EQ(found(answer).records.size(), 3U);
    EXPECT_EQ(found(answer).next_begin_offset.value, 5);
    EXPECT_EQ(found(answer).min_offset.value, 0);
    EXPECT_EQ(found(answer).max_offset.value, 5);
    EXPECT_EQ(found(answer).suggest_which_broker_id, 0);
    const auto served = world_.world.notes_of<note::PullServed>();
    ASSERT_EQ(served.size(), 1U);
    EXPECT_EQ(served[0].first.value, 2);
    EXPECT_EQ(served[0].count, 3);
    EXPECT_EQ(world_.world.text(served[0].group), "g");
    EXPECT_EQ(world_.world.text(served[0].queue), "orders@broker-0:0");
}

TEST_F(Pull, StatusesBecomeRocketMqsCodes) {
    begin();
    EXPECT_EQ(pull(at_once(0)).code, code(ResponseCode::pull_not_found)) << "no such queue, from its begin";
    EXPECT_EQ(pull(at_once(7)).code, code(ResponseCode::pull_offset_moved)) << "no such queue, from elsewhere";
    store(5);
    const Frame end = pull(at_once(5));
    EXPECT_EQ(end.code, code(ResponseCode::pull_not_found));
    EXPECT_EQ(end.remark, "OFFSET_OVERFLOW_ONE");
    EXPECT_EQ(found(end).next_begin_offset.value, 5);
    const Frame beyond = pull(at_once(9));
    EXPECT_EQ(beyond.code, code(ResponseCode::pull_offset_moved));
    EXPECT_EQ(beyond.remark, "OFFSET_OVERFLOW_BADLY");
    EXPECT_EQ(found(beyond).next_begin_offset.value, 5);
    const Frame before = pull(at_once(-1));
    EXPECT_EQ(before.code, code(ResponseCode::pull_offset_moved));
    EXPECT_EQ(before.remark, "OFFSET_TOO_SMALL");
    EXPECT_TRUE(world_.world.notes_of<note::Refused>().empty()) << "none of these is a refusal";
}

TEST_F(Pull, ChecksComeInRocketMqsOrder) {
    begin();
    auto request = BrokerWorld::pull(0, "nowhere");
    EXPECT_EQ(pull(request).code, code(ResponseCode::topic_not_exist));
    request = BrokerWorld::pull(0, "orders", 4);
    EXPECT_EQ(pull(request).code, code(ResponseCode::invalid_parameter));
    EXPECT_EQ(pull(request).remark,
              "queueId[4] is illegal, topic:[orders] topicConfig.readQueueNums:[4] consumer:[10.0.0.10:0]");
    request = BrokerWorld::pull(0, "orders", -1);
    EXPECT_EQ(pull(request).code, code(ResponseCode::invalid_parameter));
    request = BrokerWorld::pull(0);
    request.consumer_group = "strangers";
    EXPECT_EQ(pull(request).remark, "the consumer's group info not exist");
    request = BrokerWorld::pull(0, "SELF_TEST_TOPIC");
    EXPECT_EQ(pull(request).remark, "the consumer's subscription not exist");
    request = BrokerWorld::pull(0);
    request.sub_version = 2;
    EXPECT_EQ(pull(request).code, code(ResponseCode::subscription_not_latest));
    request = BrokerWorld::pull(0, "rmq_sys_SYNC_BROKER_MEMBER_broker-0");
    EXPECT_EQ(pull(request).code, code(ResponseCode::no_permission));
    request = BrokerWorld::pull(0);
    request.sys_flag = protocol::pull_flag::subscription;
    request.subscription = "||";
    EXPECT_EQ(pull(request).code, code(ResponseCode::subscription_parse_failed));
}

TEST_F(Pull, UnreadableBrokerRefuses) {
    world_.options.config.brokerPermission = protocol::perm::write;
    begin();
    EXPECT_EQ(pull(BrokerWorld::pull(0)).remark, "the broker[10.0.0.1:10911] pulling message is forbidden");
}

TEST_F(Pull, UnknownGroupIsRefusedWithoutAutoCreation) {
    world_.options.config.autoCreateSubscriptionGroup = false;
    begin();
    EXPECT_EQ(pull(BrokerWorld::pull(0)).code, code(ResponseCode::subscription_group_not_exist));
}

TEST_F(Pull, TagsAreFilteredByTheSubscriptionThatIsSent) {
    begin();
    store(2, "A");
    store(1, "B");
    store(1, "A");
    auto request = BrokerWorld::pull(0);
    request.sys_flag = protocol::pull_flag::subscription;
    request.subscription = " A || C";
    const Frame some = pull(request);
    ASSERT_EQ(some.code, 0);
    EXPECT_EQ(found(some).records.size(), 3U);
    const auto served = world_.world.notes_of<note::PullServed>();
    ASSERT_EQ(served.size(), 2U) << "two runs with a gap between them";
    EXPECT_EQ(served[0].count, 2);
    EXPECT_EQ(served[1].first.value, 3);
    EXPECT_EQ(served[1].count, 1);
    request.subscription = "Z";
    const Frame none = pull(request);
    EXPECT_EQ(none.code, code(ResponseCode::pull_retry_immediately));
    EXPECT_EQ(found(none).next_begin_offset.value, 4);
}

TEST_F(Pull, CommitRidesOnTheFirstTryOnly) {
    begin();
    store(3);
    auto request = BrokerWorld::pull(3);
    request.sys_flag = protocol::pull_flag::suspend | protocol::pull_flag::commit_offset;
    request.commit_offset = 2;
    client_->send(request);
    world_.world.run_for(Millis(5));
    const auto committed = world_.world.notes_of<note::OffsetCommitted>();
    ASSERT_EQ(committed.size(), 1U);
    EXPECT_EQ(committed[0].offset.value, 2);
    // Another commit comes before the pull wakes up: waking must not put the old one back.
    client_->send(protocol::UpdateConsumerOffsetRequest{"g", "orders", 0, 3}, FrameKind::one_way);
    store(1);
    const Frame offset = world_.ask(*client_, protocol::QueryConsumerOffsetRequest{"g", "orders", 0});
    EXPECT_EQ(get<protocol::OffsetResponse>(offset.payload).offset, 3);
}

TEST_F(Pull, HeldPullWakesWhenAMessageArrives) {
    begin();
    const auto opaque = client_->send(BrokerWorld::pull(0));
    world_.world.run_for(Millis(3'000));
    EXPECT_EQ(client_->answer(opaque), nullptr);
    store(1);
    ASSERT_NE(client_->answer(opaque), nullptr);
    EXPECT_EQ(client_->answer(opaque)->code, 0);
    EXPECT_EQ(found(*client_->answer(opaque)).records.size(), 1U);
}

TEST_F(Pull, MessageOfAnotherQueueWakesNobody) {
    begin();
    const auto opaque = client_->send(BrokerWorld::pull(0));
    store(1, "", 1);
    world_.world.run_for(Millis(1'000));
    EXPECT_EQ(client_->answer(opaque), nullptr);
}

TEST_F(Pull, HeldPullExpiresOnTheFiveSecondGrid) {
    begin();
    // The grid began with the broker. Parked a little after 1 s, 15 s run out a little after 16 s: the check is at 20
    // s.
    world_.world.run_for(MonoTime(Millis(1'000)) - world_.world.now());
    const auto opaque = client_->send(BrokerWorld::pull(0));
    const std::int64_t waited = answered_after(*client_, opaque);
    EXPECT_EQ(waited, 19'000);
    EXPECT_EQ(client_->answer(opaque)->code, code(ResponseCode::pull_not_found));
}

TEST_F(Pull, WithoutLongPollingAPullWaitsShortly) {
    world_.options.config.longPollingEnable = false;
    begin();
    const auto opaque = client_->send(BrokerWorld::pull(0));
    const std::int64_t waited = answered_after(*client_, opaque);
    EXPECT_GE(waited, 1'000);
    EXPECT_LE(waited, 2'000);
}

TEST_F(Pull, MessageThatTheFilterKeepsOutIsMetAtTheNextCheck) {
    begin();
    auto beat = std::make_shared<protocol::HeartbeatData>(*BrokerWorld::heartbeat("c1").data);
    beat->consumers[0].subscriptions[0].sub_string = "A";
    beat->consumers[0].subscriptions[0].codes = {java_hash("A")};
    beat->consumers[0].subscriptions[0].sub_version = 2;
    world_.ask(*client_, protocol::HeartbeatRequest{beat});
    const auto opaque = client_->send(BrokerWorld::pull(0));
    world_.world.run_for(Millis(10));
    store(1, "B");
    EXPECT_EQ(client_->answer(opaque), nullptr);
    const std::int64_t waited = answered_after(*client_, opaque);
    EXPECT_GT(waited, 4'900);
    EXPECT_LE(waited, 5'000);
    EXPECT_EQ(client_->answer(opaque)->code, code(ResponseCode::pull_retry_immediately));
    EXPECT_EQ(found(*client_->answer(opaque)).next_begin_offset.value, 1);
    // The message that it waits for wakes it at once.
    const auto next = client_->send(BrokerWorld::pull(1));
    store(1, "A");
    ASSERT_NE(client_->answer(next), nullptr);
    EXPECT_EQ(client_->answer(next)->code, 0);
}

TEST_F(Pull, MessageThatArrivesDuringTheLookUpIsNotMissed) {
    world_.with_debts = true;
    world_.options.costs.pull_base = Millis(50);  // the look-up finds nothing, and takes that long
    begin();
    const auto opaque = client_->send(BrokerWorld::pull(0));
    world_.world.run_for(Millis(10));
    client_->send(BrokerWorld::message(), FrameKind::one_way);
    world_.world.run_for(Millis(20));
    ASSERT_EQ(world_.broker->store().max_offset("orders", 0).value, 1) << "dispatched before the pull is parked";
    EXPECT_EQ(client_->answer(opaque), nullptr);
    EXPECT_LE(answered_after(*client_, opaque), 71);
    EXPECT_EQ(client_->answer(opaque)->code, 0);
}

TEST_F(Pull, PullOfAConnectionThatIsGoneIsForgotten) {
    begin();
    RawClient& other = world_.client();
    other.send(BrokerWorld::pull(0));
    world_.world.run_for(Millis(10));
    other.close();
    store(1);
    EXPECT_TRUE(world_.world.notes_of<note::PullServed>().empty());
}

TEST_F(Pull, IdleHoldingCostsNoEvents) {
    begin();
    for (int queue = 0; queue < 4; ++queue) client_->send(BrokerWorld::pull(0, "orders", queue));
    world_.world.run_for(Millis(100));
    const auto notes = world_.world.notes.size();
    world_.world.run_for(Millis(10'000));
    EXPECT_EQ(world_.world.notes.size(), notes);
}

}  // namespace
}  // namespace brokersim::broker::testing
