#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include <fmt/format.h>

#include "core/protocol/bodies.h"
#include "core/protocol/command.h"
#include "core/protocol/messages.h"
#include "core/whole_number.h"

/// Which ext fields each payload has. One description serves for writing (both formats, and counting) and for reading.
namespace brokersim::protocol {

/// Writes the described fields. `Out` is JsonFields or BinaryFields.
template <class Out>
class FieldWriter {
public:
    explicit FieldWriter(Out& out) : out_(out) {}

    /// Written always; when it is read, it must be there.
    template <class T>
    void required(std::string_view key, const T& value) {
        put(key, value);
    }
    /// Written always; when it is absent, the member keeps its default.
    template <class T>
    void optional(std::string_view key, const T& value) {
        put(key, value);
    }
    /// Left out when it has the value `absent`, which is also the member's default.
    template <class T, class Absent>
    void unless(std::string_view key, const T& value, const Absent& absent) {
        if (value != absent) put(key, value);
    }
    /// Written always, not read.
    void constant(std::string_view key, std::string_view text) { out_.put(key, text); }
    /// Written always; anything else is legal, but not modelled.
    void only(std::string_view key, std::string_view text) { out_.put(key, text); }
    /// Not written; anything else is legal, but not modelled.
    void absent_or(std::string_view, std::string_view) {}
    static constexpr bool writing = true;

private:
    void put(std::string_view key, const std::string& value) { out_.put(key, std::string_view(value)); }
    void put(std::string_view key, const Text& value) { out_.put(key, value.view()); }
    void put(std::string_view key, bool value) { out_.put(key, value); }
    void put(std::string_view key, std::int32_t value) { out_.put(key, std::int64_t(value)); }
    void put(std::string_view key, std::int64_t value) { out_.put(key, value); }
    void put(std::string_view key, QueueOffset value) { out_.put(key, value.value); }
    void put(std::string_view key, Address value) { out_.put(key, std::string_view(to_text(value))); }

    Out& out_;
};

/// Reads the described fields from a command; keeps the first error.
class FieldReader {
public:
    explicit FieldReader(const Command& command) : command_(command) {}
    const std::optional<DecodeError>& error() const { return error_; }

    template <class T>
    void required(std::string_view key, T& value) {
        if (!take(key, value)) fail(DecodeErrorCode::bad_field, fmt::format("the field {} is missing", key));
    }
    template <class T>
    void optional(std::string_view key, T& value) {
        take(key, value);
    }
    template <class T, class Absent>
    void unless(std::string_view key, T& value, const Absent&) {
        take(key, value);
    }
    void constant(std::string_view, std::string_view) {}
    void only(std::string_view key, std::string_view text) {
        if (const std::string* found = command_.ext(key); found != nullptr && *found != text)
            fail(DecodeErrorCode::unsupported, fmt::format("{} {} is not modelled", key, *found));
    }
    void absent_or(std::string_view key, std::string_view text) { only(key, text); }
    static constexpr bool writing = false;

private:
    /// False if the field is not there.
    template <class T>
    bool take(std::string_view key, T& value) {
        const std::string* text = command_.ext(key);
        if (text == nullptr) return false;
        if (!parse(*text, value))
            fail(DecodeErrorCode::bad_field, fmt::format("the field {} does not read as its type: {}", key, *text));
        return true;
    }
    static bool parse(const std::string& text, std::string& value) {
        value = text;
        return true;
    }
    static bool parse(const std::string& text, Text& value) {
        value = text;
        return true;
    }
    static bool parse(const std::string& text, bool& value);
    template <std::integral Integer>
    static bool parse(const std::string& text, Integer& value) {
        const auto number = whole_number<Integer>(text);
        if (number) value = *number;
        return number.has_value();
    }
    static bool parse(const std::string& text, QueueOffset& value) { return parse(text, value.value); }
    static bool parse(const std::string& text, Address& value);
    void fail(DecodeErrorCode code, std::string what);

