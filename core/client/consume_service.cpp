#include "core/client/consume_service.h"

#include <algorithm>
#include <utility>

#include "core/check.h"

namespace brokersim::client {
namespace {

// ConsumeMessageConcurrentlyService.submitConsumeRequestLater, for messages that could not be sent back.
constexpr Duration later_delay = std::chrono::seconds(5);

}  // namespace

/// Outlives the service in callbacks that applications hold; `service` is null once it is gone.
struct ConsumeService::Life : boost::intrusive_ref_counter<Life, boost::thread_unsafe_counter> {
    ConsumeService* service = nullptr;
};

ConsumeService::ConsumeService(Host& host, MessageListener& listener, const ClientConfig& config)
    : host_(host),
      listener_(listener),
      threads_(static_cast<std::int32_t>(config.consumeThreadMin)),
      batch_size_(static_cast<std::uint32_t>(config.consumeMessageBatchMaxSize)),
      ignored_results_(host.name("consumer.ignored_results")),
      later_(host.name("consumer.handled_later")),
      life_(new Life) {
    life_->service = this;
}

ConsumeService::~ConsumeService() { life_->service = nullptr; }

void ConsumeService::start() { host_.open_lane(Lane::consume, threads_); }

void ConsumeService::submit(const PulledBatchPtr& batch) {
    const MonoTime now = host_.mono_ns();
    for (auto& message : batch->messages) message.submitted = now;
    const auto size = static_cast<std::uint32_t>(batch->messages.size());
    for (std::uint32_t begin = 0; begin < size; begin += batch_size_)
        submit_part(batch, {begin, std::min(batch_size_, size - begin)});
}

void ConsumeService::submit_part(const PulledBatchPtr& batch, Part part) {
    host_.start(Lane::consume, [this, batch = batch, part](LaneServer server) mutable {
        handle(std::move(batch), part, std::move(server));
    });
}

void ConsumeService::handle(PulledBatchPtr batch, Part part, LaneServer server) {
    OwnedQueue& queue = *batch->queue;
    if (queue.dropped || queue.quiet || stopped_) return;
    ++queue.handling;
    ++handling_;
    const std::span<const ReceivedMessage> messages(batch->messages.data() + part.begin, part.count);
    auto done = [life = life_, batch = std::move(batch), part,
                 server = std::move(server)](ConsumeStatus status) mutable {
        BROKERSIM_CHECK(server, "a listener called back twice for offset {}", batch->messages[part.begin].offset.value);
        const LaneServer released = std::move(server);
        if (life->service != nullptr) life->service->handled(batch, part, status);
    };
    listener_.consume(queue.context, messages, std::move(done));
}

// ConsumeMessageConcurrentlyService.processConsumeResult. Whoever has lost the queue meanwhile says nothing more about
// it: the new owner gets these messages again.
void ConsumeService::handled(const PulledBatchPtr& batch, Part part, ConsumeStatus status) {
    OwnedQueue& queue = *batch->queue;
    --queue.handling;
    --handling_;
    if (queue.dropped) {
        host_.note(note::Counted{ignored_results_, static_cast<std::int64_t>(part.count)});
    } else {
        offsets_.clear();
        if (status == ConsumeStatus::success)
            for (std::uint32_t i = 0; i < part.count; ++i)
                offsets_.push_back(batch->messages[part.begin + i].offset.value);
        else
            try_later(batch, part);
        queue.advance(queue.process.remove(offsets_));
    }
    if (!waiting_.empty()) tell_waiting();
}

void ConsumeService::try_later(const PulledBatchPtr& batch, Part part) {
    for (std::uint32_t i = 0; i < part.count; ++i) ++batch->messages[part.begin + i].reconsume_times;
    host_.note(note::Counted{later_, static_cast<std::int64_t>(part.count)});
    host_.after(later_delay, [this, batch = batch, part] {
        const MonoTime now = host_.mono_ns();
        for (std::uint32_t i = 0; i < part.count; ++i) batch->messages[part.begin + i].submitted = now;
        submit_part(batch, part);
    });
}

bool ConsumeService::Waiting::idle(const ConsumeService& service) const {
    if (all) return service.handling_ == 0;
    return std::all_of(queues.begin(), queues.end(), [](const OwnedQueuePtr& queue) { return queue->handling == 0; });
}

void ConsumeService::when_idle(std::vector<OwnedQueuePtr> queues, Task done) {
    waiting_.push_back({std::move(queues), false, std::move(done)});
    tell_waiting();
}

void ConsumeService::when_all_idle(Task done) {
    waiting_.push_back({{}, true, std::move(done)});
    tell_waiting();
}

void ConsumeService::tell_waiting() {
    for (std::size_t i = 0; i < waiting_.size();) {
        if (!waiting_[i].idle(*this)) {
            ++i;
            continue;
        }
        host_.soon(std::move(waiting_[i].done));
        waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
    }
}

}  // namespace brokersim::client
