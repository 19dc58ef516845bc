#include "core/protocol/bodies.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "core/crc32.h"
#include "core/protocol/json_reader.h"
#include "core/protocol/wire_reader.h"
#include "core/whole_number.h"

namespace brokersim::protocol {

namespace {

using Result = std::expected<void, DecodeError>;

constexpr std::array<std::string_view, 2> consume_type_names = {"CONSUME_ACTIVELY", "CONSUME_PASSIVELY"};
constexpr std::array<std::string_view, 2> request_mode_names = {"PULL", "POP"};
constexpr std::array<std::string_view, 2> message_model_names = {"BROADCASTING", "CLUSTERING"};
constexpr std::array<std::string_view, 3> consume_from_where_names = {
    "CONSUME_FROM_LAST_OFFSET", "CONSUME_FROM_FIRST_OFFSET", "CONSUME_FROM_TIMESTAMP"};
// Deprecated, and all read as the last offset.
constexpr std::array<std::string_view, 3> old_consume_from_where_names = {
    "CONSUME_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST", "CONSUME_FROM_MIN_OFFSET", "CONSUME_FROM_MAX_OFFSET"};

std::unexpected<DecodeError> bad_body(std::string what) {
    return std::unexpected(DecodeError{DecodeErrorCode::bad_body, std::move(what)});
}
std::unexpected<DecodeError> unsupported(std::string what) {
    return std::unexpected(DecodeError{DecodeErrorCode::unsupported, std::move(what)});
}

std::expected<JsonValue, DecodeError> read_object(const Command& command) {
    auto value = read_json(command.body.text());
    if (!value || value->kind != JsonValue::Kind::object) return bad_body("the body is not a JSON object");
    return *std::move(value);
}

/// Reads members of one object into plain members of a struct; what is absent keeps its default.
class Members {
public:
    explicit Members(const JsonValue& object) : object_(object) {
        if (object.kind != JsonValue::Kind::object) fail("an object is something else");
    }
    const std::optional<DecodeError>& error() const { return error_; }
    Result result() const {
        if (error_) return std::unexpected(*error_);
        return {};
    }

    void get(std::string_view key, std::string& out) {
        if (const JsonValue* value = find(key, JsonValue::Kind::string)) out = value->text;
    }
    void get(std::string_view key, bool& out) { convert(key, out, &JsonValue::as_bool); }
    void get(std::string_view key, std::int32_t& out) { convert(key, out, &JsonValue::as_int32); }
    void get(std::string_view key, std::int64_t& out) { convert(key, out, &JsonValue::as_int64); }

    /// Calls `read(item) -> Result` for each item of an array.
    template <class Read>
    void each_item(std::string_view key, Read read) {
        const JsonValue* array = find(key, JsonValue::Kind::array);
        if (array == nullptr) return;
        for (const JsonValue& item : array->items) {
            if (error_) return;
            take(read(item));
        }
    }
    /// Calls `read(key, value) -> Result` for each member of an object.
    template <class Read>
    void each_member(std::string_view key, Read read) {
        const JsonValue* object = find(key, JsonValue::Kind::object);
        if (object == nullptr) return;
        for (const JsonMember& member : object->members) {
            if (error_) return;
            take(read(member.key, member.value));
        }
    }
    /// One of `names`, as its index.
    template <class Enum, std::size_t n>
    void name_of(std::string_view key, Enum& out, const std::array<std::string_view, n>& names) {
        std::string text(names[static_cast<std::size_t>(out)]);
        get(key, text);
        for (std::size_t i = 0; i < n; ++i)
            if (names[i] == text) {
                out = static_cast<Enum>(i);
                return;
            }
        if (!error_) take(unsupported(fmt::format("{} {} is not modelled", key, text)));
    }
    /// The member must be absent or `text`.
    void only(std::string_view key, std::string_view text) {
        std::string found(text);
        get(key, found);
        if (!error_ && found != text) take(unsupported(fmt::format("{} {} is not modelled", key, found)));
    }

private:
    const JsonValue* find(std::string_view key, JsonValue::Kind kind) {
        const JsonValue* value = object_.find(key);
        if (value == nullptr) return nullptr;
        if (value->kind == kind) return value;
        fail(key);
        return nullptr;
    }
    template <class T>
    void convert(std::string_view key, T& out, std::optional<T> (JsonValue::*read)() const) {
        const JsonValue* value = object_.find(key);
        if (value == nullptr) return;
        if (const auto converted = (value->*read)())
            out = *converted;
        else
            fail(key);
    }
    void take(const Result& result) {
        if (!result && !error_) error_ = result.error();
    }
    void fail(std::string_view key) { take(bad_body(fmt::format("in the body, {} is not what it should be", key))); }