    const Command& command_;
    std::optional<DecodeError> error_;
};

template <class M, class T>
concept Is = std::same_as<std::remove_const_t<M>, T>;

/// The long names of SEND_MESSAGE, the letters of SEND_MESSAGE_V2 and SEND_BATCH_MESSAGE.
struct SendFieldNames {
    std::string_view producer_group, topic, default_topic, default_topic_queue_nums, queue_id, sys_flag, born_timestamp,
        flag, properties, reconsume_times, unit_mode, max_reconsume_times, batch;
};
inline constexpr SendFieldNames send_field_names{
    "producerGroup", "topic", "defaultTopic", "defaultTopicQueueNums", "queueId",  "sysFlag",
    "bornTimestamp", "flag",  "properties",   "reconsumeTimes",        "unitMode", "maxReconsumeTimes",
    "batch"};
inline constexpr SendFieldNames send_field_letters{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m"};

template <class F, Is<SendMessageRequest> M>
void send_fields(F& fields, M& m, const SendFieldNames& names) {
    fields.required(names.producer_group, m.producer_group);
    fields.required(names.topic, m.topic);
    fields.required(names.default_topic, m.default_topic);
    fields.required(names.default_topic_queue_nums, m.default_topic_queue_nums);
    fields.required(names.queue_id, m.queue_id);
    fields.required(names.sys_flag, m.sys_flag);
    fields.required(names.born_timestamp, m.born_timestamp);
    fields.required(names.flag, m.flag);
    fields.optional(names.properties, m.properties);
    fields.optional(names.reconsume_times, m.reconsume_times);
    fields.optional(names.unit_mode, m.unit_mode);
    fields.unless(names.max_reconsume_times, m.max_reconsume_times, -1);
    fields.optional(names.batch, m.batch);
}

template <class F, Is<SendMessageRequest> M>
void describe(F& fields, M& m) {
    send_fields(fields, m, send_field_letters);
}

template <class F, Is<SendMessageResponse> M>
void describe(F& fields, M& m) {
    fields.required("msgId", m.msg_id);
    fields.required("queueId", m.queue_id);
    fields.required("queueOffset", m.queue_offset);
    fields.unless("transactionId", m.transaction_id, std::string_view());
    fields.constant("MSG_REGION", "DefaultRegion");
    fields.constant("TRACE_ON", "true");
}

template <class F, Is<PullMessageRequest> M>
void describe(F& fields, M& m) {
    fields.required("consumerGroup", m.consumer_group);
    fields.required("topic", m.topic);
    fields.required("queueId", m.queue_id);
    fields.required("queueOffset", m.queue_offset);
    fields.required("maxMsgNums", m.max_msg_nums);
    fields.required("sysFlag", m.sys_flag);
    fields.required("commitOffset", m.commit_offset);
    fields.required("suspendTimeoutMillis", m.suspend_timeout_ms);
    fields.required("subVersion", m.sub_version);
    fields.unless("subscription", m.subscription, std::string_view());
    fields.unless("maxMsgBytes", m.max_msg_bytes, -1);
    fields.only("expressionType", "TAG");
}

template <class F, Is<PullMessageResponse> M>
void describe(F& fields, M& m) {
    fields.required("suggestWhichBrokerId", m.suggest_which_broker_id);
    fields.required("nextBeginOffset", m.next_begin_offset);
    fields.required("minOffset", m.min_offset);
    fields.required("maxOffset", m.max_offset);
}

template <class F, Is<QueryConsumerOffsetRequest> M>
void describe(F& fields, M& m) {
    fields.required("consumerGroup", m.consumer_group);
    fields.required("topic", m.topic);
    fields.required("queueId", m.queue_id);
    fields.absent_or("setZeroIfNotFound", "true");
}

template <class F, Is<UpdateConsumerOffsetRequest> M>
void describe(F& fields, M& m) {
    fields.required("consumerGroup", m.consumer_group);
    fields.required("topic", m.topic);
    fields.required("queueId", m.queue_id);
    fields.required("commitOffset", m.commit_offset);
}

template <class F, class M>
    requires Is<M, GetMaxOffsetRequest> || Is<M, GetMinOffsetRequest>
void describe(F& fields, M& m) {
    fields.required("topic", m.topic);
    fields.required("queueId", m.queue_id);
}

template <class F, Is<SearchOffsetRequest> M>
void describe(F& fields, M& m) {
    fields.required("topic", m.topic);
    fields.required("queueId", m.queue_id);
    fields.required("timestamp", m.timestamp);
    fields.absent_or("boundaryType", "LOWER");
}

template <class F, Is<OffsetResponse> M>
void describe(F& fields, M& m) {
    fields.required("offset", m.offset);
}

template <class F, Is<QueryMessageRequest> M>
void describe(F& fields, M& m) {
    fields.required("topic", m.topic);
    fields.required("key", m.key);
    fields.required("maxNum", m.max_num);
    fields.required("beginTimestamp", m.begin_timestamp);
    fields.required("endTimestamp", m.end_timestamp);
    fields.optional("_UNIQUE_KEY_QUERY", m.unique_key);
}

template <class F, Is<QueryMessageResponse> M>
void describe(F& fields, M& m) {
    fields.required("indexLastUpdateTimestamp", m.index_last_timestamp);
    fields.required("indexLastUpdatePhyoffset", m.index_last_offset);
}

template <class F, Is<ViewMessageRequest> M>
void describe(F& fields, M& m) {
    fields.unless("topic", m.topic, std::string_view());
    fields.required("offset", m.offset);
}

template <class F, Is<UnregisterClientRequest> M>
void describe(F& fields, M& m) {
    fields.required("clientID", m.client_id);
    fields.unless("producerGroup", m.producer_group, std::string_view());
    fields.unless("consumerGroup", m.consumer_group, std::string_view());
}

template <class F, class M>
    requires Is<M, GetConsumerListRequest> || Is<M, NotifyConsumerIdsChanged>
void describe(F& fields, M& m) {
    fields.required("consumerGroup", m.consumer_group);
}

template <class F, Is<GetRouteRequest> M>
void describe(F& fields, M& m) {
    fields.required("topic", m.topic);
}

template <class F, Is<RegisterBrokerRequest> M>
void describe(F& fields, M& m) {
    fields.required("brokerName", m.broker);
    fields.required("brokerAddr", m.address);
    fields.required("clusterName", m.cluster);
    fields.required("haServerAddr", m.ha_server);
    fields.required("brokerId", m.broker_id);
    fields.unless("heartbeatTimeoutMillis", m.heartbeat_timeout_ms, 0);
    fields.only("compressed", "false");
    if constexpr (F::writing) fields.required("bodyCrc32", register_body_crc(m));
}

template <class F, Is<RegisterBrokerResponse> M>
void describe(F& fields, M& m) {
    fields.unless("haServerAddr", m.ha_server, std::string_view());
    fields.unless("masterAddr", m.master, std::string_view());
}

template <class F, Is<UnregisterBrokerRequest> M>
void describe(F& fields, M& m) {
    fields.required("brokerName", m.broker);
    fields.required("brokerAddr", m.address);
    fields.required("clusterName", m.cluster);
    fields.required("brokerId", m.broker_id);
}

/// These say everything in their body, or nothing at all.
template <class F, class M>
    requires Is<M, Empty> || Is<M, ViewMessageResponse> || Is<M, HeartbeatRequest> || Is<M, GetConsumerListResponse> ||
             Is<M, GetRouteResponse> || Is<M, LockBatchRequest> || Is<M, LockBatchResponse> || Is<M, UnlockBatchRequest>
void describe(F&, M&) {}

}  // namespace brokersim::protocol
