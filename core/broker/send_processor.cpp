#include "core/broker/send_processor.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/broker/names.h"
#include "core/hex.h"
#include "core/store/properties.h"

namespace brokersim::broker {

using protocol::ResponseCode;
using protocol::SendMessageRequest;
using protocol::to_text;
using store::PutStatus;

namespace {

constexpr std::size_t most_added = 96;     // bytes that the broker commonly adds to a message's properties
constexpr std::int32_t unit_flag = 1;      // TopicSysFlag: the topic belongs to a unit
constexpr std::int32_t unit_sub_flag = 2;  // TopicSysFlag: a subscription of a unit

std::string text_of(const protocol::TopicConfig& config) {
    return fmt::format(
        "TopicConfig [topicName={}, readQueueNums={}, writeQueueNums={}, perm={}{}{}, topicFilterType=SINGLE_TAG, "
        "topicSysFlag={}, order={}, attributes={{}}]",
        config.topic, config.read_queue_nums, config.write_queue_nums,
        (config.perm & protocol::perm::read) != 0 ? 'R' : '-', (config.perm & protocol::perm::write) != 0 ? 'W' : '-',
        (config.perm & protocol::perm::inherit) != 0 ? 'X' : '-', config.topic_sys_flag, config.order);
}

/// UtilAll.timeMillisToHumanString2, for a broker whose time zone is UTC.
std::string human_time(std::int64_t ms) {
    const std::chrono::sys_time<Millis> time{Millis(ms)};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss<Millis> of_day(time - day);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02},{:03}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), of_day.hours().count(),
                       of_day.minutes().count(), of_day.seconds().count(), of_day.subseconds().count());
}

/// A process id and a constant of the process, for ids: any will do that differ between lives.
client::UniqueIds unique_ids(Host& host) {
    const std::uint64_t drawn =
        host.draw(Purpose::client_instance, text_identity(host.node_name()), host.incarnation());
    return {host.address(), static_cast<std::uint16_t>(drawn), static_cast<std::uint32_t>(drawn >> 32)};
}

}  // namespace

std::string offset_message_id(Address store_host, PhysicalOffset offset) {
    std::string id(32, '0');
    char* at = put_hex<4>(id.data(), store_host.ip);
    at = put_hex<4>(at, store_host.port);
    put_hex<8>(at, static_cast<std::uint64_t>(offset.value));
    return id;
}

SendProcessor::SendProcessor(const Surroundings& around, std::string cluster, Address address)
    : around_(around),
      cluster_(std::move(cluster)),
      address_(address),
      unique_ids_(unique_ids(around.host)),
      busy_page_cache_(around.host.name("broker.busy_page_cache")) {}

void SendProcessor::process(Request&& request, LaneServer server) {
    auto& message = get<SendMessageRequest>(request.payload);
    SentProperties met;
    auto target = admit(request, message, met);
    if (!target) {
        around_.host.owe(around_.costs.small_request);
        around_.answers.refuse_when_paid(request.origin, std::move(target.error()));
        return;
    }
    Sending sending{.origin = request.origin, .server = {}, .queue_id = target->queue_id, .transaction_id = {}};
    if (!around_.config.asyncSendEnable) sending.server = std::move(server);
    message.properties.reserve(message.properties.size() + most_added);
    if (met.unique_key_size > 0) {
        sending.transaction_id = message.properties.substr(met.unique_key_at, met.unique_key_size);
    } else if (!message.batch) {
        const auto id = unique_ids_.next(around_.host.wall_ms());
        store::append_property(message.properties, store::property::uniq_key, {id.data(), id.size()});
        sending.transaction_id = std::string(id.data(), id.size());
    }
    store::append_property(message.properties, "CLUSTER", cluster_);
    const std::string& topic = target->topic->config.topic;
    const bool batch = message.batch;
    store::MessageToPut put{.topic = message.topic == topic ? std::move(message.topic) : Text(topic),
                            .queue_id = target->queue_id,
                            .flag = message.flag,
                            .sys_flag = message.sys_flag,
                            .born_timestamp = message.born_timestamp,
                            .born_host = request.origin.peer,
                            .store_host = address_,
                            .reconsume_times = message.reconsume_times,
                            .properties = std::move(message.properties),
                            .body = std::move(message.body)};
    const std::uint32_t slot = sending_.put(std::move(sending));
    const auto done = [this, slot](const store::PutResult& result) { answer(sending_.take(slot), result); };
    const MonoTime now = around_.host.mono_ns();
    if (batch)
        around_.store.put_batch(std::move(put), request.arrived, now, done, std::move(server));
    else
        around_.store.put(std::move(put), request.arrived, now, done, std::move(server));
}

