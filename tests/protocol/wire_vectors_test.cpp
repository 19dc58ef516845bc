#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/protocol/bodies.h"
#include "core/protocol/codec.h"
#include "core/protocol/json_reader.h"

/// What RocketMQ's own classes wrote, read and measured by ours.
namespace brokersim::protocol {
namespace {

using nlohmann::json;

std::vector<json> command_vectors() {
    const gzFile file = gzopen(BROKERSIM_VECTORS "/wire/commands.jsonl.gz", "rb");
    EXPECT_NE(file, nullptr);
    std::string text;
    char buffer[1 << 16];
    for (int n = 0; (n = gzread(file, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<std::size_t>(n));
    gzclose(file);
    std::vector<json> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        lines.push_back(json::parse(text.substr(begin, end - begin)));
        begin = end + 1;
    }
    return lines;
}

std::vector<json> body_vectors() {
    std::ifstream file(BROKERSIM_VECTORS "/wire/bodies.jsonl");
    std::vector<json> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(json::parse(line));
    return lines;
}

Slice from_hex(const json& hex) {
    if (hex.is_null()) return {};
    const std::string text = hex.get<std::string>();
    std::string bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2)
        bytes.push_back(static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16)));
    return copy_slice(bytes);
}

std::string text_or_empty(const json& value) { return value.is_string() ? value.get<std::string>() : std::string(); }

/// Ext fields as the real decoder has them; what it calls null is empty here.
std::map<std::string, std::string> decoded_ext_fields(const json& vector) {
    std::map<std::string, std::string> fields;
    const json& decoded = vector["decoded"]["extFields"];
    if (decoded.is_object())
        for (const auto& [key, value] : decoded.items()) fields[key == "null" ? "" : key] = text_or_empty(value);
    return fields;
}

/// The request that a response of the vectors answers.
std::optional<RequestCode> answers(const json& vector) {
    static const std::map<std::string, RequestCode> by_class = {
        {"SendMessageResponseHeader", RequestCode::send_message_v2},
        {"PullMessageResponseHeader", RequestCode::pull_message},
        {"QueryConsumerOffsetResponseHeader", RequestCode::query_consumer_offset}};
    const std::string header = text_or_empty(vector["headerClass"]);
    if (const auto found = by_class.find(header); found != by_class.end()) return found->second;
    if (vector["desc"].get<std::string>().starts_with("GET_ROUTEINFO_BY_TOPIC"))
        return RequestCode::get_route_info_by_topic;
    return std::nullopt;
}

TEST(WireVectors, every_command_is_decoded_as_the_real_decoder_does) {
    int commands = 0;
    for (const json& vector : command_vectors()) {
        SCOPED_TRACE(vector["id"].get<std::string>() + " " + vector["desc"].get<std::string>());
        const auto command = decode_command(from_hex(vector["encodedHex"]));
        ASSERT_TRUE(command.has_value()) << command.error().what;
        const json& expected = vector["decoded"];
        EXPECT_EQ(command->code, expected["code"].get<std::int32_t>());
        EXPECT_EQ(command->version, expected["version"].get<std::int32_t>());
        EXPECT_EQ(command->opaque, expected["opaque"].get<std::int32_t>());
        EXPECT_EQ(command->flag, expected["flag"].get<std::int32_t>());
        EXPECT_EQ(command->language, vector["languageCode"].get<std::int32_t>());
        EXPECT_EQ(command->remark.value_or(""), text_or_empty(expected["remark"]));
        EXPECT_EQ(command->response(), expected["isResponse"].get<bool>());
        EXPECT_EQ(command->body.text(), from_hex(vector["bodyHex"]).text());
        std::map<std::string, std::string> fields;
        for (const auto& [key, value] : command->ext_fields) fields[key] = value;
        EXPECT_EQ(fields, decoded_ext_fields(vector));
        ++commands;
    }
    EXPECT_EQ(commands, 84);
}

TEST(WireVectors, every_command_is_encoded_to_the_real_bytes) {
    int equal = 0;
    for (const json& vector : command_vectors()) {
        SCOPED_TRACE(vector["id"].get<std::string>() + " " + vector["desc"].get<std::string>());
        const Slice bytes = from_hex(vector["encodedHex"]);
        const auto command = decode_command(bytes);
        ASSERT_TRUE(command.has_value());
        // The wire cannot tell an empty map of ext fields from none in our structs; the binary format never could.
        if (command->format == HeaderFormat::json && vector["extFields"].is_object() && vector["extFields"].empty())
            continue;
        EXPECT_EQ(encode_command(*command).text(), bytes.text());
        ++equal;
    }
    EXPECT_EQ(equal, 83);
}

