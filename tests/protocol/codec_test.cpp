#include "core/protocol/codec.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fmt/format.h>

#include "core/protocol/json_reader.h"
#include "core/protocol/json_text.h"
#include "core/protocol/sink.h"

namespace brokersim::protocol {
namespace {

/// A frame of the JSON format around a header and a body.
Slice json_frame(std::string_view header, std::string_view body = {}) {
    std::string bytes(8, '\0');
    for (std::size_t i = 0; i < 4; ++i) {
        bytes[i] = static_cast<char>((4 + header.size() + body.size()) >> (24 - 8 * i));
        bytes[4 + i] = static_cast<char>(header.size() >> (24 - 8 * i));
    }
    return copy_slice(bytes.append(header).append(body));
}

DecodeErrorCode error_of(const Slice& bytes, std::optional<RequestCode> answers = std::nullopt) {
    const auto frame = decode(bytes, answers);
    EXPECT_FALSE(frame.has_value());
    return frame ? DecodeErrorCode{} : frame.error().code;
}

TEST(Codec, reads_the_header_of_a_client_that_writes_numbers_and_booleans) {
    const auto frame = decode(json_frame(
        R"({"code":310,"language":"JAVA","opaque":9,"flag":0,"version":121,"extFields":{"a":"P","b":"T","c":"TBW102",)"
        R"("d":4,"e":2,"f":0,"g":1758273940001,"h":0,"i":"TAGS\u0001null\u0002","j":0,"k":false}})",
        "hello"));
    ASSERT_TRUE(frame.has_value()) << frame.error().what;
    EXPECT_EQ(frame->opaque, 9);
    const auto& send = get<SendMessageRequest>(frame->payload);
    EXPECT_EQ(send.queue_id, 2);
    EXPECT_EQ(send.born_timestamp, 1758273940001);
    EXPECT_EQ(send.properties, "TAGS\x01null\x02");
    EXPECT_FALSE(send.unit_mode);
    EXPECT_EQ(send.max_reconsume_times, -1);
    EXPECT_EQ(send.body.text(), "hello");
}

TEST(Codec, reads_a_heartbeat_without_ext_fields) {
    const auto frame = decode(json_frame(R"({"code":34,"language":"JAVA","opaque":1,"flag":0,"extFields":{}})",
                                         R"({"clientID":"127.0.0.1@1","consumerDataSet":[],"producerDataSet":[]})"));
    ASSERT_TRUE(frame.has_value()) << frame.error().what;
    EXPECT_EQ(get<HeartbeatRequest>(frame->payload).data->client_id, "127.0.0.1@1");
}

TEST(Codec, a_missing_or_senseless_field_is_named) {
    const auto missing = decode(json_frame(R"({"code":30,"opaque":1,"extFields":{"queueId":"1"}})"));
    ASSERT_FALSE(missing.has_value());
    EXPECT_EQ(missing.error().code, DecodeErrorCode::bad_field);
    EXPECT_NE(missing.error().what.find("topic"), std::string::npos);
    EXPECT_EQ(error_of(json_frame(R"({"code":30,"opaque":1,"extFields":{"topic":"T","queueId":"x"}})")),
              DecodeErrorCode::bad_field);
    EXPECT_EQ(error_of(json_frame(R"({"code":30,"opaque":1,"extFields":{"topic":"T","queueId":"4294967296"}})")),
              DecodeErrorCode::bad_field);
}

TEST(Codec, says_what_is_wrong_with_a_frame) {
    EXPECT_EQ(error_of(json_frame(R"({"code":4711,"opaque":1})")), DecodeErrorCode::unknown_request);
    EXPECT_EQ(error_of(json_frame(R"({"opaque":1})")), DecodeErrorCode::bad_header);
    EXPECT_EQ(error_of(json_frame("[]")), DecodeErrorCode::bad_header);
    EXPECT_EQ(error_of(json_frame(R"({"code":34})", "nonsense")), DecodeErrorCode::bad_body);
    EXPECT_EQ(error_of(copy_slice("")), DecodeErrorCode::truncated);
    EXPECT_EQ(error_of(copy_slice(std::string("\0\0\0\x08\0\0\0\x63", 8))), DecodeErrorCode::truncated);
    EXPECT_EQ(error_of(copy_slice(std::string("\x7F\0\0\x08\0\0\0\x63", 8))), DecodeErrorCode::too_large);
    EXPECT_EQ(error_of(copy_slice(std::string("\0\0\0\x02\0\0", 6))), DecodeErrorCode::bad_header);
    EXPECT_EQ(error_of(copy_slice(std::string("\0\0\0\x04\x02\0\0\0", 8))), DecodeErrorCode::bad_header);
}

TEST(Codec, the_length_of_a_frame_is_known_from_four_bytes_on) {
    const Slice bytes = json_frame(R"({"code":34})", "x");
    EXPECT_FALSE(frame_length(bytes.bytes.first(3)).value().has_value());
    EXPECT_EQ(frame_length(bytes.bytes.first(4)).value(), bytes.size());
}

TEST(Codec, a_failed_answer_is_empty_unless_it_has_the_fields) {
    const auto failed =
        decode(json_frame(R"({"code":2,"flag":1,"opaque":5,"remark":"busy"})"), RequestCode::send_message_v2);
    ASSERT_TRUE(failed.has_value());
    EXPECT_TRUE(holds_alternative<Empty>(failed->payload));
    EXPECT_EQ(failed->remark, "busy");
    EXPECT_EQ(error_of(json_frame(R"({"code":0,"flag":1,"opaque":5})"), RequestCode::send_message_v2),
              DecodeErrorCode::bad_field);
    const auto stored = decode(
        json_frame(R"({"code":10,"flag":1,"opaque":5,"extFields":{"msgId":"M","queueId":"1","queueOffset":"7"}})"),
        RequestCode::send_message_v2);
    ASSERT_TRUE(stored.has_value());
    EXPECT_EQ(get<SendMessageResponse>(stored->payload).queue_offset, QueueOffset{7});
}

TEST(Codec, records_of_a_pull_that_do_not_add_up_are_refused) {
    const std::string header =
        R"({"code":0,"flag":1,"opaque":5,"extFields":{"suggestWhichBrokerId":"0","nextBeginOffset":"1",)"
        R"("minOffset":"0","maxOffset":"1"}})";
    for (const std::string& body : {std::string("\0\0\0\x09....", 8), std::string("\0\0\0\x03", 4),
                                    std::string("\0\0\0\x08....\0\0", 10), std::string("\xFF\xFF\xFF\xFF", 4)})
        EXPECT_EQ(error_of(json_frame(header, body), RequestCode::pull_message), DecodeErrorCode::bad_body);
    const auto good = decode(json_frame(header, std::string("\0\0\0\x06..\0\0\0\x04", 10)), RequestCode::pull_message);
    ASSERT_TRUE(good.has_value());
    EXPECT_EQ(get<PullMessageResponse>(good->payload).records.size(), 2u);
}

TEST(Codec, what_is_written_is_what_a_client_expects_to_read) {
    const Frame frame{.kind = FrameKind::one_way,
                      .opaque = 3,
                      .payload = UpdateConsumerOffsetRequest{
                          .consumer_group = "G", .topic = "T", .queue_id = 1, .commit_offset = -1}};
    EXPECT_EQ(encode(frame).text().substr(8),
              R"({"code":15,"extFields":{"consumerGroup":"G","topic":"T","queueId":"1","commitOffset":"-1"},"flag":2,)"
              R"("language":"JAVA","opaque":3,"serializeTypeCurrentRPC":"JSON","version":409})");
}

TEST(Codec, broker_ids_of_routes_are_quoted_for_new_clients_only) {
    auto route = std::make_shared<TopicRouteData>();
    route->brokers.push_back({"c", "b", {{0, Address{0x0A000001, 10911}}}});
    const Frame frame{.kind = FrameKind::response, .payload = GetRouteResponse{route}};
    EXPECT_NE(encode(frame).text().find(R"({"0":"10.0.0.1:10911"})"), std::string::npos);
    EXPECT_NE(encode(frame, {.quoted_integer_keys = false}).text().find(R"({0:"10.0.0.1:10911"})"), std::string::npos);
}

TEST(Codec, the_code_of_a_request_follows_from_its_payload) {
    EXPECT_EQ(request_code(SendMessageRequest{}), RequestCode::send_message_v2);
    EXPECT_EQ(request_code(SendMessageRequest{.batch = true}), RequestCode::send_batch_message);
    EXPECT_EQ(request_code(Empty{}), std::nullopt);
    EXPECT_EQ(request_code(kafka::HeartbeatRequest{}), std::nullopt);
}

TEST(JsonText, is_as_long_as_it_was_said_and_reads_back) {
    EXPECT_TRUE(rc::check("escaped text", [] {
        const auto piece = rc::gen::oneOf(
            rc::gen::element<std::string>("\xC2\x80", "\xC2\x9F", "\xC2\xA0", "\xE2\x80\xA7", "\xE2\x80\xA8",
                                          "\xE2\x80\xA9", "\xC2", "\xE2\x80", "\xE2", "\x1F", "\x7F", "\n", "\\", "\""),
            rc::gen::map(rc::gen::inRange(0, 256), [](int c) { return std::string(1, static_cast<char>(c)); }),
            rc::gen::just(std::string("plain text of some length")));
        std::string text;
        for (const auto& part : *rc::gen::container<std::vector<std::string>>(piece)) text += part;
        std::string written(escaped_size(text), '\0');
        RC_ASSERT(write_escaped(written.data(), text) == written.data() + written.size());
        const auto read = read_json('"' + written + '"');
        RC_ASSERT(read.has_value());
        RC_ASSERT(read->text == text);
    }));
}

TEST(JsonText, half_of_a_surrogate_pair_becomes_a_replacement_character) {
    EXPECT_EQ(read_json(R"("\uD83D\uDE00")")->text, "\xF0\x9F\x98\x80");
    EXPECT_EQ(read_json(R"("\uD83Dx")")->text, "\xEF\xBF\xBDx");
    EXPECT_EQ(read_json(R"("\uD83D\u0041")")->text,
              "\xEF\xBF\xBD"
              "A");
    EXPECT_EQ(read_json(R"("\uDE00")")->text, "\xEF\xBF\xBD");
}

TEST(JsonReader, takes_integers_and_objects_as_keys_and_nothing_else_that_is_not_json) {
    for (const char* good : {"{0:1}", "{-1:2}", "{{\"a\":1}:2}", " [1 , 2] ", "\"\\/\"", "-1.5e+3", "{}", "[]", "null"})
        EXPECT_TRUE(read_json(good).has_value()) << good;
    for (const char* bad : {"", "{a:1}", "{\"a\"}", "{\"a\":}", "[1,]", "{\"a\":1,}", "[", "\"", "\"\\", "\"\\u12",
                            "tru", "1.", "-", "1e", "{[1]:2}", "{true:1}", "1 2", "\"\\x\""})
        EXPECT_FALSE(read_json(bad).has_value()) << bad;
    EXPECT_FALSE(read_json(std::string(1000, '[')).has_value());
}

TEST(Sink, decimal_size_is_that_of_the_text) {
    EXPECT_TRUE(rc::check("any number", [] {
        const auto number =
            *rc::gen::oneOf(rc::gen::inRange<std::int64_t>(INT64_MIN, INT64_MAX), rc::gen::arbitrary<std::int64_t>());
        RC_ASSERT(decimal_size(number) == std::to_string(number).size());
    }));
    std::int64_t power = 1;
    for (int digits = 1; digits <= 18; ++digits, power *= 10)
        for (std::int64_t number : {power - 1, power, power + 1, -power})
            EXPECT_EQ(decimal_size(number), std::to_string(number).size()) << number;
    EXPECT_EQ(decimal_size(INT64_MIN), 20u);
    EXPECT_EQ(decimal_size(INT64_MAX), 19u);
}

TEST(AddressText, reads_what_it_writes_and_nothing_else) {
    const Address address{0x0A0000FF, 10911};
    EXPECT_EQ(to_text(address), "10.0.0.255:10911");
    EXPECT_EQ(parse_address("10.0.0.255:10911"), address);
    EXPECT_EQ(parse_ip("10.0.0.255"), (Address{0x0A0000FF, 0}));
    for (const char* bad : {"", "10.0.0.256:1", "10.0.0.1", "10.0.0.1:", "10.0.0.1:65536", "10.0.0.1:1x", "a.b.c.d:1",
                            "10.0.0:1", "[::1]:1", "10.0.0.-1:1"})
        EXPECT_EQ(parse_address(bad), std::nullopt) << bad;
}

}  // namespace
}  // namespace brokersim::protocol