    const JsonValue& object_;
    std::optional<DecodeError> error_;
};

Result read_subscription(const JsonValue& json, SubscriptionData& data) {
    Members members(json);
    members.get("topic", data.topic);
    members.get("subString", data.sub_string);
    members.get("subVersion", data.sub_version);
    members.only("expressionType", "TAG");
    members.each_item("tagsSet", [&data](const JsonValue& tag) -> Result {
        if (tag.kind != JsonValue::Kind::string) return bad_body("a tag is not a string");
        data.tags.push_back(tag.text);
        return {};
    });
    members.each_item("codeSet", [&data](const JsonValue& code) -> Result {
        const auto number = code.as_int32();
        if (!number) return bad_body("the code of a tag is not a number");
        data.codes.push_back(*number);
        return {};
    });
    return members.result();
}

Result read_consume_from_where(Members& members, ConsumeFromWhere& where) {
    std::string text(consume_from_where_name(where));
    members.get("consumeFromWhere", text);
    for (std::string_view old : old_consume_from_where_names)
        if (text == old) {
            where = ConsumeFromWhere::last_offset;
            return {};
        }
    members.name_of("consumeFromWhere", where, consume_from_where_names);
    return members.result();
}

Result read_consumer(const JsonValue& json, ConsumerData& data) {
    Members members(json);
    members.get("groupName", data.group);
    members.name_of("consumeType", data.consume_type, consume_type_names);
    members.name_of("messageModel", data.message_model, message_model_names);
    if (const Result read = read_consume_from_where(members, data.consume_from_where); !read) return read;
    members.each_item("subscriptionDataSet", [&data](const JsonValue& item) {
        return read_subscription(item, data.subscriptions.emplace_back());
    });
    return members.result();
}

Result read_message_queue(const JsonValue& json, MessageQueue& queue) {
    Members members(json);
    members.get("brokerName", queue.broker);
    members.get("queueId", queue.queue_id);
    members.get("topic", queue.topic);
    return members.result();
}

template <class Request>
Result read_queue_batch(const Command& command, Request& request) {
    const auto body = read_object(command);
    if (!body) return std::unexpected(body.error());
    Members members(*body);
    members.get("clientId", request.client_id);
    members.get("consumerGroup", request.consumer_group);
    members.get("onlyThisBroker", request.only_this_broker);
    members.each_item(
        "mqSet", [&request](const JsonValue& item) { return read_message_queue(item, request.queues.emplace_back()); });
    return members.result();
}

Result read_queue(const JsonValue& json, QueueData& data) {
    Members members(json);
    members.get("brokerName", data.broker);
    members.get("perm", data.perm);
    members.get("readQueueNums", data.read_queue_nums);
    members.get("topicSysFlag", data.topic_sys_flag);
    members.get("writeQueueNums", data.write_queue_nums);
    return members.result();
}

Result read_broker(const JsonValue& json, BrokerData& data) {
    Members members(json);
    members.get("brokerName", data.broker);
    members.get("cluster", data.cluster);
    members.each_member("brokerAddrs", [&data](const JsonValue& key, const JsonValue& value) -> Result {
        const auto id = key.as_int64();
        if (!id) return bad_body("a broker id is not a number");
        const auto address = parse_address(value.text);
        if (!address) return unsupported(fmt::format("the broker address {} is not IPv4", value.text));
        data.addresses[*id] = *address;
        return {};
    });
    return members.result();
}

Result read_topic_config(const JsonValue& key, const JsonValue& json, TopicConfig& topic) {
    topic.topic = key.text;
    Members members(json);
    members.get("order", topic.order);
    members.get("perm", topic.perm);
    members.get("readQueueNums", topic.read_queue_nums);
    members.get("topicSysFlag", topic.topic_sys_flag);
    members.get("writeQueueNums", topic.write_queue_nums);
    return members.result();
}

Result read_data_version(const JsonValue& json, DataVersion& version) {
    Members members(json);
    members.get("counter", version.counter);
    members.get("stateVersion", version.state_version);
    members.get("timestamp", version.timestamp);
    return members.result();
}

Result read_assignment(const JsonValue& json, QueueAssignment& assignment) {
    Members members(json);
    members.name_of("mode", assignment.mode, request_mode_names);
    if (members.error()) return members.result();
    const JsonValue* queue = json.find("messageQueue");
    if (queue == nullptr) return bad_body("an assignment has no messageQueue");
    Members of_queue(*queue);
    of_queue.get("brokerName", assignment.queue.broker);
    of_queue.get("queueId", assignment.queue.queue_id);
    of_queue.get("topic", assignment.queue.topic);
    return of_queue.result();
}

/// Whole records, one behind the other.
Result read_records(const Command& command, std::vector<Slice>& records) {
    WireReader reader(command.body.bytes);
    while (!reader.at_end()) {
        const auto rest = reader.rest();
        const auto size = reader.integer<std::int32_t>();
        reader.bytes(std::int64_t(size) - 4);
        if (!reader.ok()) return bad_body("the records of an answer do not add up");
        records.push_back({command.body.owner, rest.first(static_cast<std::size_t>(size))});
    }
    return {};
}

std::int64_t positive_crc32(std::span<const std::byte> bytes) { return crc32(bytes) & 0x7FFF'FFFF; }

/// A CRC in the header that is not 0 must be that of the body.
Result check_crc(const Command& command) {
    const std::string* text = command.ext("bodyCrc32");
    const auto crc = text == nullptr ? std::int64_t(0) : whole_number<std::int64_t>(*text).value_or(0);
    if (crc != 0 && crc != positive_crc32(command.body.bytes))
        return std::unexpected(DecodeError{DecodeErrorCode::crc_mismatch, "crc32 not match"});
    return {};
}

}  // namespace

std::string_view request_mode_name(RequestMode mode) { return request_mode_names[static_cast<std::size_t>(mode)]; }

std::string_view consume_type_name(ConsumeType type) { return consume_type_names[static_cast<std::size_t>(type)]; }

std::string_view message_model_name(MessageModel model) { return message_model_names[static_cast<std::size_t>(model)]; }

std::string_view consume_from_where_name(ConsumeFromWhere where) {
    return consume_from_where_names[static_cast<std::size_t>(where)];
}

std::int64_t register_body_crc(const RegisterBrokerRequest& request) {
    CountingSink counting;
    write_body(counting, request, true);
    const auto block = HeapBlock::make(counting.size());
    ByteSink sink(block->writable());
    write_body(sink, request, true);
    return positive_crc32(block->writable());
}

Result read_body(const Command& command, SendMessageRequest& request) {
    request.body = command.body;
    return {};
}

Result read_body(const Command& command, PopMessageResponse& response) {
    return read_records(command, response.records);
}

Result read_body(const Command& command, QueryAssignmentRequest& request) {
    const auto body = read_object(command);
    if (!body) return std::unexpected(body.error());
    Members members(*body);
    members.get("clientId", request.client_id);
    members.get("consumerGroup", request.consumer_group);
    members.name_of("messageModel", request.message_model, message_model_names);
    members.get("strategyName", request.strategy_name);
    members.get("topic", request.topic);
    return members.result();
}

Result read_body(const Command& command, QueryAssignmentResponse& response) {
    const auto body = read_object(command);
    if (!body) return std::unexpected(body.error());
    if (body->find("messageQueueAssignments") == nullptr) return {};
    auto assignments = std::make_shared<std::vector<QueueAssignment>>();
    Members members(*body);
    members.each_item("messageQueueAssignments", [&assignments](const JsonValue& item) {
        return read_assignment(item, assignments->emplace_back());
    });
    response.assignments = std::move(assignments);
    return members.result();
}

Result read_body(const Command& command, SetRequestModeRequest& request) {
    const auto body = read_object(command);
    if (!body) return std::unexpected(body.error());
    Members members(*body);
    members.get("consumerGroup", request.consumer_group);
    members.name_of("mode", request.mode, request_mode_names);
    members.get("popShareQueueNum", request.pop_share_queue_num);
    members.get("topic", request.topic);
    return members.result();
}

Result read_body(const Command& command, PullMessageResponse& response) {
    return read_records(command, response.records);
}

Result read_body(const Command& command, QueryMessageResponse& response) {
    return read_records(command, response.records);
}

Result read_body(const Command& command, ViewMessageResponse& response) {
    response.record = command.body;
    return {};
}

Result read_body(const Command& command, HeartbeatRequest& request) {
    const auto body = read_object(command);
    if (!body) return std::unexpected(body.error());
    auto data = std::make_shared<HeartbeatData>();
    Members members(*body);
    bool without_subscriptions = false;
    members.get("clientID", data->client_id);
    members.get("withoutSub", without_subscriptions);
    members.each_item("producerDataSet", [&data](const JsonValue& item) {
        Members producer(item);
        producer.get("groupName", data->producer_groups.emplace_back());
        return producer.result();
    });
    members.each_item("consumerDataSet",
                      [&data](const JsonValue& item) { return read_consumer(item, data->consumers.emplace_back()); });
    if (members.error()) return members.result();
    if (without_subscriptions) return unsupported("a heartbeat that only repeats its fingerprint is not modelled");
    request.data = std::move(data);
    return {};
}

Result read_body(const Command& command, GetConsumerListResponse& response) {
    const auto body = read_object(command);
    if (!body) return std::unexpected(body.error());
    auto list = std::make_shared<MemberList>();
    Members members(*body);
    members.each_item("consumerIdList", [&list](const JsonValue& item) -> Result {
        if (item.kind != JsonValue::Kind::string) return bad_body("a client id is not a string");
        list->client_ids.push_back(item.text);
        return {};
    });
    response.members = std::move(list);
    return members.result();
}

Result read_body(const Command& command, LockBatchRequest& request) { return read_queue_batch(command, request); }

Result read_body(const Command& command, UnlockBatchRequest& request) { return read_queue_batch(command, request); }

Result read_body(const Command& command, LockBatchResponse& response) {
    const auto body = read_object(command);
    if (!body) return std::unexpected(body.error());
    Members members(*body);
    members.each_item("lockOKMQSet", [&response](const JsonValue& item) {
        return read_message_queue(item, response.locked.emplace_back());
    });
    return members.result();
}

Result read_body(const Command& command, GetRouteResponse& response) {
    const auto body = read_object(command);
    if (!body) return std::unexpected(body.error());
    auto route = std::make_shared<TopicRouteData>();
    Members members(*body);
    members.each_item("queueDatas",
                      [&route](const JsonValue& item) { return read_queue(item, route->queues.emplace_back()); });
    members.each_item("brokerDatas",
                      [&route](const JsonValue& item) { return read_broker(item, route->brokers.emplace_back()); });
    response.route = std::move(route);
    return members.result();
}

Result read_body(const Command& command, RegisterBrokerRequest& request) {
    if (const Result checked = check_crc(command); !checked) return checked;
    const auto body = read_object(command);
    if (!body) return std::unexpected(body.error());
    const JsonValue* wrapper = body->find("topicConfigSerializeWrapper");
    if (wrapper == nullptr) return bad_body("the registration has no topicConfigSerializeWrapper");
    auto topics = std::make_shared<std::vector<TopicConfig>>();
    Members members(*wrapper);
    members.each_member("topicConfigTable", [&topics](const JsonValue& key, const JsonValue& value) {
        return read_topic_config(key, value, topics->emplace_back());
    });
    if (members.error()) return members.result();
    request.topics = std::move(topics);
    const JsonValue* version = wrapper->find("dataVersion");
    return version == nullptr ? Result() : read_data_version(*version, request.data_version);
}

}  // namespace brokersim::protocol
