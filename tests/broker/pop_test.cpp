#include <gtest/gtest.h>

#include "core/broker/assignment_requests.h"
#include "core/broker/pop_check_point.h"
#include "core/client/allocate.h"
#include "tests/broker/pop_world.h"

namespace brokersim::broker::testing {
namespace {

using protocol::PopSource;

class Pop : public ::testing::Test {
protected:
    /// What lies in a queue: (properties, body) of each record.
    std::vector<std::pair<std::string, std::string>> stored(const std::string& topic, std::int32_t queue_id) {
        std::vector<std::pair<std::string, std::string>> all;
        const auto result = w.world.broker->store().get(topic, queue_id, {0}, 32, {});
        for (const Slice& bytes : result.records) {
            const auto record = store::decode_record(bytes.bytes);
            all.emplace_back(record->properties(),
                             std::string(reinterpret_cast<const char*>(record->body().data()), record->body().size()));
        }
        return all;
    }
    PopWorld w;
};

TEST(PopCheckPoints, are_written_as_rocketmq_writes_them) {
    PopCheckPoint point{.start_offset = 7,
                        .pop_time = 1'700'000'000'000,
                        .invisible_time = 60'000,
                        .num = 2,
                        .queue_id = 3,
                        .topic = "orders",
                        .group = "g",
                        .offset_deltas = {0, 2},
                        .broker = "broker-0"};
    EXPECT_EQ(to_json(point), R"({"bm":0,"bn":"broker-0","c":"g","d":[0,2],"it":60000,"n":2,"pt":1700000000000,"q":3,)"
                              R"("reviveTime":1700000060000,"ro":0,"so":7,"t":"orders"})");
    point.re_put_times = 4;
    point.acknowledge(1);
    const auto read = parse_check_point(to_json(point));
    ASSERT_TRUE(read);
    EXPECT_EQ(to_json(*read), to_json(point));
    EXPECT_EQ(read->re_put_times, 4);
    EXPECT_FALSE(read->acknowledged(0));
    EXPECT_TRUE(read->acknowledged(1));
    EXPECT_EQ(read->index_of(9), 1);
    EXPECT_EQ(read->index_of(8), std::nullopt);
    EXPECT_EQ(read->offset_of(1), 9);
    EXPECT_EQ(unique_key(point), "orders@3@7@g@1700000000000@broker-0@ck");
    EXPECT_FALSE(parse_check_point("[]"));
    EXPECT_FALSE(parse_check_point(R"({"t":"orders"})"));
}

TEST(PopCheckPoints, acknowledgements_find_theirs) {
    const PopAck ack{.ack_offset = 9,
                     .start_offset = 7,
                     .pop_time = 1'700'000'000'000,
                     .queue_id = 3,
                     .topic = "orders",
                     .group = "g",
                     .broker = "broker-0",
                     .ack_offsets = {}};
    EXPECT_EQ(to_json(ack), R"({"ao":9,"bn":"broker-0","c":"g","pt":1700000000000,"q":3,"so":7,"t":"orders"})");
    EXPECT_EQ(unique_key(ack), "orders@3@9@g@1700000000000@broker-0@ack");
    const auto read = parse_ack(to_json(ack));
    ASSERT_TRUE(read);
    EXPECT_EQ(merge_key(*read), "ordersg371700000000000broker-0");
    const auto old =
        parse_ack(R"({"ackOffset":9,"consumerGroup":"g","popTime":5,"queueId":3,"startOffset":7,"topic":"t"})");
    ASSERT_TRUE(old);
    EXPECT_EQ(old->ack_offset, 9);
    EXPECT_EQ(old->group, "g");
    const auto batch = parse_ack(R"({"ao":-1,"aol":[7,9],"bn":"b","c":"g","pt":5,"q":3,"so":7,"t":"t"})");
    ASSERT_TRUE(batch);
    EXPECT_EQ(batch->ack_offsets, (std::vector<std::int64_t>{7, 9}));
}

TEST_F(Pop, messages_are_hidden_from_everybody_until_their_time_is_up) {
    w.begin();
    for (int i = 0; i < 3; ++i) w.send("m" + std::to_string(i), i);
    const auto first = w.pop_all();
    ASSERT_EQ(first.size(), 3U);
    EXPECT_TRUE(w.pop().empty());
    w.wait(9'000);
    EXPECT_TRUE(w.pop().empty());
    w.wait(8'000);
    const auto again = w.pop_all();
    ASSERT_EQ(again.size(), 3U);
    for (const Popped& message : again) {
        EXPECT_EQ(message.handle.source, PopSource::retry);
        EXPECT_EQ(message.topic, "orders") << "shown with its original topic";
        EXPECT_EQ(message.reconsume_times, 1);
    }
}

TEST_F(Pop, what_is_acknowledged_in_time_never_comes_again) {
    w.begin();
    for (int i = 0; i < 3; ++i) w.send("m" + std::to_string(i));
    const auto first = w.pop_all();
    ASSERT_EQ(first.size(), 3U);
    EXPECT_EQ(w.acknowledge(first[0]).code, 0);
    EXPECT_EQ(w.acknowledge(first[2]).code, 0);
    w.wait(20'000);
    const auto again = w.pop_all();
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].body, "m1");
    EXPECT_EQ(w.acknowledge(again[0]).code, 0);
    w.wait(30'000);
    EXPECT_TRUE(w.pop().empty());
    EXPECT_TRUE(w.world.broker->pops_idle());
}

TEST_F(Pop, check_points_wait_in_the_timer_topic_and_arrive_in_the_revive_log) {
    w.begin();
    w.send("m");
    const auto first = w.pop();
    ASSERT_EQ(first.size(), 1U);
    const std::int64_t popped_at = first[0].handle.pop_time;
    w.wait(10);
    const auto waiting = stored("rmq_sys_wheel_timer", 0);
    ASSERT_EQ(waiting.size(), 1U);
    const std::string deliver = std::to_string(popped_at + 9'000);
    EXPECT_EQ(store::find_property(waiting[0].first, "TIMER_DELIVER_MS"), deliver);
    const std::int64_t out = (popped_at + 9'000 - 1) / 1000 * 1000;  // whole seconds, and never the due one itself
    EXPECT_EQ(store::find_property(waiting[0].first, "TIMER_OUT_MS"), std::to_string(out));
    EXPECT_EQ(store::find_property(waiting[0].first, "REAL_TOPIC"), "rmq_sys_REVIVE_LOG_DefaultCluster");
    EXPECT_EQ(store::find_property(waiting[0].first, "REAL_QID"), "0");
    EXPECT_EQ(store::find_property(waiting[0].first, "TAGS"), "ck");
    EXPECT_EQ(waiting[0].second, to_json(*parse_check_point(waiting[0].second)));
    w.wait(7'900);
    EXPECT_TRUE(stored("rmq_sys_REVIVE_LOG_DefaultCluster", 0).empty());
    w.wait(2'500);
    const auto arrived = stored("rmq_sys_REVIVE_LOG_DefaultCluster", 0);
    ASSERT_EQ(arrived.size(), 1U);
    EXPECT_EQ(arrived[0].second, waiting[0].second);
}

TEST_F(Pop, a_changed_time_counts_from_the_change) {
    w.begin();
    w.send("m");
    const auto first = w.pop();
    ASSERT_EQ(first.size(), 1U);
    w.wait(5'000);
    const Frame answer = w.hide(first[0], 30'000);
    ASSERT_EQ(answer.code, 0);
    const auto& changed = get<protocol::ChangeInvisibleTimeResponse>(answer.payload);
    EXPECT_EQ(changed.invisible_time, 30'000);
    EXPECT_GE(changed.pop_time, first[0].handle.pop_time + 5'000);
    w.wait(25'000);
    EXPECT_TRUE(w.pop().empty()) << "the old time is up, the new one is not";
    w.wait(15'000);
    EXPECT_EQ(w.pop_all().size(), 1U);
}

TEST_F(Pop, a_pop_without_messages_waits_for_one) {
    w.begin();
    auto request = w.request();
    request.poll_time = 15'000;
    const std::int32_t asked = w.client->send(request);
    w.wait(3'000);
    EXPECT_EQ(w.client->answer(asked), nullptr);
    w.send("m", 2);
    w.wait(5);
    ASSERT_NE(w.client->answer(asked), nullptr);
    const auto came = popped(*w.client->answer(asked));
    ASSERT_EQ(came.size(), 1U);
    EXPECT_EQ(w.acknowledge(came[0]).code, 0);
    request.born_time = w.now();
    const std::int32_t next = w.client->send(request);
    w.wait(14'900);
    EXPECT_EQ(w.client->answer(next), nullptr);
    w.wait(200);
    ASSERT_NE(w.client->answer(next), nullptr);
    EXPECT_EQ(w.client->answer(next)->code, 210);
}

TEST_F(Pop, one_message_wakes_one_of_those_who_wait) {
    w.begin();
    RawClient& other = w.world.client();
    auto request = w.request();
    request.poll_time = 15'000;
    const std::int32_t first = w.client->send(request);
    w.wait(10);
    const std::int32_t second = other.send(request);
    w.wait(10);
    w.send("m");
    w.wait(5);
    EXPECT_NE(w.client->answer(first), nullptr);
    EXPECT_EQ(other.answer(second), nullptr);
}

TEST_F(Pop, refuses_what_rocketmq_refuses) {
    w.begin();
    w.send("m");
    const auto code = [&](auto change) {
        auto request = w.request();
        change(request);
        return w.ask(request).code;
    };
    EXPECT_EQ(code([](auto& request) { request.born_time -= 1'000; }), 210);
    EXPECT_EQ(code([](auto& request) { request.max_msg_nums = 33; }), 29);
    EXPECT_EQ(code([](auto& request) { request.topic = "nowhere"; }), 17);
    EXPECT_EQ(code([](auto& request) { request.queue_id = 4; }), 29);
    const auto first = w.pop();
    ASSERT_EQ(first.size(), 1U);
    Popped message = first[0];
    message.handle.queue_id = 9;
    EXPECT_EQ(w.acknowledge(message).code, 13);
    message = first[0];
    message.handle.offset = 77;
    EXPECT_EQ(w.acknowledge(message).code, 208);
    EXPECT_EQ(
        w.ask(protocol::AckMessageRequest{.consumer_group = "g", .topic = "orders", .extra_info = "nonsense"}).code, 1);
    EXPECT_EQ(w.hide(message, 1'000).code, 208);
}

TEST_F(Pop, a_killed_broker_hands_out_what_it_had_handed_out) {
    w.begin();
    for (int i = 0; i < 4; ++i) w.send("m" + std::to_string(i), i);
    const auto first = w.pop_all();
    ASSERT_EQ(first.size(), 4U);
    EXPECT_EQ(w.acknowledge(first[0]).code, 0);
    w.wait(15'200);  // so that positions are on disk
    // All but the acknowledged one are back already, and popped again.
    const auto second = w.pop_all();
    ASSERT_EQ(second.size(), 3U);
    w.wait(6'000);
    w.restart();
    EXPECT_TRUE(w.pop().empty());
    w.wait(12'000);
    const auto third = w.pop_all();
    EXPECT_EQ(third.size(), 3U);
    for (const Popped& message : third) EXPECT_NE(message.body, first[0].body);
}

TEST_F(Pop, groups_do_not_hide_messages_from_each_other) {
    w.begin();
    w.send("m");
    EXPECT_EQ(w.pop().size(), 1U);
    auto request = w.request();
    request.consumer_group = "h";
    EXPECT_EQ(popped(w.ask(request)).size(), 1U);
}

TEST(PopAssignment, shares_all_or_some_queues) {
    const client::AllocateStrategy& average = *client::find_strategy("averagely");
    client::Queues queues;
    for (const char* broker : {"a", "b"})
        for (std::int32_t i = 0; i < 2; ++i) queues.push_back({"t", broker, i});
    const client::ClientIds three{"c1", "c2", "c3"};
    const client::Queues everything{{"t", "a", -1}, {"t", "b", -1}};
    EXPECT_EQ(allocate_for_pop(average, "c2", queues, three, -1), everything);
    EXPECT_EQ(allocate_for_pop(average, "c2", queues, three, 2), everything) << "all others";
    EXPECT_EQ(allocate_for_pop(average, "c1", queues, three, 1),
              (client::Queues{{"t", "a", 0}, {"t", "a", 1}, {"t", "b", 0}}))
        << "its own two and the next one's";
    const client::ClientIds many{"c1", "c2", "c3", "c4", "c5", "c6"};
    EXPECT_EQ(allocate_for_pop(average, "c6", queues, many, 1), (client::Queues{{"t", "a", 1}}));
    EXPECT_EQ(allocate_for_pop(average, "stranger", queues, many, 1), client::Queues{});
}

TEST_F(Pop, the_mode_of_a_group_is_kept) {
    w.begin();
    const protocol::SetRequestModeRequest mode{
        .topic = "orders", .consumer_group = "g", .mode = protocol::RequestMode::pop, .pop_share_queue_num = 2};
    EXPECT_EQ(w.ask(mode).code, 0);
    auto retry = mode;
    retry.topic = "%RETRY%g";
    EXPECT_EQ(w.ask(retry).code, 16);
    w.wait(100);
    w.restart();
    const auto content = w.world.broker_host->read_file("config/messageRequestMode.json");
    ASSERT_TRUE(content);
    EXPECT_NE(content->find("\"mode\":\"POP\""), std::string::npos) << *content;
}

}  // namespace
}  // namespace brokersim::broker::testing
