#include "core/client/pull_loop.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "core/client/received.h"
#include "core/store/record.h"

namespace brokersim::client {
namespace {

using protocol::ResponseCode;
namespace pull_flag = protocol::pull_flag;

// DefaultMQPushConsumerImpl.
constexpr Duration flow_control_delay = std::chrono::milliseconds(50);
constexpr Duration broker_flow_control_delay = std::chrono::milliseconds(20);
constexpr Millis broker_may_hold{15'000};
constexpr Duration pull_timeout = std::chrono::seconds(30);

constexpr std::int32_t broker_flow_control = 215;  // ResponseCode.FLOW_CONTROL
constexpr std::int64_t mib = 1024 * 1024;

}  // namespace

PullLoop::PullLoop(Host& host, ClientInstance& instance, MessageService& handlers, PullLoopOwner& owner,
                   std::string group, const ClientConfig& config)
    : host_(host),
      instance_(instance),
      handlers_(handlers),
      owner_(owner),
      group_(std::move(group)),
      config_(config),
      most_messages_(config.pullThresholdForQueue),
      most_mib_(config.pullThresholdSizeForQueue),
      held_back_(host.name("consumer.flow_control")),
      failures_(host.name("consumer.pull_failures")) {}

void PullLoop::start() { host_.open_lane(Lane::pull_request, 1); }

void PullLoop::begin(OwnedQueuePtr queue, Duration delay) { pull_later(std::move(queue), delay); }

// RebalancePushImpl.messageQueueChanged.
void PullLoop::share_thresholds(std::size_t queues) {
    if (queues == 0) return;
    const auto count = static_cast<std::int64_t>(queues);
    if (config_.pullThresholdForTopic != -1)
        most_messages_ = std::max<std::int64_t>(1, config_.pullThresholdForTopic / count);
    if (config_.pullThresholdSizeForTopic != -1)
        most_mib_ = std::max<std::int64_t>(1, config_.pullThresholdSizeForTopic / count);
}

void PullLoop::pull_now(OwnedQueuePtr queue) {
    host_.start(Lane::pull_request,
                [this, queue = std::move(queue)](LaneServer server) { pull(queue, std::move(server)); });
}

void PullLoop::pull_later(OwnedQueuePtr queue, Duration delay) {
    if (delay == Duration::zero())
        pull_now(std::move(queue));
    else
        host_.after(delay, [this, queue = std::move(queue)]() mutable { pull_now(std::move(queue)); });
}

void PullLoop::pull(const OwnedQueuePtr& queue, LaneServer server) {
    if (queue->dropped || queue->quiet) return;
    queue->last_pull_ms = epoch_ms(host_.wall_ms());
    if (too_much(*queue)) {
        host_.note(note::Counted{held_back_, 1});
        pull_later(queue, flow_control_delay);
        return;
    }
    if (!ready(queue, server)) return;
    if (const auto broker = queue->broker.to_read_from(queue->pull_from_broker, false)) {
        request(queue, *broker);
        return;
    }
    instance_.update_route(queue->queue.topic, [this, queue = queue, server = std::move(server)](bool) {
        if (const auto found = queue->broker.to_read_from(queue->pull_from_broker, false))
            request(queue, *found);
        else
            failed(queue, config_.pullTimeDelayMillsWhenException);
    });
}

/// Whether a queue may be pulled as far as locks are concerned; else it is seen to that it will be.
bool PullLoop::ready(const OwnedQueuePtr& queue, LaneServer& server) {
    if (queue->orderly == nullptr) return true;
    if (!queue->orderly->locked) {
        pull_later(queue, config_.pullTimeDelayMillsWhenException);
        return false;
    }
    if (queue->orderly->positioned) return true;
    position(queue, std::move(server));
    return false;
}

/// The owner before may have committed more since this one read the position.
void PullLoop::position(const OwnedQueuePtr& queue, LaneServer server) {
    owner_.find_start(queue->queue, [this, queue = queue,
                                     server = std::move(server)](std::optional<StartOffset::Found> found) mutable {
        if (!found) {
            failed(queue, config_.pullTimeDelayMillsWhenException);
            return;
        }
        queue->orderly->positioned = true;
        queue->next = found->offset;
        if (found->stored) queue->position = found->offset.value;
        pull(queue, std::move(server));
    });
}

bool PullLoop::too_much(const OwnedQueue& queue) {
    return queue.process.count() > most_messages_ || queue.process.bytes() / mib > most_mib_ ||
           (queue.orderly == nullptr && queue.process.span() > config_.consumeConcurrentlyMaxSpan);
}

void PullLoop::request(const OwnedQueuePtr& queue, const FoundBroker& broker) {
    protocol::PullMessageRequest request;
    request.consumer_group = group_;
    request.topic = queue->queue.topic;
    request.queue_id = queue->queue.queue_id;
    request.queue_offset = queue->next;
    request.max_msg_nums = static_cast<std::int32_t>(config_.pullBatchSize);
    request.max_msg_bytes = static_cast<std::int32_t>(config_.pullBatchSizeInBytes);
    request.sys_flag = pull_flag::suspend;
    if (owner_.commits_with_pulls() && queue->position > 0) {
        request.commit_offset = queue->position;
        if (!broker.slave) request.sys_flag |= pull_flag::commit_offset;
    }
    request.suspend_timeout_ms = broker_may_hold.count();
    request.sub_version = queue->subscription->sub_version;
    instance_.remoting().call(
        broker.address, std::move(request), pull_timeout,
        [this, queue = queue](protocol::CallResult answer) { answered(queue, std::move(answer)); },
        protocol::CallStyle::async);
}

void PullLoop::answered(const OwnedQueuePtr& queue, protocol::CallResult answer) {
    if (queue->dropped || queue->quiet) return;
    const auto* response = answer ? get_if<protocol::PullMessageResponse>(&answer->payload) : nullptr;
    const auto code = answer ? answer->code : -1;
    if (response == nullptr) {
        failed(queue, code == broker_flow_control ? broker_flow_control_delay
                                                  : Duration(config_.pullTimeDelayMillsWhenException));
        return;
    }
    switch (static_cast<ResponseCode>(code)) {
        case ResponseCode::success:
            queue->pull_from_broker = response->suggest_which_broker_id;
            found(queue, *response);
            break;
        case ResponseCode::pull_not_found:
        case ResponseCode::pull_retry_immediately:
            queue->pull_from_broker = response->suggest_which_broker_id;
            nothing_found(queue, response->next_begin_offset);
            break;
        case ResponseCode::pull_offset_moved:
            queue->pull_from_broker = response->suggest_which_broker_id;
            owner_.out_of_range(*queue, response->next_begin_offset);
            break;
        default:
            failed(queue, code == broker_flow_control ? broker_flow_control_delay
                                                      : Duration(config_.pullTimeDelayMillsWhenException));
    }
}

void PullLoop::found(const OwnedQueuePtr& queue, const protocol::PullMessageResponse& response) {
    queue->next = response.next_begin_offset;
    const PulledBatchPtr batch = decode(queue, response);
    if (batch->messages.empty()) {
        pull_now(queue);
        return;
    }
    for (const auto& message : batch->messages)
        queue->process.put(message.offset.value, static_cast<std::int32_t>(message.body.size()));
    handlers_.submit(batch);
    pull_later(queue, config_.pullInterval);
}

PulledBatchPtr PullLoop::decode(const OwnedQueuePtr& queue, const protocol::PullMessageResponse& response) const {
    const MonoTime now = host_.mono_ns();
    PulledBatchPtr batch(new PulledBatch);
    batch->queue = queue;
    batch->messages.reserve(response.records.size());
    for (const Slice& bytes : response.records) {
        const auto record = store::decode_record(bytes.bytes);
        if (!record) break;  // MessageDecoder stops at the first that is no message
        if (wants(*queue->subscription, record->properties()))
            batch->messages.push_back(received(bytes, *record, queue->context.queue_name, now));
    }
    return batch;
}

// If nothing waits to be handled, then everything before the next offset is done with, seen or not (correctTagsOffset).
void PullLoop::nothing_found(const OwnedQueuePtr& queue, QueueOffset next) {
    queue->next = next;
    if (queue->process.empty()) queue->advance(next.value);
    pull_now(queue);
}

void PullLoop::failed(const OwnedQueuePtr& queue, Duration delay) {
    host_.note(note::Counted{failures_, 1});
    pull_later(queue, delay);
}

}  // namespace brokersim::client