// What decoding says about the commands that are not modelled, or not the way the vectors use them.
const std::map<std::string, DecodeErrorCode>& refused() {
    using enum DecodeErrorCode;
    static const std::map<std::string, DecodeErrorCode> by_description = {
        {"LITE_PULL_MESSAGE, SQL92", unsupported},
        {"SEARCH_OFFSET_BY_TIMESTAMP", unsupported},  // with the boundary UPPER
        {"GET_ROUTEINFO_BY_TOPIC response, old style (integer map keys unquoted)", unsupported},  // an IPv6 address
        {"GET_ROUTEINFO_BY_TOPIC response, for clients of version >= V4_9_4 (features BrowserCompatible, "
         "QuoteFieldNames, SkipTransientField, MapSortField)",
         unsupported},
        {"REGISTER_BROKER, body not compressed", crc_mismatch}};  // a CRC that was made up
    return by_description;
}

TEST(WireVectors, modelled_commands_become_frames_and_the_rest_is_refused_by_name) {
    static constexpr std::int32_t modelled[] = {10, 12, 310, 361, 15,     29,     30,    34,
                                                40, 41, 103, 104, 200050, 200051, 200053};
    int frames = 0;
    for (const json& vector : command_vectors()) {
        const std::string description = vector["desc"];
        SCOPED_TRACE(vector["id"].get<std::string>() + " " + description);
        const auto frame = decode(from_hex(vector["encodedHex"]), answers(vector));
        const json& expected = vector["decoded"];
        const std::int32_t code = expected["code"];
        if (const auto found = refused().find(description); found != refused().end()) {
            ASSERT_FALSE(frame.has_value());
            EXPECT_EQ(frame.error().code, found->second) << frame.error().what;
        } else if (!expected["isResponse"].get<bool>() && std::ranges::count(modelled, code) == 0) {
            ASSERT_FALSE(frame.has_value());
            EXPECT_EQ(frame.error().code, DecodeErrorCode::unknown_request);
        } else {
            ASSERT_TRUE(frame.has_value()) << frame.error().what;
            EXPECT_EQ(frame->opaque, expected["opaque"].get<std::int32_t>());
            ++frames;
        }
    }
    EXPECT_EQ(frames, 41);
}

/// What the vectors say that our encoder leaves out or adds: bytes of the JSON header, as text.
std::int64_t size_of_fields(const json& vector, const Command& ours) {
    std::int64_t size = 0;
    const auto field_size = [](const std::string& key, const std::string& value) {
        return static_cast<std::int64_t>(escaped_size(key) + escaped_size(value) + 6);  // "key":"value",
    };
    for (const auto& [key, value] : vector["extFields"].items())
        if (ours.ext(key) == nullptr) size += field_size(key, value.get<std::string>());
    for (const auto& [key, value] : ours.ext_fields)
        if (!vector["extFields"].contains(key)) size -= field_size(key, value);
    return size;
}

TEST(WireVectors, encoded_sizes_are_the_real_ones_but_for_fields_that_only_one_side_has) {
    int compared = 0;
    for (const json& vector : command_vectors()) {
        if (vector["serializeType"] != "JSON") continue;
        SCOPED_TRACE(vector["id"].get<std::string>() + " " + vector["desc"].get<std::string>());
        const Slice bytes = from_hex(vector["encodedHex"]);
        const auto frame = decode(bytes, answers(vector));
        if (!frame || vector["code"] != vector["decoded"]["code"]) continue;
        if (holds_alternative<Empty>(frame->payload) && !vector["extFields"].is_null()) continue;
        const Slice encoded = encode(*frame, WireOptions{.version = vector["version"]});
        const auto ours = decode_command(encoded);
        ASSERT_TRUE(ours.has_value());
        // SEND_MESSAGE goes out as SEND_MESSAGE_V2, and no frame has a flag of -1.
        if (ours->code != vector["code"] || ours->flag != vector["flag"]) continue;
        // An empty remark is none.
        const std::int64_t remark = vector["remark"] == "" ? 12 : 0;
        EXPECT_EQ(static_cast<std::int64_t>(encoded.size()) + size_of_fields(vector, *ours) + remark,
                  static_cast<std::int64_t>(bytes.size()));
        ++compared;
    }
    EXPECT_EQ(compared, 20);
}

template <class Message>
Message read_body_of(const json& vector) {
    Command command;
    command.body = from_hex(vector["hex"]);
    Message message;
    const auto read = read_body(command, message);
    EXPECT_TRUE(read.has_value()) << vector["id"] << ": " << read.error().what;
    return message;
}

