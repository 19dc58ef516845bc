#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "core/client/client_config.h"
#include "core/client/ownership.h"

namespace brokersim::client {

/// Where a consumer begins in a queue (RebalancePushImpl.computePullFromWhere): at the group's stored offset, else
/// where consumeFromWhere says. Asks brokers, one question after the other.
class StartOffset {
public:
    struct Found {
        QueueOffset offset;
        bool stored;  // the broker knew the group's offset
    };
    using Done = Callback<void(std::optional<Found>)>;

    /// `owner` must outlive the object. The default consumeTimestamp counts from now.
    StartOffset(QueueOwner& owner, const ClientConfig& config);

    /// Calls `done` with the offset, or with nothing if it could not be had.
    void find(const protocol::MessageQueue& queue, Done done);
    /// The same for a queue of which no offset is stored.
    void find_unstored(const protocol::MessageQueue& queue, Done done) { not_stored(queue, false, std::move(done)); }
    /// From now on nobody is asked, and no `done` runs.
    void stop() { stopped_ = true; }

private:
    void ask(const protocol::MessageQueue& queue, bool refreshed, Done done);
    void not_stored(const protocol::MessageQueue& queue, bool refreshed, Done done);

    QueueOwner& owner_;
    protocol::ConsumeFromWhere from_where_;
    std::int64_t from_timestamp_;  // ms
    bool stopped_ = false;
};

}  // namespace brokersim::client
