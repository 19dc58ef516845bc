#pragma once

#include <cstdint>
#include <expected>
#include <type_traits>

#include "core/bytes.h"
#include "core/check.h"
#include "core/protocol/command.h"
#include "core/protocol/messages.h"
#include "core/protocol/pop_messages.h"
#include "core/protocol/sink.h"

/// Bodies of commands: bytes as they are, or JSON as fastjson writes it (keys in alphabetical order).
namespace brokersim::protocol {

/// CRC-32 of a registration's body without its sign bit, as RocketMQ's header carries it.
std::int64_t register_body_crc(const RegisterBrokerRequest& request);

// The readers fill the member that the body holds; all other members are left alone.
std::expected<void, DecodeError> read_body(const Command& command, SendMessageRequest& request);
std::expected<void, DecodeError> read_body(const Command& command, PullMessageResponse& response);
std::expected<void, DecodeError> read_body(const Command& command, QueryMessageResponse& response);
std::expected<void, DecodeError> read_body(const Command& command, ViewMessageResponse& response);
std::expected<void, DecodeError> read_body(const Command& command, HeartbeatRequest& request);
std::expected<void, DecodeError> read_body(const Command& command, GetConsumerListResponse& response);
std::expected<void, DecodeError> read_body(const Command& command, LockBatchRequest& request);
std::expected<void, DecodeError> read_body(const Command& command, LockBatchResponse& response);
std::expected<void, DecodeError> read_body(const Command& command, UnlockBatchRequest& request);
std::expected<void, DecodeError> read_body(const Command& command, GetRouteResponse& response);
std::expected<void, DecodeError> read_body(const Command& command, RegisterBrokerRequest& request);
std::expected<void, DecodeError> read_body(const Command& command, PopMessageResponse& response);
std::expected<void, DecodeError> read_body(const Command& command, QueryAssignmentRequest& request);
std::expected<void, DecodeError> read_body(const Command& command, QueryAssignmentResponse& response);
std::expected<void, DecodeError> read_body(const Command& command, SetRequestModeRequest& request);
/// Everything else has no body, and what comes as one is ignored.
template <class Message>
std::expected<void, DecodeError> read_body(const Command&, Message&) {
    return {};
}

std::string_view request_mode_name(RequestMode mode);
std::string_view consume_type_name(ConsumeType type);
std::string_view message_model_name(MessageModel model);
std::string_view consume_from_where_name(ConsumeFromWhere where);

/// Writes `items` as a JSON array, each by `write(item)`.
template <class Sink, class Items, class Write>
void write_array(Sink& sink, const Items& items, Write write) {
    sink.text("[");
    bool first = true;
    for (const auto& item : items) {
        if (!first) sink.text(",");
        first = false;
        write(item);
    }
    sink.text("]");
}

template <class Sink>
void write_string(Sink& sink, std::string_view text) {
    sink.text("\"");
    sink.escaped(text);
    sink.text("\"");
}

template <class Sink>
void write_subscription(Sink& sink, const SubscriptionData& data) {
    sink.text("{\"classFilterMode\":false,\"codeSet\":");
    write_array(sink, data.codes, [&sink](std::int32_t code) { sink.decimal(code); });
    sink.text(",\"expressionType\":\"TAG\",\"subString\":");
    write_string(sink, data.sub_string);
    sink.text(",\"subVersion\":");
    sink.decimal(data.sub_version);
    sink.text(",\"tagsSet\":");
    write_array(sink, data.tags, [&sink](const std::string& tag) { write_string(sink, tag); });
    sink.text(",\"topic\":");
    write_string(sink, data.topic);
    sink.text("}");
}

template <class Sink>
void write_consumer(Sink& sink, const ConsumerData& data) {
    sink.text("{\"consumeFromWhere\":");
    write_string(sink, consume_from_where_name(data.consume_from_where));
    sink.text(",\"consumeType\":");
    write_string(sink, consume_type_name(data.consume_type));
    sink.text(",\"groupName\":");
    write_string(sink, data.group);
    sink.text(",\"messageModel\":");
    write_string(sink, message_model_name(data.message_model));
    sink.text(",\"subscriptionDataSet\":");
    write_array(sink, data.subscriptions, [&sink](const SubscriptionData& item) { write_subscription(sink, item); });
    sink.text(",\"unitMode\":false}");
}

template <class Sink>
void write_topic_config(Sink& sink, const TopicConfig& topic) {
    sink.text("{\"attributes\":{},\"order\":");
    sink.text(topic.order ? "true" : "false");
    sink.text(",\"perm\":");
    sink.decimal(topic.perm);
    sink.text(",\"readQueueNums\":");
    sink.decimal(topic.read_queue_nums);
    sink.text(",\"topicFilterType\":\"SINGLE_TAG\",\"topicName\":");
    write_string(sink, topic.topic);
    sink.text(",\"topicSysFlag\":");
    sink.decimal(topic.topic_sys_flag);
    sink.text(",\"writeQueueNums\":");
    sink.decimal(topic.write_queue_nums);
    sink.text("}");
}

template <class Sink>
void write_data_version(Sink& sink, const DataVersion& version) {
    sink.text("{\"counter\":");
    sink.decimal(version.counter);
    sink.text(",\"stateVersion\":");
    sink.decimal(version.state_version);
    sink.text(",\"timestamp\":");
    sink.decimal(version.timestamp);
    sink.text("}");
}

template <class Sink>
void write_broker(Sink& sink, const BrokerData& data, bool quoted_integer_keys) {
    const std::string_view quote = quoted_integer_keys ? "\"" : "";
    sink.text("{\"brokerAddrs\":{");
    bool first = true;
    for (const auto& [id, address] : data.addresses) {
        if (!first) sink.text(",");
        first = false;
        sink.text(quote);
        sink.decimal(id);
        sink.text(quote);
        sink.text(":");
        write_string(sink, to_text(address));
    }
    sink.text("},\"brokerName\":");
    write_string(sink, data.broker);
    sink.text(",\"cluster\":");
    write_string(sink, data.cluster);
    sink.text(",\"enableActingMaster\":false}");
}

template <class Sink>
void write_queue(Sink& sink, const QueueData& data) {
    sink.text("{\"brokerName\":");
    write_string(sink, data.broker);
    sink.text(",\"perm\":");
    sink.decimal(data.perm);
    sink.text(",\"readQueueNums\":");
    sink.decimal(data.read_queue_nums);
    sink.text(",\"topicSysFlag\":");
    sink.decimal(data.topic_sys_flag);
    sink.text(",\"writeQueueNums\":");
    sink.decimal(data.write_queue_nums);
    sink.text("}");
}

template <class Sink>
void write_message_queue(Sink& sink, const MessageQueue& queue) {
    sink.text("{\"brokerName\":");
    write_string(sink, queue.broker);
    sink.text(",\"queueId\":");
    sink.decimal(queue.queue_id);
    sink.text(",\"topic\":");
    write_string(sink, queue.topic);
    sink.text("}");
}

// --- whole bodies; `quoted_integer_keys` matters for routes only -------------------------------------------

template <class Sink>
void write_body(Sink& sink, const SendMessageRequest& request, bool) {
    sink.bytes(request.body.bytes);
}

template <class Sink>
void write_body(Sink& sink, const PullMessageResponse& response, bool) {
    for (const Slice& record : response.records) sink.bytes(record.bytes);
}

template <class Sink>
void write_body(Sink& sink, const QueryMessageResponse& response, bool) {
    for (const Slice& record : response.records) sink.bytes(record.bytes);
}

template <class Sink>
void write_body(Sink& sink, const ViewMessageResponse& response, bool) {
    sink.bytes(response.record.bytes);
}

/// HeartbeatData.
template <class Sink>
void write_body(Sink& sink, const HeartbeatRequest& request, bool) {
    BROKERSIM_CHECK(request.data != nullptr, "a heartbeat without data");
    sink.text("{\"clientID\":");
    write_string(sink, request.data->client_id);
    sink.text(",\"consumerDataSet\":");
    write_array(sink, request.data->consumers, [&sink](const ConsumerData& item) { write_consumer(sink, item); });
    sink.text(",\"heartbeatFingerprint\":0,\"producerDataSet\":");
    write_array(sink, request.data->producer_groups, [&sink](const std::string& group) {
        sink.text("{\"groupName\":");
        write_string(sink, group);
        sink.text("}");
    });
    sink.text(",\"withoutSub\":false}");
}

/// GetConsumerListByGroupResponseBody.
template <class Sink>
void write_body(Sink& sink, const GetConsumerListResponse& response, bool) {
    BROKERSIM_CHECK(response.members != nullptr, "a consumer list without a list");
    const auto write = [&members = *response.members](auto& to) {
        to.text("{\"consumerIdList\":");
        write_array(to, members.client_ids, [&to](const std::string& id) { write_string(to, id); });
        to.text("}");
    };
    if constexpr (std::is_same_v<Sink, CountingSink>)
        sink.skip(response.members->body_size.get([&write] {
            CountingSink counted;
            write(counted);
            return counted.size();
        }));
    else
        write(sink);
}

/// LockBatchRequestBody and UnlockBatchRequestBody.
template <class Sink, class Request>
    requires std::is_same_v<Request, LockBatchRequest> || std::is_same_v<Request, UnlockBatchRequest>
void write_body(Sink& sink, const Request& request, bool) {
    sink.text("{\"clientId\":");
    write_string(sink, request.client_id);
    sink.text(",\"consumerGroup\":");
    write_string(sink, request.consumer_group);
    sink.text(",\"mqSet\":");
    write_array(sink, request.queues, [&sink](const MessageQueue& queue) { write_message_queue(sink, queue); });
    sink.text(",\"onlyThisBroker\":");
    sink.text(request.only_this_broker ? "true}" : "false}");
}

/// LockBatchResponseBody.
template <class Sink>
void write_body(Sink& sink, const LockBatchResponse& response, bool) {
    sink.text("{\"lockOKMQSet\":");
    write_array(sink, response.locked, [&sink](const MessageQueue& queue) { write_message_queue(sink, queue); });
    sink.text("}");
}

/// TopicRouteData.
template <class Sink>
void write_body(Sink& sink, const GetRouteResponse& response, bool quoted_integer_keys) {
    BROKERSIM_CHECK(response.route != nullptr, "a route answer without a route");
    sink.text("{\"brokerDatas\":");
    write_array(sink, response.route->brokers,
                [&](const BrokerData& item) { write_broker(sink, item, quoted_integer_keys); });
    sink.text(",\"filterServerTable\":{},\"queueDatas\":");
    write_array(sink, response.route->queues, [&sink](const QueueData& item) { write_queue(sink, item); });
    sink.text("}");
}

/// RegisterBrokerBody, not compressed, with 5.x's (empty) tables of static topics.
template <class Sink>
void write_body(Sink& sink, const RegisterBrokerRequest& request, bool) {
    BROKERSIM_CHECK(request.topics != nullptr, "a registration without topics");
    sink.text("{\"filterServerList\":[],\"topicConfigSerializeWrapper\":{\"dataVersion\":");
    write_data_version(sink, request.data_version);
    sink.text(",\"mappingDataVersion\":");
    write_data_version(sink, request.data_version);
    sink.text(",\"topicConfigTable\":{");
    bool first = true;
    for (const TopicConfig& topic : *request.topics) {
        if (!first) sink.text(",");
        first = false;
        write_string(sink, topic.topic);
        sink.text(":");
        write_topic_config(sink, topic);
    }
    sink.text("},\"topicQueueMappingDetailMap\":{},\"topicQueueMappingInfoMap\":{}}}");
}

template <class Sink>
void write_body(Sink& sink, const PopMessageResponse& response, bool) {
    for (const Slice& record : response.records) sink.bytes(record.bytes);
}

/// QueryAssignmentRequestBody.
template <class Sink>
void write_body(Sink& sink, const QueryAssignmentRequest& request, bool) {
    sink.text("{\"clientId\":");
    write_string(sink, request.client_id);
    sink.text(",\"consumerGroup\":");
    write_string(sink, request.consumer_group);
    sink.text(",\"messageModel\":");
    write_string(sink, message_model_name(request.message_model));
    sink.text(",\"strategyName\":");
    write_string(sink, request.strategy_name);
    sink.text(",\"topic\":");
    write_string(sink, request.topic);
    sink.text("}");
}

/// QueryAssignmentResponseBody.
template <class Sink>
void write_body(Sink& sink, const QueryAssignmentResponse& response, bool) {
    sink.text("{");
    if (response.assignments != nullptr) {
        sink.text("\"messageQueueAssignments\":");
        write_array(sink, *response.assignments, [&sink](const QueueAssignment& assignment) {
            sink.text("{\"messageQueue\":{\"brokerName\":");
            write_string(sink, assignment.queue.broker);
            sink.text(",\"queueId\":");
            sink.decimal(assignment.queue.queue_id);
            sink.text(",\"topic\":");
            write_string(sink, assignment.queue.topic);
            sink.text("},\"mode\":");
            write_string(sink, request_mode_name(assignment.mode));
            sink.text("}");
        });
    }
    sink.text("}");
}

/// SetMessageRequestModeRequestBody.
template <class Sink>
void write_body(Sink& sink, const SetRequestModeRequest& request, bool) {
    sink.text("{\"consumerGroup\":");
    write_string(sink, request.consumer_group);
    sink.text(",\"mode\":");
    write_string(sink, request_mode_name(request.mode));
    sink.text(",\"popShareQueueNum\":");
    sink.decimal(request.pop_share_queue_num);
    sink.text(",\"topic\":");
    write_string(sink, request.topic);
    sink.text("}");
}

/// Everything else has no body.
template <class Sink, class Message>
void write_body(Sink&, const Message&, bool) {}

}  // namespace brokersim::protocol
