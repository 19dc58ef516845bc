#include <gtest/gtest.h>

#include "core/broker/sent_properties.h"
#include "core/store/properties.h"
#include "core/store/record.h"
#include "tests/broker/broker_world.h"
#include "tests/store/batch_body.h"

namespace brokersim::broker::testing {
namespace {

class Send : public ::testing::Test {
protected:
    void begin() {
        world_.start_broker();
        client_ = &world_.client();
    }
    Frame send(protocol::SendMessageRequest message) { return world_.ask(*client_, std::move(message)); }
    static std::int32_t code(ResponseCode code) { return static_cast<std::int32_t>(code); }

    BrokerWorld world_;
    RawClient* client_ = nullptr;
};

TEST_F(Send, StoredMessageIsAnsweredWithItsPlace) {
    begin();
    for (int n = 0; n < 3; ++n) {
        const Frame answer = send(BrokerWorld::message("orders", 2));
        ASSERT_EQ(answer.code, 0) << answer.remark;
        const auto& place = get<protocol::SendMessageResponse>(answer.payload);
        EXPECT_EQ(place.queue_id, 2);
        EXPECT_EQ(place.queue_offset.value, n);
        EXPECT_EQ(place.transaction_id, "0123456789ABCDEF");
        // 10.0.0.1, port 10911, then the physical offset.
        EXPECT_EQ(place.msg_id.substr(0, 16), "0A00000100002A9F");
        EXPECT_EQ(place.msg_id.size(), 32U);
    }
}

TEST_F(Send, MessageIdIsUpperCaseHexOfHostAndPhysicalOffset) {
    begin();
    send(BrokerWorld::message());
    const auto second = get<protocol::SendMessageResponse>(send(BrokerWorld::message()).payload);
    world_.world.run_for(Millis(5));
    const auto found = world_.broker->store().get("orders", 0, {1}, 1, {});
    ASSERT_EQ(found.records.size(), 1U);
    const auto record = store::decode_record(found.records.front().bytes);
    ASSERT_TRUE(record);
    EXPECT_EQ(std::stoll(second.msg_id.substr(16), nullptr, 16), record->physical_offset().value);
    EXPECT_EQ(record->store_host().ipv4(), BrokerWorld::broker_address);
    EXPECT_EQ(record->born_host().ipv4()->ip, 0x0A00000AU);
    EXPECT_EQ(store::find_property(record->properties(), "CLUSTER"), "DefaultCluster");
    EXPECT_EQ(store::find_property(record->properties(), "WAIT"), "");
    EXPECT_EQ(record->topic(), "orders");
}

TEST_F(Send, BrokerNamesMessagesThatHaveNoName) {
    begin();
    auto message = BrokerWorld::message();
    message.properties.clear();
    const auto first = get<protocol::SendMessageResponse>(send(message).payload);
    const auto second = get<protocol::SendMessageResponse>(send(message).payload);
    EXPECT_EQ(first.transaction_id.size(), 32U);
    EXPECT_NE(first.transaction_id, second.transaction_id);
}

TEST_F(Send, OneWayMessageIsStoredAndNotAnswered) {
    begin();
    const auto opaque = client_->send(BrokerWorld::message(), FrameKind::one_way);
    world_.world.run_for(Millis(10));
    EXPECT_EQ(client_->answer(opaque), nullptr);
    EXPECT_EQ(world_.broker->store().max_offset("orders", 0).value, 1);
}

TEST_F(Send, TopicNamesAreChecked) {
    begin();
    EXPECT_EQ(send(BrokerWorld::message(" ")).remark, "The specified topic is blank.");
    EXPECT_EQ(send(BrokerWorld::message("a b")).code, code(ResponseCode::invalid_parameter));
    EXPECT_EQ(send(BrokerWorld::message(std::string(128, 'a'))).remark,
              "The specified topic is longer than topic max length.");
    EXPECT_EQ(send(BrokerWorld::message(std::string(127, 'a'))).code, 0);
    const Frame closed = send(BrokerWorld::message("SCHEDULE_TOPIC_XXXX"));
    EXPECT_EQ(closed.code, code(ResponseCode::no_permission));
    EXPECT_EQ(closed.remark, "Sending message to topic[SCHEDULE_TOPIC_XXXX] is forbidden.");
}

TEST_F(Send, QueueIdsAreChecked) {
    begin();
    const Frame beyond = send(BrokerWorld::message("orders", 4));
    EXPECT_EQ(beyond.code, code(ResponseCode::invalid_parameter));
    EXPECT_EQ(
        beyond.remark,
        "request queueId[4] is illegal, TopicConfig [topicName=orders, readQueueNums=4, writeQueueNums=4, "
        "perm=RW-, topicFilterType=SINGLE_TAG, topicSysFlag=0, order=false, attributes={}] Producer: 10.0.0.10:0");
    const auto anywhere = get<protocol::SendMessageResponse>(send(BrokerWorld::message("orders", -1)).payload);
    EXPECT_GE(anywhere.queue_id, 0);
    EXPECT_LT(anywhere.queue_id, 4);
}

TEST_F(Send, UnknownTopicIsMadeAfterTheTemplate) {
    begin();
    auto message = BrokerWorld::message("fresh", 3);
    EXPECT_EQ(send(message).code, 0);
    message.queue_id = 4;  // the client wants four queues, the template has eight
    EXPECT_EQ(send(message).code, code(ResponseCode::invalid_parameter));
    auto wide = BrokerWorld::message("wide", 7);
    wide.default_topic_queue_nums = 100;
    EXPECT_EQ(send(wide).code, 0);
    wide.queue_id = 8;
    EXPECT_EQ(send(wide).code, code(ResponseCode::invalid_parameter));
}

TEST_F(Send, UnknownTopicIsAnnouncedAtOnce) {
    begin();
    const std::size_t before = world_.name_server->asked<protocol::RegisterBrokerRequest>().size();
    send(BrokerWorld::message("fresh"));
    const auto announced = world_.name_server->asked<protocol::RegisterBrokerRequest>();
    ASSERT_EQ(announced.size(), before + 1);
    bool there = false;
    for (const auto& topic : *announced.back().topics) there |= topic.topic == "fresh" && topic.perm == 6;
    EXPECT_TRUE(there);
    EXPECT_GT(announced.back().data_version.counter, announced.front().data_version.counter);
}

TEST_F(Send, UnknownTopicIsRefusedWithoutAutoCreation) {
    world_.options.config.autoCreateTopicEnable = false;
    begin();
    const Frame refused = send(BrokerWorld::message("fresh"));
    EXPECT_EQ(refused.code, code(ResponseCode::topic_not_exist));
    EXPECT_EQ(refused.remark, "topic[fresh] not exist, apply first please!");
    // A retry topic is made all the same.
    EXPECT_EQ(send(BrokerWorld::message("%RETRY%g")).code, 0);
    const auto notes = world_.world.notes_of<note::Refused>();
    ASSERT_EQ(notes.size(), 1U);
    EXPECT_EQ(notes[0].request_code, 310);
    EXPECT_EQ(notes[0].code, 17);
}

TEST_F(Send, TemplateThatCannotBeInheritedMakesNothing) {
    begin();
    auto message = BrokerWorld::message("fresh");
    message.default_topic = "orders";
    EXPECT_EQ(send(message).code, code(ResponseCode::topic_not_exist));
}

TEST_F(Send, ReadOnlyBrokerRefusesOrderTopics) {
    world_.options.config.brokerPermission = protocol::perm::read;
    world_.options.topics.push_back({.topic = "ordered", .order = true});
    begin();
    EXPECT_EQ(send(BrokerWorld::message("orders")).code, 0);
    EXPECT_EQ(send(BrokerWorld::message("ordered")).code, code(ResponseCode::no_permission));
}

TEST_F(Send, NothingIsAcceptedBeforeTheConfiguredTime) {
    world_.options.config.startAcceptSendRequestTimeStamp = 1'700'000'005'000;
    begin();
    const Frame early = send(BrokerWorld::message());
    EXPECT_EQ(early.code, code(ResponseCode::system_error));
    EXPECT_EQ(early.remark, "broker unable to service, until 2023-11-14 22:13:25,000");
    world_.world.run_for(Millis(6'000));
    EXPECT_EQ(send(BrokerWorld::message()).code, 0);
}

TEST_F(Send, RetriedTooOftenBecomesADeadLetter) {
    begin();
    auto message = BrokerWorld::message("%RETRY%g");
    message.reconsume_times = 16;
    EXPECT_EQ(send(message).code, 0);
    message.reconsume_times = 17;
    EXPECT_EQ(send(message).code, 0);
    message.reconsume_times = 3;
    message.max_reconsume_times = 2;
    EXPECT_EQ(send(message).code, 0);
    world_.world.run_for(Millis(5));
    EXPECT_EQ(world_.broker->store().max_offset("%RETRY%g", 0).value, 1);
    EXPECT_EQ(world_.broker->store().max_offset("%DLQ%g", 0).value, 2);
}

TEST_F(Send, RetryNeedsAGroup) {
    world_.options.config.autoCreateSubscriptionGroup = false;
    begin();
    EXPECT_EQ(send(BrokerWorld::message("%RETRY%nobody")).code, code(ResponseCode::subscription_group_not_exist));
    EXPECT_EQ(send(BrokerWorld::message("%RETRY%TOOLS_CONSUMER")).code, 0);
}

TEST_F(Send, WhatIsNotServedIsRefused) {
    begin();
    auto half = BrokerWorld::message();
    half.properties += "TRAN_MSG\x01true\x02";
    EXPECT_EQ(send(half).code, code(ResponseCode::no_permission));
    auto delayed = BrokerWorld::message();
    delayed.properties +=
        "DELAY\x01"
        "3\x02";
    EXPECT_EQ(send(delayed).code, code(ResponseCode::message_illegal));
    auto batch = BrokerWorld::message();
    batch.batch = true;
    EXPECT_EQ(send(batch).code, code(ResponseCode::message_illegal));
}

TEST_F(Send, BatchIsAnsweredWithTheIdsOfAllItsMessages) {
    begin();
    auto batch = BrokerWorld::message();
    batch.batch = true;
    batch.body = copy_slice(store::testing::batch_body({{"one", "TAGS\x01x\x02", 0}, {"two", "", 0}}));
    const auto answer = send(batch);
    EXPECT_EQ(answer.code, code(ResponseCode::success));
    const auto place = get<protocol::SendMessageResponse>(answer.payload);
    EXPECT_EQ(place.queue_offset.value, 0);
    ASSERT_EQ(place.msg_id.size(), 65U);
    EXPECT_EQ(place.msg_id[32], ',');
    EXPECT_LT(place.msg_id.substr(0, 32), place.msg_id.substr(33));
    world_.world.run_for(Millis(5));
    const auto found = world_.broker->store().get("orders", batch.queue_id, {0}, 32, {});
    ASSERT_EQ(found.records.size(), 2U);
    const auto first = store::decode_record(found.records[0].bytes);
    EXPECT_EQ(store::find_property(first->properties(), "CLUSTER"), "DefaultCluster");
    EXPECT_EQ(store::find_property(first->properties(), "TAGS"), "x");
}

TEST_F(Send, TooLargeMessageIsIllegal) {
    world_.options.store.maxMessageSize = 4;
    begin();
    const Frame refused = send(BrokerWorld::message());
    EXPECT_EQ(refused.code, code(ResponseCode::message_illegal));
    EXPECT_EQ(refused.remark,
              "the message is illegal, maybe msg body or properties length not matched. msg body length limit 4B, msg "
              "properties length limit 32KB.");
}

TEST_F(Send, UnknownRequestIsNotSupported) {
    begin();
    const Frame refused = world_.ask(*client_, protocol::GetRouteRequest{"orders"});
    EXPECT_EQ(refused.code, code(ResponseCode::request_code_not_supported));
    EXPECT_EQ(refused.remark, " request type 105 not supported");
}

TEST(SentProperties, KeepWhatCountsAndDropTheRest) {
    const auto strip = [](std::string text) {
        strip_properties(text);
        return text;
    };
    EXPECT_EQ(strip(""), "");
    EXPECT_EQ(strip("a\x01"
                    "b\x02"),
              "a\x01"
              "b\x02");
    EXPECT_EQ(strip("a\x01"
                    "b"),
              "a\x01"
              "b\x02");
    EXPECT_EQ(strip("WAIT\x01true\x02"
                    "a\x01"
                    "b\x02"
                    "POP_CK\x01x\x02"
                    "CLUSTER\x01y\x02"),
              "a\x01"
              "b\x02");
    EXPECT_EQ(strip("WAIT\x01"
                    "false\x02"),
              "WAIT\x01"
              "false\x02");
    EXPECT_EQ(strip("a\x01\x02"
                    "\x01"
                    "b\x02"
                    "c\x02\x02"
                    "d\x01"
                    "e\x02"),
              "d\x01"
              "e\x02");
    EXPECT_EQ(strip("v\x01with\x01inside\x02"), "v\x01with\x01inside\x02");
    std::string delayed =
        "DELAY\x01"
        "7\x02"
        "TRAN_MSG\x01TRUE\x02"
        "UNIQ_KEY\x01u\x02";
    const SentProperties met = strip_properties(delayed);
    EXPECT_EQ(met.delay_level, 7);
    EXPECT_TRUE(met.transactional);
    EXPECT_EQ(delayed.substr(met.unique_key_at, met.unique_key_size), "u");
}

}  // namespace
}  // namespace brokersim::broker::testing
