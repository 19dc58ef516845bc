#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/protocol/messages.h"

namespace brokersim::broker {

/// Which member of an orderly group may consume which queue of this broker (RocketMQ's RebalanceLockManager). A lock
/// lives in memory only, and 60 s beyond its last renewal: a member that died keeps others out that long, and a broker
/// that starts again has forgotten everything.
class QueueLocks {
public:
    /// tryLockBatch: gives the client each queue that is free, its own already, or whose lock has run out, and renews
    /// what it has. Returns the queues that it now has, in the order of the request. `now_ms` is the broker's wall
    /// clock.
    std::vector<protocol::MessageQueue> lock(const protocol::LockBatchRequest& request, std::int64_t now_ms);
    /// unlockBatch: frees those of the queues that are locked by the client; others are left as they are.
    void unlock(const protocol::UnlockBatchRequest& request);

private:
    struct Holder {
        std::string client_id;
        std::int64_t renewed_ms = 0;
    };
    using Group = std::map<protocol::MessageQueue, Holder>;

    std::map<std::string, Group, std::less<>> groups_;
};

}  // namespace brokersim::broker
