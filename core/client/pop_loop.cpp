#include "core/client/pop_loop.h"

#include <algorithm>
#include <utility>

#include "core/client/received.h"
#include "core/store/properties.h"
#include "core/store/record.h"

namespace brokersim::client {
namespace {

using protocol::ResponseCode;

// DefaultMQPushConsumerImpl, PullAPIWrapper.popAsync.
constexpr Duration flow_control_delay = std::chrono::milliseconds(50);
constexpr Duration broker_flow_control_delay = std::chrono::milliseconds(20);
constexpr Millis broker_may_hold{15'000};
constexpr Duration pop_timeout = std::chrono::seconds(25);

constexpr std::int32_t broker_flow_control = 215;  // ResponseCode.FLOW_CONTROL
constexpr std::string_view handle_property = "POP_CK";

std::int32_t init_mode_of(const ClientConfig& config) {
    const bool first = parse_consume_from_where(config.consumeFromWhere) == protocol::ConsumeFromWhere::first_offset;
    return static_cast<std::int32_t>(first ? protocol::PopInitMode::min : protocol::PopInitMode::max);
}

/// MQClientAPIImpl.processPopResponse: revived messages bring their handle along, others are found in the answer's
/// offsets. None if the answer does not fit together.
std::optional<protocol::PopHandle> handle_of(const store::RecordView& record, const std::string& broker,
                                             const protocol::PopMessageResponse& response,
                                             const std::vector<protocol::PopOffsets>& places) {
    const std::string_view text = store::find_property(record.properties(), handle_property);
    if (!text.empty()) return protocol::parse_pop_handle(text);
    for (const auto& place : places) {
        if (place.source != protocol::PopSource::normal || place.queue_id != record.queue_id()) continue;
        return protocol::PopHandle{.start_offset = place.start,
                                   .pop_time = response.pop_time,
                                   .invisible_time = response.invisible_time,
                                   .revive_queue_id = response.revive_queue_id,
                                   .source = place.source,
                                   .broker = broker,
                                   .queue_id = place.queue_id,
                                   .offset = record.queue_offset().value};
    }
    return std::nullopt;
}

}  // namespace

PopLoop::PopLoop(Host& host, ClientInstance& instance, PopConsumeService& handlers, PopAcks& acks, std::string group,
                 const ClientConfig& config)
    : host_(host),
      instance_(instance),
      handlers_(handlers),
      acks_(acks),
      group_(std::move(group)),
      config_(config),
      init_mode_(init_mode_of(config)),
      held_back_(host.name("consumer.flow_control")),
      failures_(host.name("consumer.pop_failures")) {}

void PopLoop::start() { host_.open_lane(Lane::pull_request, 1); }

void PopLoop::pop_now(PopQueuePtr queue) {
    host_.start(Lane::pull_request,
                [this, queue = std::move(queue)](LaneServer server) { pop(queue, std::move(server)); });
}

void PopLoop::pop_later(PopQueuePtr queue, Duration delay) {
    if (delay == Duration::zero())
        pop_now(std::move(queue));
    else
        host_.after(delay, [this, queue = std::move(queue)]() mutable { pop_now(std::move(queue)); });
}

void PopLoop::pop(const PopQueuePtr& queue, LaneServer server) {
    if (queue->dropped) return;
    queue->last_pop_ms = epoch_ms(host_.wall_ms());
    if (queue->unacknowledged > config_.popThresholdForQueue) {
        host_.note(note::Counted{held_back_, 1});
        pop_later(queue, flow_control_delay);
        return;
    }
    if (const auto broker = queue->broker.master()) {
        request(queue, *broker);
        return;
    }
    instance_.update_route(queue->queue.topic, [this, queue = queue, server = std::move(server)](bool) {
        if (const auto broker = queue->broker.master())
            request(queue, *broker);
        else
            failed(queue, config_.pullTimeDelayMillsWhenException);
    });
}

void PopLoop::request(const PopQueuePtr& queue, Address broker) {
    protocol::PopMessageRequest request;
    request.consumer_group = group_;
    request.topic = queue->queue.topic;
    request.queue_id = queue->queue.queue_id;
    request.max_msg_nums = static_cast<std::int32_t>(config_.popBatchNums);
    request.invisible_time = config_.popInvisibleTime.count();
    request.poll_time = broker_may_hold.count();
    request.born_time = epoch_ms(host_.wall_ms());
    request.init_mode = init_mode_;
    request.expression = queue->subscription->sub_string;
    instance_.remoting().call(
        broker, std::move(request), pop_timeout,
        [this, queue = queue](protocol::CallResult answer) { answered(queue, std::move(answer)); },
        protocol::CallStyle::async);
}

void PopLoop::answered(const PopQueuePtr& queue, protocol::CallResult answer) {
    const auto code = answer ? answer->code : -1;
    switch (static_cast<ResponseCode>(code)) {
        case ResponseCode::success:
            if (const auto* response = get_if<protocol::PopMessageResponse>(&answer->payload)) {
                found(queue, *response);
                return;
            }
            break;
        case ResponseCode::polling_timeout:
        case ResponseCode::pull_not_found:
            pop_now(queue);
            return;
        default:
            break;
    }
    failed(queue,
           code == broker_flow_control ? broker_flow_control_delay : Duration(config_.pullTimeDelayMillsWhenException));
}

void PopLoop::found(const PopQueuePtr& queue, const protocol::PopMessageResponse& response) {
    const PoppedBatchPtr batch = decode(queue, response);
    if (batch->messages.empty()) {
        pop_now(queue);
        return;
    }
    queue->unacknowledged += static_cast<std::int64_t>(batch->messages.size());
    handlers_.submit(batch);
    pop_later(queue, config_.pullInterval);
}

PoppedBatchPtr PopLoop::decode(const PopQueuePtr& queue, const protocol::PopMessageResponse& response) {
    const MonoTime now = host_.mono_ns();
    PoppedBatchPtr batch(new PoppedBatch);
    batch->queue = queue;
    const auto places = protocol::parse_pop_offsets(response.start_offset_info, response.msg_offset_info);
    if (!places) return batch;
    for (const Slice& bytes : response.records) {
        const auto record = store::decode_record(bytes.bytes);
        if (!record) break;  // MessageDecoder stops at the first that is no message
        auto handle = handle_of(*record, queue->queue.broker, response, *places);
        if (!handle) continue;
        if (!wants(*queue->subscription, record->properties())) {
            acks_.acknowledge(queue->queue.topic, *handle);
            continue;
        }
        const NameId name = name_of(queue->queue.topic, *handle);
        batch->messages.push_back(received(bytes, *record, name, now));
        batch->handles.push_back(*std::move(handle));
    }
    return batch;
}

NameId PopLoop::name_of(const std::string& topic, const protocol::PopHandle& handle) {
    const auto [known, added] = names_.try_emplace({topic, handle.broker, handle.source, handle.queue_id}, NameId{});
    if (added)
        known->second = host_.name(protocol::queue_name(
            handle.source == protocol::PopSource::retry ? protocol::pop_retry_topic(topic, group_) : topic,
            handle.broker, handle.queue_id));
    return known->second;
}

void PopLoop::failed(const PopQueuePtr& queue, Duration delay) {
    host_.note(note::Counted{failures_, 1});
    pop_later(queue, delay);
}

}  // namespace brokersim::client
