#include "core/client/orderly_service.h"

#include <algorithm>
#include <utility>

namespace brokersim::client {
namespace {

// ConsumeMessageOrderlyService.
constexpr Duration first_renewal = std::chrono::seconds(1);
constexpr Duration lock_after_no_turn = std::chrono::milliseconds(100);
constexpr Duration lock_within_turn = std::chrono::milliseconds(10);
constexpr Duration turn_after_lock = std::chrono::milliseconds(10);
constexpr Duration turn_without_lock = std::chrono::seconds(3);
constexpr Duration pause_between_turns = std::chrono::milliseconds(10);
constexpr std::int64_t longest_turn_ms = 60'000;  // MAX_TIME_CONSUME_CONTINUOUSLY
constexpr Millis shortest_suspension{10};
constexpr Millis longest_suspension{30'000};

}  // namespace

OrderlyService::OrderlyService(Host& host, MessageListener& listener, const ClientConfig& config, HeldLocks& locks)
    : MessageService(host),
      listener_(listener),
      scheduled_(host),
      locks_(locks),
      config_(config),
      ignored_results_(host.name("consumer.ignored_results")),
      later_(host.name("consumer.handled_later")),
      calls_(new Calls(*this)) {}

OrderlyService::~OrderlyService() { calls_->service_ends(); }

void OrderlyService::start() {
    host_.open_lane(Lane::consume, static_cast<int>(config_.consumeThreadMin));
    renew_at(host_.mono_ns() + first_renewal);
}

// --- the scheduled thread -------------------------------------------------------------------------------------------

// At a fixed rate: what a silent broker has delayed is made up for.
void OrderlyService::renew_at(MonoTime due) {
    host_.after(std::max(Duration::zero(), due - host_.mono_ns()),
                [this, due] { scheduled_.acquire([this, due] { renew(due); }); });
}

void OrderlyService::renew(MonoTime due) {
    if (stopped()) {
        scheduled_.release();
        return;
    }
    locks_.renew_all([this, due] {
        scheduled_.release();
        renew_at(due + config_.lock_interval);
    });
}

void OrderlyService::dispatch_later(OwnedQueuePtr queue, Duration delay) {
    host_.after(delay, [this, queue = std::move(queue)]() mutable {
        scheduled_.acquire([this, queue = std::move(queue)]() mutable {
            dispatch(std::move(queue));
            scheduled_.release();
        });
    });
}

// tryLockLaterAndReconsume.
void OrderlyService::lock_later(OwnedQueuePtr queue, Duration delay) {
    host_.after(delay, [this, queue = std::move(queue)]() mutable {
        scheduled_.acquire([this, queue = std::move(queue)]() mutable {
            if (stopped()) {
                scheduled_.release();
                return;
            }
            const protocol::MessageQueue which = queue->queue;
            locks_.lock(which, [this, queue = std::move(queue)](bool got) mutable {
                scheduled_.release();
                dispatch_later(std::move(queue), got ? turn_after_lock : turn_without_lock);
            });
        });
    });
}

// --- turns ----------------------------------------------------------------------------------------------------------

// ProcessQueue.putMessage, and submitConsumeRequest if no task is under way.
void OrderlyService::submit(const PulledBatchPtr& batch) {
    OrderlyQueue& order = *batch->queue->orderly;
    const MonoTime now = host_.mono_ns();
    for (auto& message : batch->messages) {
        message.submitted = now;
        order.waiting.try_emplace(message.offset.value, message);
    }
    if (order.waiting.empty() || std::exchange(order.in_turn, true)) return;
    dispatch(batch->queue);
}

Lock& OrderlyService::mutex_of(const protocol::MessageQueue& queue) {
    auto& mutex = mutexes_[queue];
    if (mutex == nullptr) mutex = std::make_unique<Lock>(host_);
    return *mutex;
}

bool OrderlyService::usable(const OwnedQueue& queue) const {
    return queue.orderly->usable(epoch_ms(host_.wall_ms()), config_.lock_max_live_time.count());
}

// A thread that finds the queue's mutex taken waits for it.
void OrderlyService::dispatch(OwnedQueuePtr queue) {
    host_.start(Lane::consume, [this, queue = std::move(queue)](LaneServer server) mutable {
        if (queue->dropped || stopped()) return;
        Lock& mutex = mutex_of(queue->queue);
        mutex.acquire([this, turn = Turn{std::move(queue), std::move(server)}]() mutable { begin(std::move(turn)); });
    });
}

void OrderlyService::begin(Turn turn) {
    if (usable(*turn.queue)) {
        turn.began_ms = epoch_ms(host_.wall_ms());
        go_on(std::move(turn));
        return;
    }
    if (!turn.queue->dropped) lock_later(turn.queue, lock_after_no_turn);
    end(turn);
}

/// Hands over one batch after the other, as long as listeners end their calls at once.
void OrderlyService::go_on(Turn turn) {
    for (;;) {
        if (!may_take(turn) || !take(*turn.queue)) {
            end(turn);
            return;
        }
        auto ended_at_once = call(std::move(turn));
        if (!ended_at_once) return;
        turn = *std::move(ended_at_once->turn);
        if (!conclude(turn.queue, ended_at_once->status)) {
            end(turn);
            return;
        }
    }
}

bool OrderlyService::may_take(const Turn& turn) {
    const OwnedQueue& queue = *turn.queue;
    if (queue.dropped || stopped()) return false;
    if (!usable(queue)) {
        lock_later(turn.queue, lock_within_turn);
        return false;
    }
    if (epoch_ms(host_.wall_ms()) - turn.began_ms > longest_turn_ms) {
        dispatch_later(turn.queue, pause_between_turns);
        return false;
    }
    return true;
}

// ProcessQueue.takeMessages.
bool OrderlyService::take(OwnedQueue& queue) {
    OrderlyQueue& order = *queue.orderly;
    const auto most = static_cast<std::size_t>(config_.consumeMessageBatchMaxSize);
    while (order.taken.size() < most && !order.waiting.empty()) {
        order.taken.push_back(std::move(order.waiting.begin()->second));
        order.waiting.erase(order.waiting.begin());
    }
    order.in_turn = !order.taken.empty();
    return order.in_turn;
}

/// Calls the listener; returns the call if that ended it before it returned.
std::optional<OrderlyService::AtOnce> OrderlyService::call(Turn turn) {
    const OwnedQueuePtr queue = turn.queue;
    call_begins(*queue);
    const std::uint32_t number = calls_->begin(std::move(turn));
    AtOnce at_once{number, std::nullopt};
    in_listener_ = &at_once;
    listener_.consume(queue->context, queue->orderly->taken, ConsumeDone(calls_, number));
    in_listener_ = nullptr;
    if (!at_once.turn) return std::nullopt;
    return at_once;
}

void OrderlyService::ended(std::uint32_t call, Turn&& turn, ConsumeStatus status) {
    if (in_listener_ != nullptr && in_listener_->call == call) {
        in_listener_->turn = std::move(turn);
        in_listener_->status = status;
        return;
    }
    if (conclude(turn.queue, status))
        go_on(std::move(turn));
    else
        end(turn);
}

// processConsumeResult: whether the turn goes on. Whoever has lost the queue meanwhile commits nothing: the next owner
// gets these messages again.
bool OrderlyService::conclude(const OwnedQueuePtr& queue, ConsumeStatus status) {
    OrderlyQueue& order = *queue->orderly;
    call_ended(*queue);
    const auto count = static_cast<std::int64_t>(order.taken.size());
    if (status == ConsumeStatus::success) {
        offsets_.clear();
        for (const ReceivedMessage& message : order.taken) offsets_.push_back(message.offset.value);
        queue->process.remove(offsets_);
        order.taken.clear();
        if (queue->dropped)
            host_.note(note::Counted{ignored_results_, count});
        else
            queue->position = offsets_.back() + 1;
    } else {
        host_.note(note::Counted{later_, count});
        for (ReceivedMessage& message : order.taken) {
            ++message.reconsume_times;
            const std::int64_t offset = message.offset.value;
            order.waiting.try_emplace(offset, std::move(message));
        }
        order.taken.clear();
        dispatch_later(queue,
                       std::clamp(config_.suspendCurrentQueueTimeMillis, shortest_suspension, longest_suspension));
    }
    tell_waiting();
    return status == ConsumeStatus::success;
}

}  // namespace brokersim::client
