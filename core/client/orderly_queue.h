#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "core/client/message_listener.h"

namespace brokersim::client {

/// What an orderly consumer keeps of an owned queue beside its books: the broker's lock, and the messages themselves
/// (the rest of RocketMQ's ProcessQueue).
struct OrderlyQueue {
    /// Whether handlers may start: the broker gave the lock, and not longer ago than lockMaxLiveTime.
    bool usable(std::int64_t now_ms, std::int64_t max_live_ms) const {
        return locked && now_ms - locked_ms <= max_live_ms;
    }

    bool locked = true;          // as the broker said last
    std::int64_t locked_ms = 0;  // when the lock was given or renewed; the client's wall clock
    bool positioned = false;     // the position was read again under the lock (PullRequest.previouslyLocked)
    bool in_turn = false;        // some task will hand over what waits (ProcessQueue.consuming)
    std::map<std::int64_t, ReceivedMessage> waiting;  // by offset: pulled, not handed over (msgTreeMap)
    std::vector<ReceivedMessage> taken;  // of the listener call under way (consumingMsgOrderlyTreeMap), in order
};

}  // namespace brokersim::client
