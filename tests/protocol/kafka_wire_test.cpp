#include "core/kafka/wire.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/kafka/consumer_protocol.h"
#include "core/protocol/frame.h"
#include "tests/protocol/random_frames.h"

namespace brokersim::kafka {
namespace {

using protocol::Frame;
using protocol::FrameKind;

/// Bytes of a text with \0 in it.
template <std::size_t n>
std::string bytes(const char (&text)[n]) {
    return std::string(text, n - 1);
}

WireErrorCode error_of(const std::string& request) {
    const auto frame = decode_request(as_bytes(request));
    EXPECT_FALSE(frame.has_value());
    return frame ? WireErrorCode{} : frame.error().code;
}

// The layouts are those of Kafka's published protocol tables.
TEST(KafkaWire, a_heartbeat_has_kafkas_bytes) {
    const Frame frame{.opaque = 7, .payload = HeartbeatRequest{.group = "g", .generation = 3, .member_id = "m"}};
    EXPECT_EQ(kafka::encode(frame).text(), bytes("\0\0\0\x22"              // length
                                                 "\0\x0C\0\x03\0\0\0\x07"  // heartbeat, version 3, correlation id
                                                 "\0\x0C"
                                                 "consumer-g-1"
                                                 "\0\x01g\0\0\0\x03\0\x01m\xFF\xFF"));
    const Frame answer{
        .kind = FrameKind::response, .opaque = 7, .payload = HeartbeatResponse{.error = Error::rebalance_in_progress}};
    EXPECT_EQ(kafka::encode(answer).text(), bytes("\0\0\0\x0A\0\0\0\x07\0\0\0\0\0\x1B"));
}

TEST(KafkaWire, offsets_are_grouped_by_topic) {
    const Frame frame{.opaque = 1,
                      .payload = OffsetFetchRequest{.group = "g", .partitions = {{"t", 0}, {"t", 1}, {"u", 0}}}};
    EXPECT_EQ(kafka::encode(frame).text().substr(26), bytes("\0\x01g\0\0\0\x02"
                                                            "\0\x01t\0\0\0\x02\0\0\0\0\0\0\0\x01"
                                                            "\0\x01u\0\0\0\x01\0\0\0\0"));
}

TEST(KafkaWire, a_members_heartbeat_is_encoded_flexibly) {
    const Frame frame{.opaque = 7,
                      .payload = ConsumerGroupHeartbeatRequest{.group = "g",
                                                               .member_id = "m",
                                                               .member_epoch = 3,
                                                               .rebalance_timeout_ms = 5,
                                                               .topics = {{"t"}},
                                                               .owned = {{{{1, 2}, 0}, {{1, 2}, 4}, {{1, 3}, 0}}}}};
    EXPECT_EQ(kafka::encode(frame).text(), bytes("\0\0\0\x5B"            // length
                                                 "\0\x44\0\0\0\0\0\x07"  // api 68, version 0, correlation id
                                                 "\0\x0C"
                                                 "consumer-g-1"
                                                 "\0\x02g\x02m\0\0\0\x03"  // no tags, group, member, epoch
                                                 "\0\0\0\0\0\x05"          // no instance, no rack, timeout
                                                 "\x02\x02t\0"             // one topic, any assignor
                                                 "\x03\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x02"
                                                 "\x03\0\0\0\0\0\0\0\x04\0"
                                                 "\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x03"
                                                 "\x02\0\0\0\0\0"
                                                 "\0"));
    const Frame answer{.kind = FrameKind::response,
                       .opaque = 7,
                       .payload = ConsumerGroupHeartbeatResponse{.error = Error::fenced_member_epoch}};
    EXPECT_EQ(kafka::encode(answer).text(), bytes("\0\0\0\x17\0\0\0\x07\0"
                                                  "\0\0\0\0\0\x6E\0\0\0\0\0\0\0\0\0\0\xFF\0"));
}

TEST(KafkaWire, the_offsets_of_a_member_are_asked_for_in_version_nine) {
    EXPECT_TRUE(rc::check("answers", [] {
        Frame frame = brokersim::testing::random_frame<OffsetFetchResponse>(false, true);
        get<OffsetFetchResponse>(frame.payload).group = "g";
        const Slice bytes = kafka::encode(frame);
        const auto decoded = decode_response(bytes.bytes, ApiKey::offset_fetch, 9);
        RC_ASSERT(decoded.has_value());
        RC_ASSERT(brokersim::testing::same(*decoded, frame));
        RC_ASSERT(bytes.size() == kafka::encoded_size(frame));
    }));
    EXPECT_EQ(error_of(bytes("\0\0\0\x12\0\x09\0\x09\0\0\0\x07\xFF\xFF\0\x03\x02g\0\0\0\0")),
              WireErrorCode::unsupported);
    EXPECT_EQ(error_of(bytes("\0\0\0\x16\0\x09\0\x09\0\0\0\x07\xFF\xFF\0\x02\x02g\x02m\0\0\0\1\0\0")),
              WireErrorCode::unsupported);
    EXPECT_EQ(error_of(bytes("\0\0\0\x0A\0\x09\0\x05\0\0\0\x07\xFF\xFF")), WireErrorCode::unsupported_version);
}

TEST(KafkaWire, offset_commits_of_older_clients_are_read) {
    const auto frame =
        decode_request(as_bytes(bytes("\0\0\0\x31\0\x08\0\x05\0\0\0\x01\xFF\xFF"
                                      "\0\x01g\0\0\0\x02\0\x01m"
                                      "\0\0\0\x01\0\x01t\0\0\0\x01\0\0\0\x04\0\0\0\0\0\0\0\x09\0\x04meta")));
    ASSERT_TRUE(frame.has_value()) << frame.error().what;
    const auto& commit = get<OffsetCommitRequest>(frame->payload);
    EXPECT_EQ(commit.member_id, "m");
    ASSERT_EQ(commit.offsets.size(), 1u);
    EXPECT_EQ(commit.offsets[0].partition, (TopicPartition{"t", 4}));
    EXPECT_EQ(commit.offsets[0].offset, 9);
}

TEST(KafkaWire, says_what_is_wrong_with_a_request) {
    EXPECT_EQ(error_of(""), WireErrorCode::truncated);
    EXPECT_EQ(error_of(bytes("\0\0\0\x0A\0\x0C\0\x03\0\0\0\x07")), WireErrorCode::truncated);
    EXPECT_EQ(error_of(bytes("\0\0\0\x0A\0\x63\0\x03\0\0\0\x07\xFF\xFF")), WireErrorCode::unknown_api);
    EXPECT_EQ(error_of(bytes("\0\0\0\x0A\0\x0C\0\x04\0\0\0\x07\xFF\xFF")), WireErrorCode::unsupported_version);
    EXPECT_EQ(error_of(bytes("\xFF\xFF\xFF\xFF")), WireErrorCode::malformed);
    EXPECT_EQ(error_of(bytes("\0\0\0\x0E\0\x0A\0\x01\0\0\0\x07\xFF\xFF\0\x01t\x01")), WireErrorCode::unsupported);
    EXPECT_EQ(error_of(bytes("\0\0\0\x0F\0\x0A\0\x01\0\0\0\x07\xFF\xFF\0\x01t\0\0")), WireErrorCode::malformed);
}

TEST(KafkaWire, an_error_of_the_member_that_left_is_the_error_of_its_answer) {
    const auto frame = decode_response(as_bytes(bytes("\0\0\0\x15\0\0\0\x07\0\0\0\0\0\0\0\0\0\x01"
                                                      "\0\x01m\xFF\xFF\0\x19")),
                                       ApiKey::leave_group);
    ASSERT_TRUE(frame.has_value()) << frame.error().what;
    EXPECT_EQ(get<LeaveGroupResponse>(frame->payload).error, Error::unknown_member_id);
}

TEST(ConsumerProtocol, a_subscription_of_each_version_keeps_what_that_version_has) {
    EXPECT_TRUE(rc::check("subscriptions", [] {
        Subscription subscription;
        testing::fill(subscription.topics);
        testing::fill(subscription.owned_partitions);
        testing::fill(subscription.generation);
        for (auto* text : {&subscription.user_data, &subscription.rack})
            if (*rc::gen::arbitrary<bool>()) testing::fill(text->emplace());
        const auto version = *rc::gen::inRange<std::int16_t>(0, 4);
        const auto decoded = decode_subscription(encode_subscription(subscription, version));
        std::sort(subscription.topics.begin(), subscription.topics.end());
        std::sort(subscription.owned_partitions.begin(), subscription.owned_partitions.end());
        if (version < 1) subscription.owned_partitions.clear();
        if (version < 2) subscription.generation = -1;
        if (version < 3) subscription.rack.reset();
        RC_ASSERT(decoded == subscription);
    }));
}

TEST(ConsumerProtocol, has_kafkas_bytes) {
    EXPECT_EQ(encode_subscription({.topics = {"u", "t"}, .owned_partitions = {{"t", 1}}, .generation = 5}),
              bytes("\0\x03\0\0\0\x02\0\x01t\0\x01u\xFF\xFF\xFF\xFF"
                    "\0\0\0\x01\0\x01t\0\0\0\x01\0\0\0\x01\0\0\0\x05\xFF\xFF"));
    EXPECT_EQ(encode_assignment({.partitions = {{"u", 1}, {"t", 0}, {"u", 0}}}),
              bytes("\0\0\0\0\0\x02\0\x01u\0\0\0\x02\0\0\0\x01\0\0\0\0\0\x01t\0\0\0\x01\0\0\0\0\xFF\xFF\xFF\xFF"));
}

TEST(ConsumerProtocol, a_newer_subscription_is_read_as_version_three) {
    std::string newer = encode_subscription({.topics = {"t"}, .generation = 5});
    newer[1] = 9;
    EXPECT_EQ(decode_subscription(newer + "more")->generation, 5);
}

TEST(ConsumerProtocol, assignments_come_back_with_topics_together) {
    EXPECT_TRUE(rc::check("assignments", [] {
        Assignment assignment;
        testing::fill(assignment.partitions);
        if (*rc::gen::arbitrary<bool>()) testing::fill(assignment.user_data.emplace());
        const auto decoded = decode_assignment(encode_assignment(assignment));
        RC_ASSERT(decoded.has_value());
        RC_ASSERT(decoded->user_data == assignment.user_data);
        RC_ASSERT(encode_assignment(*decoded) == encode_assignment(assignment));
        auto sorted = decoded->partitions;
        std::sort(sorted.begin(), sorted.end());
        std::sort(assignment.partitions.begin(), assignment.partitions.end());
        RC_ASSERT(sorted == assignment.partitions);
    }));
}

TEST(ConsumerProtocol, sticky_user_data_is_read_as_version_one_then_zero_then_as_nothing) {
    const StickyUserData data{.previous_assignment = {{"t", 0}, {"t", 2}}, .generation = 4};
    const std::string encoded = encode_sticky_user_data(data);
    EXPECT_EQ(decode_sticky_user_data(encoded), data);
    const StickyUserData old = decode_sticky_user_data(encoded.substr(0, encoded.size() - 4));
    EXPECT_EQ(old.previous_assignment, data.previous_assignment);
    EXPECT_EQ(old.generation, -1);
    EXPECT_EQ(decode_sticky_user_data(encoded.substr(0, 10)), StickyUserData{});
    EXPECT_EQ(decode_cooperative_user_data(encode_cooperative_user_data(7)), 7);
    EXPECT_EQ(decode_cooperative_user_data(""), -1);
}

TEST(ConsumerProtocol, garbage_is_refused) {
    for (const std::string& garbage :
         {std::string(), bytes("\0"), bytes("\xFF\xFF"), bytes("\0\x03\x7F\xFF\xFF\xFF")}) {
        EXPECT_EQ(decode_subscription(garbage), std::nullopt);
        EXPECT_EQ(decode_assignment(garbage), std::nullopt);
    }
}

}  // namespace
}  // namespace brokersim::kafka
