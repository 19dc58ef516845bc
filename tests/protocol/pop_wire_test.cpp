#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/protocol/codec.h"
#include "core/protocol/pop_info.h"

namespace brokersim::protocol {
namespace {

/// What stands behind the header of an encoded frame.
std::string body_of(Payload payload, FrameKind kind = FrameKind::request) {
    Frame frame;
    frame.kind = kind;
    frame.payload = std::move(payload);
    const Slice bytes = encode(frame);
    const auto header = static_cast<std::size_t>(static_cast<unsigned char>(bytes.text()[6])) << 8 |
                        static_cast<std::size_t>(static_cast<unsigned char>(bytes.text()[7]));
    return std::string(bytes.text().substr(8 + header));
}

TEST(PopWire, a_handle_has_eight_words) {
    const PopHandle handle{.start_offset = 100,
                           .pop_time = 1'700'000'000'123,
                           .invisible_time = 60'000,
                           .revive_queue_id = 3,
                           .source = PopSource::retry,
                           .broker = "broker-0",
                           .queue_id = 2,
                           .offset = 107};
    EXPECT_EQ(to_text(handle), "100 1700000000123 60000 3 1 broker-0 2 107");
    EXPECT_EQ(parse_pop_handle(to_text(handle)), handle);
    EXPECT_TRUE(parse_pop_handle("100 1700000000123 60000 3 1 broker-0 2"));
    for (const char* text : {"", "1 2 3", "x 1 60000 3 1 b 2 7", "1 1 60000 3 2 b 2 7", "1 1 60000 3 1 b 2 7x"})
        EXPECT_FALSE(parse_pop_handle(text)) << text;
}

TEST(PopWire, offsets_are_told_by_queue) {
    std::string starts, messages;
    add_start_offset(starts, PopSource::normal, 3, 100);
    add_message_offsets(messages, PopSource::normal, 3, {100, 102});
    add_start_offset(starts, PopSource::retry, 0, 7);
    add_message_offsets(messages, PopSource::retry, 0, {7});
    EXPECT_EQ(starts, "0 3 100;1 0 7");
    EXPECT_EQ(messages, "0 3 100,102;1 0 7");
    const auto parsed = parse_pop_offsets(starts, messages);
    ASSERT_TRUE(parsed);
    ASSERT_EQ(parsed->size(), 2U);
    EXPECT_EQ(parsed->at(0).offsets, (std::vector<std::int64_t>{100, 102}));
    EXPECT_EQ(parsed->at(1).source, PopSource::retry);
    EXPECT_FALSE(parse_pop_offsets(starts, "0 4 1"));
    EXPECT_FALSE(parse_pop_offsets("0 3", ""));
}

TEST(PopWire, retry_topics_have_group_and_topic_in_their_name) {
    EXPECT_EQ(pop_retry_topic("orders", "billing"), "%RETRY%billing_orders");
    EXPECT_EQ(normal_topic("%RETRY%billing_orders", "billing"), "orders");
    EXPECT_EQ(normal_topic("orders", "billing"), "orders");
}

TEST(PopWire, bodies_are_those_of_rocketmq) {
    QueryAssignmentRequest query{.topic = "t", .consumer_group = "g", .client_id = "c", .strategy_name = "AVG"};
    EXPECT_EQ(body_of(query), R"({"clientId":"c","consumerGroup":"g","messageModel":"CLUSTERING","strategyName":"AVG",)"
                              R"("topic":"t"})");
    SetRequestModeRequest mode{
        .topic = "t", .consumer_group = "g", .mode = RequestMode::pop, .pop_share_queue_num = -1};
    EXPECT_EQ(body_of(mode), R"({"consumerGroup":"g","mode":"POP","popShareQueueNum":-1,"topic":"t"})");
    const auto assignments = std::make_shared<std::vector<QueueAssignment>>();
    assignments->push_back({{"t", "b", -1}, RequestMode::pop});
    EXPECT_EQ(body_of(QueryAssignmentResponse{assignments}, FrameKind::response),
              R"({"messageQueueAssignments":[{"messageQueue":{"brokerName":"b","queueId":-1,"topic":"t"},)"
              R"("mode":"POP"}]})");
    EXPECT_EQ(body_of(QueryAssignmentResponse{}, FrameKind::response), "{}") << "the broker cannot tell";
}

TEST(PopWire, codes_beyond_16_bits_go_out_as_json_whatever_was_chosen) {
    Frame frame;
    frame.payload = PopMessageRequest{.consumer_group = "g", .topic = "t"};
    const Slice bytes = encode(frame, {.header = HeaderFormat::binary});
    EXPECT_NE(bytes.text().find("\"code\":200050"), std::string_view::npos);
    EXPECT_TRUE(decode(bytes));
}

RC_GTEST_PROP(PopWire, garbage_is_no_danger, (const std::string& text, const std::string& other)) {
    if (const auto handle = parse_pop_handle(text)) RC_ASSERT(parse_pop_handle(to_text(*handle)) == handle);
    parse_pop_offsets(text, other);
}

}  // namespace
}  // namespace brokersim::protocol