/// All that a message must pass before it is put, in the order of SendMessageProcessor. Makes its properties those that
/// are stored.
std::expected<SendProcessor::Target, Refusal> SendProcessor::admit(const Request& request, SendMessageRequest& message,
                                                                   SentProperties& met) {
    auto target = check(request, message);
    if (!target) return target;
    met = strip_properties(message.properties);
    if (message.batch) return batch_target(message, *target);
    if (message.topic.starts_with(protocol::retry_topic_prefix)) {
        target = retry_target(message, *target);
        if (!target) return target;
        if (target->topic->config.topic != message.topic) {
            store::append_property(message.properties, store::property::delay, "-1");
            met.delay_level = 0;
        }
    }
    if (met.transactional && !(message.reconsume_times > 0 && met.delay_level > 0))
        return std::unexpected(
            Refusal{ResponseCode::no_permission,
                    fmt::format("the broker[{}] sending transaction message is forbidden", to_text(address_))});
    if (met.delay_level > 0)
        return std::unexpected(Refusal{ResponseCode::message_illegal, "this broker takes no delayed messages"});
    return target;
}

/// SendMessageProcessor.sendBatchMessage: transactions and delays are left to the store.
std::expected<SendProcessor::Target, Refusal> SendProcessor::batch_target(const SendMessageRequest& message,
                                                                          Target target) const {
    if (message.topic.starts_with(protocol::retry_topic_prefix))
        return std::unexpected(Refusal{ResponseCode::message_illegal, "batch request does not support retry group "});
    return target;
}

/// AbstractSendMessageProcessor.msgCheck, in its order.
std::expected<SendProcessor::Target, Refusal> SendProcessor::check(const Request& request,
                                                                   const SendMessageRequest& message) {
    const BrokerConfig& config = around_.config;
    if (epoch_ms(around_.host.wall_ms()) < config.startAcceptSendRequestTimeStamp)
        return std::unexpected(
            Refusal{ResponseCode::system_error,
                    "broker unable to service, until " + human_time(config.startAcceptSendRequestTimeStamp)});
    Topic* topic = around_.topics.find(message.topic);
    if ((config.brokerPermission & protocol::perm::write) == 0 && topic != nullptr && topic->config.order)
        return std::unexpected(Refusal{ResponseCode::no_permission,
                                       fmt::format("the broker[{}] sending message is forbidden", to_text(address_))});
    if (topic == nullptr || !topic->takes_messages) {
        if (std::string error = topic_name_error(message.topic); !error.empty())
            return std::unexpected(Refusal{ResponseCode::invalid_parameter, std::move(error)});
        if (closed_to_senders(message.topic))
            return std::unexpected(Refusal{ResponseCode::no_permission,
                                           fmt::format("Sending message to topic[{}] is forbidden.", message.topic)});
    }
    if (topic == nullptr) {
        auto made = topic_of(message);
        if (!made) return std::unexpected(std::move(made.error()));
        topic = *made;
    }
    const auto& queues = topic->config;
    if (message.queue_id >= std::max(queues.write_queue_nums, queues.read_queue_nums))
        return std::unexpected(Refusal{ResponseCode::invalid_parameter,
                                       fmt::format("request queueId[{}] is illegal, {} Producer: {}", message.queue_id,
                                                   text_of(queues), to_text(request.origin.peer))});
    if (message.queue_id >= 0) return Target{topic, message.queue_id};
    return Target{topic, random_queue(queues.write_queue_nums)};
}

