#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "core/client/calls_under_way.h"
#include "core/client/client_config.h"
#include "core/client/held_locks.h"
#include "core/client/message_listener.h"
#include "core/client/message_service.h"
#include "core/lock.h"

namespace brokersim::client {

/// Hands messages to the application in the order of their offsets, one listener call at a time for each queue
/// (ConsumeMessageOrderlyService), with consumeThreadMin threads for all queues. A queue's messages are handed over
/// only while its lock is held and not older than lockMaxLiveTime; locks are renewed every lockInterval. A message that
/// the listener wants later is handed over again after suspendCurrentQueueTimeMillis, before all that follow it, as
/// often as it takes (maxReconsumeTimes is -1).
class OrderlyService final : public MessageService {
public:
    /// All references must outlive the service.
    OrderlyService(Host& host, MessageListener& listener, const ClientConfig& config, HeldLocks& locks);
    ~OrderlyService() override;

    void start() override;
    void submit(const PulledBatchPtr& batch) override;

private:
    /// A thread's turn with a queue (ConsumeRequest): up to a minute of listener calls.
    struct Turn {
        OwnedQueuePtr queue;
        LaneServer server;
        std::int64_t began_ms = 0;  // wall clock
    };
    using Calls = CallsUnderWay<OrderlyService, Turn>;
    friend Calls;
    struct AtOnce {  // a call whose listener ends it before it returns
        std::uint32_t call;
        std::optional<Turn> turn;
        ConsumeStatus status{};
    };

    void renew_at(MonoTime due);
    void renew(MonoTime due);
    void dispatch(OwnedQueuePtr queue);
    void dispatch_later(OwnedQueuePtr queue, Duration delay);
    void lock_later(OwnedQueuePtr queue, Duration delay);
    Lock& mutex_of(const protocol::MessageQueue& queue);
    bool usable(const OwnedQueue& queue) const;

    void begin(Turn turn);
    void go_on(Turn turn);
    bool may_take(const Turn& turn);
    bool take(OwnedQueue& queue);
    std::optional<AtOnce> call(Turn turn);
    void ended(std::uint32_t call, Turn&& turn, ConsumeStatus status);
    bool conclude(const OwnedQueuePtr& queue, ConsumeStatus status);
    void end(const Turn& turn) { mutex_of(turn.queue->queue).release(); }

    MessageListener& listener_;
    Lock scheduled_;  // the one thread that renews locks and begins what was put off; a blocking call holds it
    HeldLocks& locks_;
    const ClientConfig& config_;
    const NameId ignored_results_;
    const NameId later_;
    boost::intrusive_ptr<Calls> calls_;
    std::map<protocol::MessageQueue, std::unique_ptr<Lock>> mutexes_;  // MessageQueueLock
    std::vector<std::int64_t> offsets_;                                // of the messages that are being finished
    AtOnce* in_listener_ = nullptr;
};

}  // namespace brokersim::client