template <class Message>
std::string written(const Message& message, bool quoted_integer_keys) {
    CountingSink counting;
    write_body(counting, message, quoted_integer_keys);
    std::string text(counting.size(), '\0');
    ByteSink sink(std::as_writable_bytes(std::span(text)));
    write_body(sink, message, quoted_integer_keys);
    return text;
}

const json& body(const std::vector<json>& lines, const std::string& id) {
    return *std::ranges::find_if(lines, [&id](const json& line) { return line["id"] == id; });
}

TEST(WireVectors, heartbeat_bodies_are_read_and_written_to_the_byte) {
    const auto lines = body_vectors();
    const json& vector = body(lines, "b001");
    const auto heartbeat = read_body_of<HeartbeatRequest>(vector);
    ASSERT_EQ(heartbeat.data->consumers.size(), 1u);
    EXPECT_EQ(heartbeat.data->consumers[0].subscriptions[0].codes, (std::vector<std::int32_t>{2598919, 2598920}));
    EXPECT_EQ(heartbeat.data->producer_groups, std::vector<std::string>{"PG_orders"});
    EXPECT_EQ(written(heartbeat, true), vector["json"].get<std::string>());
}

TEST(WireVectors, bodies_that_lock_queues_are_read_and_written_to_the_byte) {
    const auto lines = body_vectors();
    const auto request = read_body_of<LockBatchRequest>(body(lines, "b011"));
    EXPECT_EQ(request.client_id, "c@1");
    EXPECT_EQ(request.consumer_group, "CG");
    EXPECT_EQ(request.queues, (std::vector<MessageQueue>{{"T", "broker-a", 3}}));
    EXPECT_EQ(written(request, true), body(lines, "b011")["json"].get<std::string>());
    const auto response = read_body_of<LockBatchResponse>(body(lines, "b012"));
    EXPECT_EQ(response.locked, request.queues);
    EXPECT_EQ(written(response, true), body(lines, "b012")["json"].get<std::string>());
}

TEST(WireVectors, a_heartbeat_that_only_repeats_its_fingerprint_is_refused) {
    const auto lines = body_vectors();
    Command command;
    command.body = from_hex(body(lines, "b002")["hex"]);
    HeartbeatRequest heartbeat;
    const auto read = read_body(command, heartbeat);
    ASSERT_FALSE(read.has_value());
    EXPECT_EQ(read.error().code, DecodeErrorCode::unsupported);
}

TEST(WireVectors, route_bodies_are_read_and_written_to_the_byte) {
    const auto lines = body_vectors();
    for (const std::string id : {"b003", "b004"}) {
        const json& vector = body(lines, id);
        const auto route = read_body_of<GetRouteResponse>(vector);
        EXPECT_EQ(written(route, false), vector["json"].get<std::string>());
    }
    const auto route = read_body_of<GetRouteResponse>(body(lines, "b004"));
    EXPECT_EQ(route.route->brokers.at(0).addresses.at(0), (Address{0xC0A8000A, 10911}));
    const auto with_extras = read_body_of<GetRouteResponse>(body(lines, "b006"));
    EXPECT_EQ(with_extras.route->queues.at(0).write_queue_nums, 8);
}

TEST(WireVectors, registration_bodies_are_read_and_written_but_for_topic_attributes) {
    for (const json& vector : command_vectors()) {
        if (vector["id"] != "c039") continue;
        Command command;
        command.body = from_hex(vector["bodyHex"]);
        RegisterBrokerRequest request;
        const auto read = read_body(command, request);
        ASSERT_TRUE(read.has_value()) << read.error().what;
        EXPECT_EQ(request.data_version, (DataVersion{0, 1758273940000, 42}));
        std::string expected(command.body.text());
        const std::string attribute = "\"message.type\":\"FIFO\"";
        expected.erase(expected.find(attribute), attribute.size());
        EXPECT_EQ(written(request, true), expected);
    }
}

TEST(WireVectors, every_body_that_is_json_is_read_even_with_objects_as_keys) {
    for (const json& vector : body_vectors()) {
        SCOPED_TRACE(vector["id"].get<std::string>());
        const std::string text(from_hex(vector["hex"]).text());
        EXPECT_EQ(read_json(text).has_value(), text.starts_with('{'));
    }
    const auto lines = body_vectors();
    const auto stats = read_json(body(lines, "b015")["json"].get<std::string>());
    ASSERT_TRUE(stats.has_value());
    const JsonMember& entry = stats->find("offsetTable")->members.at(0);
    EXPECT_EQ(entry.key.find("queueId")->as_int32(), 0);
    EXPECT_EQ(entry.value.find("brokerOffset")->as_int64(), 9);
}

}  // namespace
}  // namespace brokersim::protocol
