#include "core/client/broadcast.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/client/consumer_world.h"

namespace brokersim::client::testing {
namespace {

class BroadcastTest : public ConsumerWorld {
protected:
    BroadcastTest() { options.broadcasting = true; }
    LocalOffsets offsets(int index = 0) {
        return LocalOffsets(cluster.world.host(node(index), 1 + index), consumers.at(index)->client_id(), "billing");
    }
};

TEST_F(BroadcastTest, EveryMemberGetsEveryMessage) {
    append(40, 0);
    append(30, 1);
    for (int member = 0; member < 3; ++member) start(member);
    run(s(3));
    for (int member = 0; member < 3; ++member) {
        EXPECT_EQ(handler(member).offsets_of("orders@broker-0:0"), range(0, 40));
        EXPECT_EQ(handler(member).offsets_of("orders@broker-0:1"), range(0, 30));
    }
}

TEST_F(BroadcastTest, AsksNobodyForMembersAndCommitsNothingAtTheBroker) {
    append(5);
    start();
    run(s(30));
    EXPECT_TRUE(broker().got<protocol::GetConsumerListRequest>().empty());
    EXPECT_TRUE(broker().got<protocol::UpdateConsumerOffsetRequest>().empty());
    EXPECT_TRUE(broker().got<protocol::QueryConsumerOffsetRequest>().empty());
    for (const auto& pull : broker().got<protocol::PullMessageRequest>())
        EXPECT_EQ(pull.sys_flag, protocol::pull_flag::suspend);
    const auto heartbeats = broker().got<protocol::HeartbeatRequest>();
    ASSERT_FALSE(heartbeats.empty());
    const auto& consumer = heartbeats.back().data->consumers.at(0);
    EXPECT_EQ(consumer.message_model, protocol::MessageModel::broadcasting);
    EXPECT_EQ(consumer.subscriptions.size(), 1U) << "no retry topic";
}

TEST_F(BroadcastTest, GoesOnWhereItsFileSays) {
    append(5);
    start();
    run(s(11));
    EXPECT_EQ(offsets().load().at({"orders", "broker-0", 0}), 5);
    const std::string id = consumers.at(0)->client_id();
    kill(0);
    append(3);
    start();
    EXPECT_EQ(consumers.at(0)->client_id(), id);
    EXPECT_TRUE(id.ends_with("@DEFAULT"));
    run(s(3));
    EXPECT_EQ(handler().offsets_of("orders@broker-0:0"), range(0, 8));
}

TEST_F(BroadcastTest, WhatIsNotInItsFileYetComesAgain) {
    append(5);
    start();
    run(s(11));
    append(4);
    run(s(1));
    kill(0);
    start();
    run(s(3));
    auto expected = range(0, 9);
    for (const std::int64_t again : range(5, 9)) expected.push_back(again);
    EXPECT_EQ(handler().offsets_of("orders@broker-0:0"), expected);
}

TEST_F(BroadcastTest, BeginsAtTheEndIfItIsToldTo) {
    options.config.consumeFromWhere = "CONSUME_FROM_LAST_OFFSET";
    append(5);
    start();
    run(s(3));
    append(2);
    run(s(3));
    EXPECT_EQ(handler().offsets_of("orders@broker-0:0"), range(5, 7));
}

TEST_F(BroadcastTest, AFailedMessageIsDropped) {
    append(3);
    start();
    handler().status = ConsumeStatus::later;
    run(s(20));
    EXPECT_EQ(handler().offsets_of("orders@broker-0:0"), range(0, 3));
    EXPECT_EQ(offsets().load().at({"orders", "broker-0", 0}), 3);
}

TEST_F(BroadcastTest, SavesInOrderWhenItIsShutDown) {
    append(5);
    start();
    run(s(3));
    bool ended = false;
    consumers.at(0)->shutdown([&] { ended = true; });
    run(s(5));
    EXPECT_TRUE(ended);
    EXPECT_EQ(offsets().load().at({"orders", "broker-0", 0}), 5);
}

TEST(LocalOffsetsFile, HasRocketMqsForm) {
    EXPECT_EQ(offsets_json({{{"orders", "broker-0", 3}, 12}, {{"orders", "broker-1", 0}, 7}}),
              "{\n\t\"offsetTable\":{{\n\t\t\t\"brokerName\":\"broker-0\",\n\t\t\t\"queueId\":3,\n\t\t\t\"topic\":"
              "\"orders\"\n\t\t}:12,{\n\t\t\t\"brokerName\":\"broker-1\",\n\t\t\t\"queueId\":0,\n\t\t\t\"topic\":"
              "\"orders\"\n\t\t}:7\n\t}\n}");
    EXPECT_EQ(read_offsets_json(offsets_json({})), LocalOffsets::Table{});
}

TEST(LocalOffsetsFile, ABackupStandsInForWhatCannotBeRead) {
    BareWorld world;
    BareHost& host = world.host("g/0", 1);
    LocalOffsets offsets(host, "10.0.0.1@DEFAULT", "g");
    EXPECT_TRUE(offsets.load().empty());
    const protocol::MessageQueue queue{"t", "b", 0};
    offsets.save({{queue, 5}});
    offsets.save({{queue, 9}, {{"t", "b", 1}, 2}});
    EXPECT_EQ(offsets.load().at(queue), 9);
    ASSERT_TRUE(host.write_file(".rocketmq_offsets/10.0.0.1@DEFAULT/g/offsets.json", "{\"offsetTable\":{{"));
    EXPECT_EQ(offsets.load(), (LocalOffsets::Table{{queue, 5}}));
}

RC_GTEST_PROP(LocalOffsetsFile, IsReadBackAndGarbageIsNothing,
              (const std::map<std::pair<std::string, int>, std::int64_t>& entries,
               const std::vector<std::pair<std::size_t, char>>& edits)) {
    LocalOffsets::Table table;
    for (const auto& [queue, position] : entries) {
        std::string name;  // of letters that names have, and some that must be quoted
        for (const char c : queue.first) name += static_cast<char>(' ' + static_cast<unsigned char>(c) % 95);
        table[{name, "b", queue.second}] = position;
    }
    std::string text = offsets_json(table);
    RC_ASSERT(read_offsets_json(text) == table);
    for (const auto& [at, c] : edits) text[at % text.size()] = c;
    (void)read_offsets_json(text);
}

}  // namespace
}  // namespace brokersim::client::testing
