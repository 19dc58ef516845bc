#include "core/client/consume_service.h"

#include <algorithm>
#include <utility>

namespace brokersim::client {
namespace {

// ConsumeMessageConcurrentlyService.submitConsumeRequestLater, for messages that could not be sent back.
constexpr Duration later_delay = std::chrono::seconds(5);

}  // namespace

ConsumeService::ConsumeService(Host& host, MessageListener& listener, const ClientConfig& config, Failed failed)
    : MessageService(host),
      listener_(listener),
      threads_(static_cast<std::int32_t>(config.consumeThreadMin)),
      batch_size_(static_cast<std::uint32_t>(config.consumeMessageBatchMaxSize)),
      failed_(failed),
      ignored_results_(host.name("consumer.ignored_results")),
      later_(host.name("consumer.handled_later")),
      calls_(new Calls(*this)) {}

ConsumeService::~ConsumeService() { calls_->service_ends(); }

void ConsumeService::start() { host_.open_lane(Lane::consume, threads_); }

void ConsumeService::submit(const PulledBatchPtr& batch) {
    const MonoTime now = host_.mono_ns();
    for (auto& message : batch->messages) message.submitted = now;
    const auto size = static_cast<std::uint32_t>(batch->messages.size());
    for (std::uint32_t begin = 0; begin < size; begin += batch_size_)
        submit_part(batch, {begin, std::min(batch_size_, size - begin)});
}

void ConsumeService::submit_part(const PulledBatchPtr& batch, Part part) {
    host_.start(Lane::consume,
                [this, batch = batch, part](LaneServer server) { handle(batch, part, std::move(server)); });
}

void ConsumeService::handle(const PulledBatchPtr& batch, Part part, LaneServer server) {
    OwnedQueue& queue = *batch->queue;
    if (queue.dropped || queue.quiet || stopped()) return;
    call_begins(queue);
    const std::span<const ReceivedMessage> messages(batch->messages.data() + part.begin, part.count);
    const std::uint32_t call = calls_->begin({batch, part, std::move(server)});
    listener_.consume(queue.context, messages, ConsumeDone(calls_, call));
}

// ConsumeMessageConcurrentlyService.processConsumeResult. Whoever has lost the queue meanwhile says nothing more about
// it: the new owner gets these messages again.
void ConsumeService::ended(std::uint32_t, Call&& call, ConsumeStatus status) {
    const auto& [batch, part, server] = call;
    OwnedQueue& queue = *batch->queue;
    call_ended(queue);
    if (queue.dropped) {
        host_.note(note::Counted{ignored_results_, static_cast<std::int64_t>(part.count)});
    } else {
        offsets_.clear();
        if (status == ConsumeStatus::success || failed_ == Failed::dropped)
            for (std::uint32_t i = 0; i < part.count; ++i)
                offsets_.push_back(batch->messages[part.begin + i].offset.value);
        else
            try_later(batch, part);
        queue.advance(queue.process.remove(offsets_));
    }
    tell_waiting();
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

}  // namespace brokersim::client