/// Makes a topic that is not there yet, if that is allowed.
std::expected<Topic*, Refusal> SendProcessor::topic_of(const SendMessageRequest& message) {
    const bool retry = message.topic.starts_with(protocol::retry_topic_prefix);
    const std::int32_t sys_flag = !message.unit_mode ? 0 : retry ? unit_sub_flag : unit_flag;
    if (Topic* made = around_.topics.create_from_template(message.topic.str(), message.default_topic.str(),
                                                          message.default_topic_queue_nums, sys_flag))
        return made;
    if (retry)
        return &around_.topics.ensure(
            {.topic = message.topic.str(), .read_queue_nums = 1, .write_queue_nums = 1, .topic_sys_flag = sys_flag});
    return std::unexpected(
        Refusal{ResponseCode::topic_not_exist, fmt::format("topic[{}] not exist, apply first please!", message.topic)});
}

/// SendMessageProcessor.handleRetryAndDLQ: what was retried too often goes to the group's dead letters.
std::expected<SendProcessor::Target, Refusal> SendProcessor::retry_target(const SendMessageRequest& message,
                                                                          Target target) {
    const std::string group = message.topic.str().substr(protocol::retry_topic_prefix.size());
    const SubscriptionGroup* known = around_.groups.find_or_create(group);
    if (known == nullptr)
        return std::unexpected(
            Refusal{ResponseCode::subscription_group_not_exist, "subscription group not exist, " + group});
    const std::int32_t most = message.max_reconsume_times >= 0 ? message.max_reconsume_times : known->retry_max_times;
    if (message.reconsume_times <= most) return target;
    Topic& dead_letters = around_.topics.ensure(
        {.topic = std::string(dlq_topic_prefix) + group, .read_queue_nums = 1, .write_queue_nums = 1});
    return Target{&dead_letters, random_queue(1)};
}

std::int32_t SendProcessor::random_queue(std::int32_t queues) {
    const std::uint64_t drawn =
        around_.host.draw(Purpose::pick_queue, text_identity(around_.host.node_name()), queues_drawn_++);
    return static_cast<std::int32_t>(below(drawn, static_cast<std::uint64_t>(std::max(queues, 1))));
}

std::string SendProcessor::message_ids(const store::PutResult& result) const {
    if (result.batch.empty()) return offset_message_id(address_, result.physical_offset);
    std::string ids;
    for (const PhysicalOffset offset : result.batch) {
        if (!ids.empty()) ids += ',';
        ids += offset_message_id(address_, offset);
    }
    return ids;
}

void SendProcessor::answer(Sending sending, const store::PutResult& result) {
    if (result.status != PutStatus::ok && result.status != PutStatus::flush_disk_timeout) {
        if (result.status == PutStatus::os_page_cache_busy) around_.host.note(note::Counted{busy_page_cache_, 1});
        around_.answers.refuse(sending.origin, refusal(result.status));
        return;
    }
    const bool flushed = result.status == PutStatus::ok;
    around_.answers.respond(sending.origin, flushed ? ResponseCode::success : ResponseCode::flush_disk_timeout, {},
                            protocol::SendMessageResponse{.msg_id = message_ids(result),
                                                          .queue_id = sending.queue_id,
                                                          .queue_offset = result.queue_offset,
                                                          .transaction_id = std::move(sending.transaction_id)});
}

/// SendMessageProcessor.handlePutMessageResult, for messages that are not stored.
Refusal SendProcessor::refusal(PutStatus status) const {
    switch (status) {
        case PutStatus::message_illegal:
        case PutStatus::properties_size_exceeded:
            return {ResponseCode::message_illegal,
                    fmt::format("the message is illegal, maybe msg body or properties length not matched. msg body "
                                "length limit {}B, msg properties length limit 32KB.",
                                around_.store_config.maxMessageSize)};
        case PutStatus::service_not_available:
            return {ResponseCode::service_not_available,
                    "service not available now. It may be caused by one of the following reasons: the broker's disk "
                    "is full, messages are put to the slave, message store has been shut down, etc."};
        case PutStatus::os_page_cache_busy:
            return {ResponseCode::system_busy, "[PC_SYNCHRONIZED]broker busy, start flow control for a while"};
        case PutStatus::create_mapped_file_failed:
            return {ResponseCode::system_error, "create mapped file failed, server is busy or broken."};
        case PutStatus::ok:
        case PutStatus::flush_disk_timeout:
            break;
    }
    BROKERSIM_CHECK(false, "status {} is no refusal", static_cast<int>(status));
}

}  // namespace brokersim::broker
