#include "core/client/pop_consume_service.h"

#include <algorithm>
#include <utility>

namespace brokersim::client {
namespace {

constexpr std::int32_t most_reconsume_times = 16;  // DefaultMQPushConsumerImpl.getMaxReconsumeTimes
constexpr std::int32_t last_level = 15;            // of popDelayLevel

}  // namespace

PopConsumeService::PopConsumeService(Host& host, MessageListener& listener, PopAcks& acks, const ClientConfig& config)
    : host_(host),
      listener_(listener),
      acks_(acks),
      threads_(static_cast<std::int32_t>(config.consumeThreadMin)),
      batch_size_(static_cast<std::uint32_t>(config.consumeMessageBatchMaxSize)),
      timed_out_(host.name("consumer.pop_timed_out")),
      calls_(new Calls(*this)) {}

PopConsumeService::~PopConsumeService() { calls_->service_ends(); }

void PopConsumeService::start() { host_.open_lane(Lane::consume, threads_); }

void PopConsumeService::submit(const PoppedBatchPtr& batch) {
    const MonoTime now = host_.mono_ns();
    for (auto& message : batch->messages) message.submitted = now;
    const auto size = static_cast<std::uint32_t>(batch->messages.size());
    for (std::uint32_t begin = 0; begin < size; begin += batch_size_) {
        const Part part{begin, std::min(batch_size_, size - begin)};
        host_.start(Lane::consume,
                    [this, batch = batch, part](LaneServer server) { handle(batch, part, std::move(server)); });
    }
}

/// ConsumeRequest.isPopTimeout; all messages of a pop were hidden at the same time.
bool PopConsumeService::timed_out(const PoppedBatch& batch) const {
    const protocol::PopHandle& handle = batch.handles.front();
    return epoch_ms(host_.wall_ms()) - handle.pop_time >= handle.invisible_time;
}

void PopConsumeService::give_up(const PoppedBatch& batch, Part part) {
    batch.queue->unacknowledged -= part.count;
    host_.note(note::Counted{timed_out_, part.count});
}

void PopConsumeService::handle(const PoppedBatchPtr& batch, Part part, LaneServer server) {
    PopQueue& queue = *batch->queue;
    if (queue.dropped || stopped_) return;
    if (timed_out(*batch)) {
        give_up(*batch, part);
        return;
    }
    ++handling_;
    const std::span<const ReceivedMessage> messages(batch->messages.data() + part.begin, part.count);
    const std::uint32_t call = calls_->begin({batch, part, std::move(server)});
    listener_.consume(queue.context, messages, ConsumeDone(calls_, call));
}

/// ConsumeMessagePopConcurrentlyService.processConsumeResult.
void PopConsumeService::ended(std::uint32_t, Call&& call, ConsumeStatus status) {
    const auto& [batch, part, server] = call;
    PopQueue& queue = *batch->queue;
    --handling_;
    if (queue.dropped || timed_out(*batch)) {
        give_up(*batch, part);
    } else {
        for (std::uint32_t i = part.begin; i < part.begin + part.count; ++i) {
            if (status == ConsumeStatus::success)
                acks_.acknowledge(queue.queue.topic, batch->handles[i]);
            else
                failed(queue.queue.topic, batch->messages[i], batch->handles[i]);
            --queue.unacknowledged;
        }
    }
    if (handling_ == 0)
        for (Task& done : std::exchange(waiting_, {})) host_.soon(std::move(done));
}

/// checkNeedAckOrDelay: a message that failed too often is given up when it is old, and delayed by its age until then.
void PopConsumeService::failed(const std::string& topic, const ReceivedMessage& message,
                               const protocol::PopHandle& handle) {
    if (message.reconsume_times < most_reconsume_times) {
        acks_.hide(topic, handle, pop_delay(message.reconsume_times));
        return;
    }
    const Millis age(epoch_ms(host_.wall_ms()) - message.born_timestamp);
    if (age > 2 * pop_delay(last_level)) {
        acks_.acknowledge(topic, handle);
        return;
    }
    std::int32_t level = last_level;
    while (level >= 0 && age < pop_delay(level)) --level;
    acks_.hide(topic, handle, pop_delay(level < 0 ? message.reconsume_times : level + 1));
}

void PopConsumeService::when_all_idle(Task done) {
    if (handling_ == 0)
        host_.soon(std::move(done));
    else
        waiting_.push_back(std::move(done));
}

}  // namespace brokersim::client
