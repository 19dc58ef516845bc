#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/client/client_instance.h"
#include "core/client/owned_queue.h"
#include "core/host.h"

namespace brokersim::client {

/// The consumer's queues: owned ones, and those that it has ceased to own but not yet released.
using QueueTable = std::map<protocol::MessageQueue, OwnedQueuePtr>;

/// The locks that an orderly consumer asks of the masters of its queues (RebalanceImpl.lock, lockAll, unlock,
/// unlockAll). A broker that does not answer within a second changes nothing of what the consumer believes.
class HeldLocks {
public:
    /// All references must outlive the object. `queues` are the consumer's, all with an OrderlyQueue.
    HeldLocks(Host& host, ClientInstance& instance, const QueueTable& queues, std::string group);
    HeldLocks(const HeldLocks&) = delete;
    HeldLocks& operator=(const HeldLocks&) = delete;

    /// Asks for one queue, in the table or not; `done(true)` if the broker gave it. Never ends within the call.
    void lock(const protocol::MessageQueue& queue, Callback<void(bool)> done);
    /// Asks for all owned queues, one broker after the other; those that a broker refuses count as lost.
    void renew_all(Task done);
    /// Frees one queue, without waiting for an answer.
    void unlock(const protocol::MessageQueue& queue);
    /// Frees all queues, one broker after the other.
    void unlock_all(Task done);

private:
    struct Round {  // one call to each broker
        std::map<std::string, std::vector<protocol::MessageQueue>> left;
        Task done;
    };

    std::shared_ptr<Round> round(bool owned_only, Task done) const;
    void renew_next(std::shared_ptr<Round> round);
    void unlock_next(std::shared_ptr<Round> round);
    void locked(const protocol::MessageQueue& queue);
    void lost(const protocol::MessageQueue& queue);

    Host& host_;
    ClientInstance& instance_;
    const QueueTable& queues_;
    const std::string group_;
    const NameId refused_;
};

}  // namespace brokersim::client
