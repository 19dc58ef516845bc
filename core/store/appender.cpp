#include "core/store/appender.h"

#include <charconv>
#include <chrono>
#include <string_view>
#include <utility>

#include "core/check.h"
#include "core/java_hash.h"
#include "core/protocol/codes.h"
#include "core/store/batch.h"
#include "core/store/properties.h"
#include "core/store/queue_builder.h"

namespace brokersim::store {
namespace {

constexpr std::size_t longest_topic = 127;
constexpr std::size_t longest_retry_topic = 255;
constexpr std::string_view retry_prefix = "%RETRY%";
constexpr std::size_t most_properties_with_crc = max_properties_size - 21;  // a separator, and the pair
/// A lock held longer than this is taken to be a fault of the clock, as in the real broker.
constexpr Duration lock_held_at_most = std::chrono::milliseconds(10'000'000);

std::int32_t record_magic(std::string_view topic, bool version_by_length) {
    // Only a topic of more than 127 bytes can have more than 127 characters.
    const bool long_topic = version_by_length && topic.size() > longest_topic && java_length(topic) > longest_topic;
    return long_topic ? magic_v2 : magic_v1;
}

bool delayed(const MessageToPut& message) {
    const auto delay = find_property(message.properties, property::delay);
    int level = 0;
    std::from_chars(delay.data(), delay.data() + delay.size(), level);
    return level > 0;
}

}  // namespace

Appender::Appender(Host& host, CommitLog& log, QueueTable& queues, const StoreConfig& config, const StoreCosts& costs,
                   AppendEvents& events)
    : host_(host), log_(log), queues_(queues), config_(config), costs_(costs), events_(events) {}

PutUnderWay& Appender::take(MessageToPut&& message, MonoTime arrived, MonoTime started,
                            Callback<void(const PutResult&)> done, LaneServer server) {
    if (free_.empty()) {
        puts_.push_back(std::make_unique<PutUnderWay>());
        free_.push_back(puts_.back().get());
    }
    PutUnderWay& put = *free_.back();
    free_.pop_back();
    ++under_way_;
    put.message = std::move(message);
    put.arrived = arrived;
    put.started = started;
    put.done = std::move(done);
    put.server = std::move(server);
    return put;
}

void Appender::put(MessageToPut&& message, MonoTime arrived, MonoTime started, Callback<void(const PutResult&)> done,
                   LaneServer server, bool writable) {
    PutUnderWay& put = take(std::move(message), arrived, started, std::move(done), std::move(server));
    put.result = {.status = check(put.message, writable)};
    if (put.result.status == PutStatus::ok) prepare(put);
    refuse_or_append(put);
}

void Appender::put_batch(MessageToPut&& batch, MonoTime arrived, MonoTime started,
                         Callback<void(const PutResult&)> done, LaneServer server, bool writable) {
    PutUnderWay& put = take(std::move(batch), arrived, started, std::move(done), std::move(server));
    put.result = {.status = check(put.message, writable)};
    if (put.result.status == PutStatus::ok) put.result.status = prepare_batch(put);
    refuse_or_append(put);
}

void Appender::refuse_or_append(PutUnderWay& put) {
    if (put.result.status != PutStatus::ok) {
        host_.paid([this, &put] { finish(put); });
        return;
    }
    host_.owe(encode_cost(put.result.size));
    host_.paid([this, &put] { log_.lock().acquire([this, &put] { locked(put); }); });
}

/// All fields but those that each message of a batch has of its own, and those that are known in the append lock only.
RecordFields Appender::fields_of(const MessageToPut& message) const {
    RecordFields fields;
    fields.magic = record_magic(message.topic, config_.autoMessageVersionOnTopicLen);
    fields.queue_id = message.queue_id;
    fields.flag = message.flag;
    fields.sys_flag = message.sys_flag;
    fields.born_timestamp = message.born_timestamp;
    fields.born_host = message.born_host;
    fields.store_host = message.store_host;
    fields.reconsume_times = message.reconsume_times;
    fields.prepared_transaction_offset = message.prepared_transaction_offset;
    fields.topic = message.topic;
    fields.property_crc = config_.enabledAppendPropCRC;
    return fields;
}

PutStatus Appender::check(const MessageToPut& message, bool writable) const {
    if (!writable) return PutStatus::service_not_available;
    const bool retry = message.topic.starts_with(retry_prefix);
    if (message.topic.size() > (retry ? longest_retry_topic : longest_topic)) return PutStatus::message_illegal;
    const Duration held = log_.lock().held() ? host_.mono_ns() - log_.lock().held_since() : Duration::zero();
    if (held > config_.osPageCacheBusyTimeOutMills && held < lock_held_at_most) return PutStatus::os_page_cache_busy;
    if (message.properties.size() > static_cast<std::size_t>(max_properties_size))
        return PutStatus::properties_size_exceeded;
    if (config_.enabledAppendPropCRC && message.properties.size() > most_properties_with_crc)
        return PutStatus::properties_size_exceeded;
    const auto body_size = static_cast<std::int64_t>(message.body.size());
    if (body_size > config_.maxMessageSize || body_size > log_.files().file_size()) return PutStatus::message_illegal;
    const bool v1 = record_magic(message.topic, config_.autoMessageVersionOnTopicLen) == magic_v1;
    return v1 && message.topic.size() > longest_topic ? PutStatus::message_illegal : PutStatus::ok;
}

void Appender::prepare(PutUnderWay& put) {
    MessageToPut& message = put.message;
    if (config_.enabledAppendPropCRC) reserve_property_crc(message.properties);
    put.fields = fields_of(message);
    put.fields.body_crc = body_crc(message.body.bytes);
    put.fields.body = message.body.bytes;
    put.fields.properties = message.properties;
    put.queue = &queues_.get(message.topic, message.queue_id);
    put.result.size = encoded_size(put.fields);
}

PutStatus Appender::prepare_batch(PutUnderWay& put) {
    const MessageToPut& message = put.message;
    const bool ordinary = (message.sys_flag & protocol::sys_flag::transaction_mask) == 0 && !delayed(message);
    const auto parts = decode_batch(message.body.bytes);
    if (!ordinary || !parts) return PutStatus::message_illegal;
    put.fields = fields_of(message);
    put.batch.clear();
    put.batch_properties.clear();
    put.batch_properties.reserve(parts->size());  // the records' views must not move
    std::int64_t size = 0;
    for (const BatchPart& part : *parts) {
        std::string& properties = put.batch_properties.emplace_back(part.properties);
        append_properties(properties, message.properties);
        if (config_.enabledAppendPropCRC) reserve_property_crc(properties);
        if (properties.size() > static_cast<std::size_t>(max_properties_size))
            return PutStatus::properties_size_exceeded;
        RecordFields& fields = put.batch.emplace_back(put.fields);
        fields.flag = part.flag;
        fields.body_crc = body_crc(part.body);
        fields.body = part.body;
        fields.properties = properties;
        size += encoded_size(fields);
    }
    if (size + blank_size > log_.files().file_size()) return PutStatus::message_illegal;
    put.queue = &queues_.get(message.topic, message.queue_id);
    put.result.size = static_cast<std::int32_t>(size);
    return PutStatus::ok;
}

void Appender::locked(PutUnderWay& put) {
    put.result.locked = host_.mono_ns();
    put.result.store_timestamp = host_.wall_ms();
    if (log_.room_ready(put.result.size)) return append(put);
    log_.when_room_ready([this, &put] { append(put); });
}

void Appender::append(PutUnderWay& put) {
    put.fields.store_timestamp = epoch_ms(put.result.store_timestamp);
    put.fields.queue_offset = takes_queue_offset(put.fields.sys_flag) ? put.queue->next_offset : 0;
    const auto outcome = put.batch.empty() ? log_.append(put.fields) : append_batch(put);
    put.result.physical_offset = {put.fields.physical_offset};
    put.result.queue_offset = {put.fields.queue_offset};
    host_.owe(append_cost(put.result.size));
    host_.paid([this, &put, outcome] { publish(put, outcome); });
}

CommitLog::Append Appender::append_batch(PutUnderWay& put) {
    std::int64_t next = put.fields.queue_offset;
    for (auto& fields : put.batch) {
        fields.store_timestamp = put.fields.store_timestamp;
        fields.queue_offset = next++;
    }
    const auto outcome = log_.append(put.batch);
    put.fields.physical_offset = put.batch.front().physical_offset;
    put.result.batch.reserve(put.batch.size());
    for (const auto& fields : put.batch) put.result.batch.push_back({fields.physical_offset});
    return outcome;
}

void Appender::publish(PutUnderWay& put, CommitLog::Append outcome) {
    log_.publish(put.fields.store_timestamp);
    if (outcome != CommitLog::Append::done) {
        log_.lock().release();
        put.result.status =
            outcome == CommitLog::Append::no_file ? PutStatus::create_mapped_file_failed : PutStatus::message_illegal;
        return finish(put);
    }
    if (put.batch.empty()) {
        if (takes_queue_offset(put.fields.sys_flag)) ++put.queue->next_offset;
        note_stored(put, put.result.queue_offset, put.result.physical_offset, put.result.size);
    } else {
        put.queue->next_offset += static_cast<std::int64_t>(put.batch.size());
        for (const auto& fields : put.batch)
            note_stored(put, {fields.queue_offset}, {fields.physical_offset}, encoded_size(fields));
    }
    log_.lock().release();
    put.server.release();
    events_.on_appended(put);
}

void Appender::note_stored(const PutUnderWay& put, QueueOffset offset, PhysicalOffset at, std::int32_t size) {
    host_.note(note::Stored{.queue = put.queue->name,
                            .offset = offset,
                            .physical_offset = at,
                            .size = size,
                            .arrived = put.arrived,
                            .started = put.started,
                            .locked = put.result.locked});
}

void Appender::finish(PutUnderWay& put) {
    // The object is free before `done` runs: what is put from there may take it.
    const PutResult result = std::move(put.result);
    auto done = std::move(put.done);
    put.message.body = {};
    put.batch.clear();
    put.server.release();
    free_.push_back(&put);
    --under_way_;
    done(result);
    if (idle()) events_.on_appender_idle();
}

}  // namespace brokersim::store
