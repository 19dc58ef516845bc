#include "core/client/producer.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/check.h"
#include "core/client/select_queue.h"
#include "core/store/properties.h"

namespace brokersim::client {
namespace {

using protocol::CallError;
using protocol::CallResult;
using protocol::Frame;
using protocol::ResponseCode;

// Bytes that the client, and then a broker, commonly add to a message's properties: room for both is made once.
constexpr std::size_t most_added = 160;

constexpr std::int32_t code(ResponseCode which) { return static_cast<std::int32_t>(which); }

// DefaultMQProducer.retryResponseCodes: TOPIC_NOT_EXIST, SERVICE_NOT_AVAILABLE, SYSTEM_ERROR, SYSTEM_BUSY,
// NO_PERMISSION, NO_BUYER_ID, NOT_IN_CURRENT_UNIT, GO_AWAY.
constexpr std::int32_t retried_codes[] = {17, 14, 1, 2, 16, 204, 205, 1500};

bool is_retried(std::int32_t answered) {
    return std::find(std::begin(retried_codes), std::end(retried_codes), answered) != std::end(retried_codes);
}

std::optional<SendStatus> stored_status(std::int32_t answered) {
    switch (static_cast<ResponseCode>(answered)) {
        case ResponseCode::success:
            return SendStatus::ok;
        case ResponseCode::flush_disk_timeout:
            return SendStatus::flush_disk_timeout;
        case ResponseCode::flush_slave_timeout:
            return SendStatus::flush_slave_timeout;
        case ResponseCode::slave_not_available:
            return SendStatus::slave_not_available;
        default:
            return std::nullopt;
    }
}

}  // namespace

/// TopicPublishInfo: the queues of one version of a topic's route, and the round-robin index into them.
struct Producer::PublishInfo {
    std::vector<PublishQueue> queues;
    std::uint32_t index = 0;  // ThreadLocalIndex: counts up within 31 bits
};

struct Producer::Topic {
    Text name;
    std::shared_ptr<PublishInfo> info;  // null until a route is known
    std::vector<Send*> waiting;         // for the route
    bool looking_up = false;
};

/// One send() from its call to its outcome.
struct Producer::Send {
    OutgoingMessage message;
    SendCallback done;
    Topic* topic = nullptr;
    std::shared_ptr<PublishInfo> info;     // as it was when the first try began
    const PublishQueue* chosen = nullptr;  // into `info`; for further async tries only its broker counts
    std::int32_t queue_id = 0;             // that the request names
    std::array<char, 32> id;
    std::int64_t began_ms = 0;  // wall clock: as the real client, a send trusts it
    std::int64_t tried_ms = 0;
    std::optional<SendStatus>
        stored;  // an answer that was not quite what was wanted (retryAnotherBrokerWhenNotStoreOK)
    std::optional<protocol::MessageQueue> elsewhere;  // an async retry's queue, if the route has no such queue
    SendStatus failure = SendStatus::unreachable;     // of the last try
    SendResult result;
};

Producer::Producer(Host& host, ProducerOptions options)
    : host_(host),
      options_(std::move(options)),
      group_(options_.group),
      default_topic_(options_.config.createTopicKey),
      identity_(life_identity(host)),
      instance_(host, *this, options_.config, options_.name_servers),
      ids_(host.address(), instance_.process_id(),
           static_cast<std::uint32_t>(host.draw(Purpose::client_instance, identity_, 2) >> 32)),
      retries_(host.name("producer.retries")) {
    BROKERSIM_CHECK(!options_.group.empty(), "a producer on {} has no group", host.node_name());
}

Producer::~Producer() = default;

void Producer::start() {
    instance_.start();
    fetch_routes(0);
}

void Producer::fetch_routes(std::size_t index) {
    if (index == options_.topics.size()) {
        instance_.heartbeat([](bool) {});
        return;
    }
    topic_of(options_.topics[index]);
    instance_.update_route(options_.topics[index], [this, index](bool) { fetch_routes(index + 1); });
}

void Producer::shutdown(Task done) {
    BROKERSIM_CHECK(!stopped_, "{} was shut down twice", host_.node_name());
    stopped_ = true;
    instance_.stop();
    instance_.unregister(options_.group, "", [this, done = std::move(done)]() mutable {
        instance_.remoting().close_all();
        done();
    });
}

// --- routes ---------------------------------------------------------------------------------------------------------

std::vector<std::string> Producer::route_topics() const {
    // The default topic is among them from the start (DefaultMQProducerImpl.start), and so its brokers get heartbeats.
    std::vector<std::string> names;
    for (const auto& [name, topic] : topics_) names.push_back(name);
    if (!topics_.contains(options_.config.createTopicKey)) names.push_back(options_.config.createTopicKey);
    std::sort(names.begin(), names.end());
    return names;
}

void Producer::describe(protocol::HeartbeatData& heartbeat) const {
    heartbeat.producer_groups.push_back(options_.group);
}

void Producer::route_changed(const std::string& topic, const RoutePtr& route) {
    const auto found = topics_.find(topic);
    if (found == topics_.end()) return;
    auto info = std::make_shared<PublishInfo>();
    for (auto& queue : writable_queues(topic, *route)) {
        const NameId name = host_.name(protocol::queue_name(queue));
        const Replicas& broker = instance_.replicas(queue.broker);
        info->queues.push_back({std::move(queue), name, broker});
    }
    info->index = static_cast<std::uint32_t>(below(host_.draw(Purpose::pick_queue, identity_, draws_++), 1U << 31));
    found->second->info = std::move(info);
}

Producer::Topic& Producer::topic_of(const Text& name) {
    if (last_topic_ != nullptr && last_topic_->name == name) return *last_topic_;
    const std::string key = name.str();
    auto& topic = topics_[key];
    if (topic == nullptr) {
        topic = std::make_unique<Topic>();
        topic->name = name;
        if (const RoutePtr route = instance_.routes().find(key)) route_changed(key, route);
    }
    last_topic_ = topic.get();
    return *topic;
}

// tryToFindTopicPublishInfo: the topic itself, then what the default topic promises for one that is to be made.
void Producer::look_up(Topic& topic) {
    if (std::exchange(topic.looking_up, true)) return;
    instance_.update_route(topic.name.str(), [this, &topic](bool) {
        if (topic.info != nullptr) {
            looked_up(topic);
            return;
        }
        instance_.update_route_by_default_topic(topic.name.str(),
                                                static_cast<std::int32_t>(options_.config.defaultTopicQueueNums),
                                                [this, &topic](bool) { looked_up(topic); });
    });
}

void Producer::looked_up(Topic& topic) {
    topic.looking_up = false;
    for (Send* send : std::exchange(topic.waiting, {})) begin(*send);
}

// --- sending --------------------------------------------------------------------------------------------------------

void Producer::send(OutgoingMessage message, SendCallback done) {
    if (free_sends_.empty()) {
        sends_.push_back(std::make_unique<Send>());
        free_sends_.push_back(sends_.back().get());
    }
    Send& send = *free_sends_.back();
    free_sends_.pop_back();
    ++under_way_;
    send.message = std::move(message);
    send.done = std::move(done);
    in_send_ = true;
    accept(send);
    in_send_ = false;
}

void Producer::accept(Send& send) {
    send.topic = nullptr;
    send.chosen = nullptr;
    send.stored.reset();
    send.elsewhere.reset();
    send.failure = SendStatus::unreachable;
    send.result = {};
    const WallTime now = host_.wall_ms();
    send.began_ms = epoch_ms(now);
    const auto body_size = static_cast<std::int64_t>(send.message.body.size());
    if (stopped_) {
        finish(send, SendStatus::unreachable);
    } else if (send.message.topic.empty() || body_size == 0 || body_size > options_.config.maxMessageSize) {
        send.result.code = code(ResponseCode::message_illegal);  // Validators.checkMessage
        finish(send, SendStatus::rejected);
    } else {
        send.id = ids_.next(now);
        send.topic = &topic_of(send.message.topic);
        if (send.topic->info != nullptr && !send.topic->info->queues.empty()) {
            begin(send);
        } else {
            send.topic->waiting.push_back(&send);
            look_up(*send.topic);
        }
    }
}

void Producer::begin(Send& send) {
    send.info = send.topic->info;
    if (send.info == nullptr || send.info->queues.empty())
        finish(send, SendStatus::no_route);
    else
        try_once(send);
}

void Producer::try_once(Send& send) {
    send.tried_ms = epoch_ms(host_.wall_ms());
    const Millis left = options_.config.sendMsgTimeout - Millis(send.tried_ms - send.began_ms);
    if (left <= Millis::zero() || stopped_) {
        finish(send, stopped_ ? SendStatus::unreachable : SendStatus::timed_out);
        return;
    }
    if (!choose(send)) {
        finish(send, SendStatus::no_route);
        return;
    }
    ++send.result.tries;
    if (const auto master = send.chosen->broker.master()) {
        request(send, *master, left);
    } else {
        send.failure = SendStatus::unreachable;
        failed(send, true);
    }
}

void Producer::request(Send& send, Address broker, Duration timeout) {
    const auto style = options_.mode == SendMode::sync ? protocol::CallStyle::sync : protocol::CallStyle::async;
    instance_.remoting().call(
        broker,
        protocol::SendMessageRequest{
            .producer_group = group_,
            .topic = send.topic->name,
            .default_topic = default_topic_,
            .default_topic_queue_nums = static_cast<std::int32_t>(options_.config.defaultTopicQueueNums),
            .queue_id = send.queue_id,
            .born_timestamp = send.tried_ms,
            .properties = properties_of(send),
            .body = send.message.body},
        timeout, [this, &send](CallResult answer) { answered(send, std::move(answer)); }, style);
}

void Producer::answered(Send& send, CallResult&& answer) {
    const std::int64_t now = epoch_ms(host_.wall_ms());
    const bool fault_tolerant = options_.config.sendLatencyEnable;
    const std::string& broker = send.chosen->queue.broker;
    if (!answer) {
        if (fault_tolerant) faults_.update(broker, now, now - send.tried_ms, true, true);
        send.failure = answer.error() == CallError::timed_out ? SendStatus::timed_out : SendStatus::unreachable;
        failed(send, true);
        return;
    }
    if (const auto status = stored_status(answer->code)) {
        if (fault_tolerant) faults_.update(broker, now, now - send.tried_ms, false, true);
        stored(send, *std::move(answer), *status);
        return;
    }
    if (fault_tolerant) faults_.update(broker, now, now - send.tried_ms, true, false);
    send.result.code = answer->code;
    send.failure = SendStatus::rejected;
    failed(send, options_.mode == SendMode::sync && is_retried(answer->code));
}

void Producer::stored(Send& send, Frame&& frame, SendStatus status) {
    send.result.code = frame.code;
    if (auto* response = get_if<protocol::SendMessageResponse>(&frame.payload)) {
        send.result.queue_offset = response->queue_offset;
        send.result.offset_msg_id = std::move(response->msg_id);
    }
    send.stored = status;
    if (status != SendStatus::ok && options_.config.retryAnotherBrokerWhenNotStoreOK && options_.mode == SendMode::sync)
        failed(send, true);
    else
        finish(send, status);
}

// After the last try an answer that said "stored, but" counts more than a later failure (sendDefaultImpl).
void Producer::failed(Send& send, bool retriable) {
    const std::int64_t retries = options_.mode == SendMode::sync ? options_.config.retryTimesWhenSendFailed
                                                                 : options_.config.retryTimesWhenSendAsyncFailed;
    if (retriable && send.message.selected_by.empty() && send.result.tries <= retries && !stopped_) {
        host_.note(note::Counted{retries_, 1});
        try_once(send);
    } else {
        finish(send, send.failure);
    }
}

void Producer::finish(Send& send, SendStatus status) {
    if (in_send_) {
        host_.soon([this, &send, status] { finish(send, status); });
        return;
    }
    send.result.status = send.stored.value_or(status);
    send.result.msg_id = {send.id.data(), send.topic == nullptr ? 0 : send.id.size()};
    send.done(send.result);
    send.done.reset();
    --under_way_;
    send.message.body = {};
    send.info.reset();
    free_sends_.push_back(&send);
}

// --- choosing a queue -----------------------------------------------------------------------------------------------

// MQFaultStrategy.selectOneMessageQueue. An async retry changes the broker only: the request goes out again as it was.
bool Producer::choose(Send& send) {
    const bool again = send.chosen != nullptr;
    const PublishQueue* found = nullptr;
    if (!send.message.selected_by.empty()) {
        const auto& queues = send.info->queues;
        found = &queues[static_cast<std::size_t>(
            select_by_hash(send.message.selected_by, static_cast<std::int32_t>(queues.size())))];
    } else if (options_.config.sendLatencyEnable) {
        if (again && options_.mode == SendMode::sync)
            send.info->index =
                static_cast<std::uint32_t>(below(host_.draw(Purpose::pick_queue, identity_, draws_++), 1U << 31));
        found = next_queue(send, Brokers::available_other);
        if (found == nullptr) found = next_queue(send, Brokers::reachable_other);
    } else {
        found = next_queue(send, Brokers::other);
    }
    if (found == nullptr) found = next_queue(send, Brokers::any);
    if (found == nullptr) return false;
    send.chosen = found;
    send.result.queue = &found->queue;
    send.result.queue_name = found->name;
    if (!again || options_.mode == SendMode::sync) {
        send.queue_id = found->queue.queue_id;
    } else if (send.queue_id != found->queue.queue_id) {
        send.elsewhere = {found->queue.topic, found->queue.broker, send.queue_id};
        send.result.queue = &*send.elsewhere;
        send.result.queue_name = host_.name(protocol::queue_name(*send.elsewhere));
    }
    return true;
}

const Producer::PublishQueue* Producer::next_queue(const Send& send, Brokers brokers) {
    PublishInfo& info = *send.info;
    const std::int64_t now = send.tried_ms;
    const auto fits = [&](const std::string& broker) {
        if (brokers == Brokers::any) return true;
        if (send.chosen != nullptr && broker == send.chosen->queue.broker) return false;
        if (brokers == Brokers::available_other) return faults_.available(broker, now);
        return brokers == Brokers::other || faults_.reachable(broker);
    };
    for (std::size_t step = 0; step < info.queues.size(); ++step) {
        info.index = (info.index + 1) & 0x7FFFFFFF;
        const PublishQueue& queue = info.queues[info.index % info.queues.size()];
        if (fits(queue.queue.broker)) return &queue;
    }
    return nullptr;
}

std::string Producer::properties_of(const Send& send) const {
    const OutgoingMessage& message = send.message;
    std::string properties;
    properties.reserve(message.properties.size() + message.tags.size() + message.keys.size() + most_added);
    properties = message.properties;
    if (!message.keys.empty()) store::append_property(properties, store::property::keys, message.keys);
    store::append_property(properties, store::property::uniq_key, {send.id.data(), send.id.size()});
    store::append_property(properties, store::property::wait, "true");
    if (!message.tags.empty()) store::append_property(properties, store::property::tags, message.tags);
    return properties;
}

}  // namespace brokersim::client
