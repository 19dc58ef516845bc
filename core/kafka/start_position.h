#pragma once

#include <cstdint>
#include <optional>

#include "core/client/ownership.h"
#include "core/protocol/messages.h"

namespace brokersim::kafka {

/// Where a consumer without a committed offset begins to read a queue (auto.offset.reset).
struct StartPosition {
    protocol::ConsumeFromWhere from = protocol::ConsumeFromWhere::last_offset;
    std::int64_t timestamp = 0;  // ms, for ConsumeFromWhere::timestamp
};

/// Asks the queue's broker where that is. `done` gets nothing if the broker is not known (then within the call), cannot
/// be reached, or gives no offset.
void ask_start(client::QueueOwner& owner, const protocol::MessageQueue& queue, const StartPosition& start,
               Duration timeout, Callback<void(std::optional<QueueOffset>)> done);

}  // namespace brokersim::kafka
