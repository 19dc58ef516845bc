#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/client/ownership.h"
#include "core/kafka/coordinator_link.h"
#include "core/kafka/messages.h"
#include "core/kafka/start_position.h"

namespace brokersim::kafka {

/// Begins to consume queues that a member was assigned, as soon as it knows where: at the group's committed offset,
/// else where the consumer's rule says, which the queue's broker is asked for. It tries until it succeeds or the queue
/// is forgotten.
class MemberPositions {
public:
    /// The member's id and epoch in the group, as of now.
    struct Identity {
        std::string member_id;
        std::int32_t epoch;
    };

    /// References must outlive the object.
    MemberPositions(client::QueueOwner& owner, CoordinatorLink& link, const MemberConfig& config, StartPosition start,
                    Callback<Identity()> identity);

    /// The queues, not owned and not wanted yet, are to be consumed. To be followed by fetch().
    void want(const protocol::MessageQueue& queue) { wanted_[queue] = ++tickets_; }
    void fetch();
    /// A wanted queue is not to be consumed after all; any other is ignored.
    void forget(const protocol::MessageQueue& queue) { wanted_.erase(queue); }
    void forget_all() { wanted_.clear(); }

private:
    using Tickets = std::map<protocol::MessageQueue, std::uint64_t>;

    void fetch_later();
    void fetched(const Tickets& asked, const OffsetFetchResponse& response);
    void reset(const protocol::MessageQueue& queue, std::uint64_t ticket);
    bool wants(const protocol::MessageQueue& queue, std::uint64_t ticket) const;
    void take(const protocol::MessageQueue& queue, QueueOffset from);

    client::QueueOwner& owner_;
    Host& host_;
    CoordinatorLink& link_;
    const MemberConfig& config_;
    StartPosition start_;
    Callback<Identity()> identity_;
    Tickets wanted_;       // an answer counts for the wish that led to its question
    Tickets being_reset_;  // nothing was committed; their brokers are asked
    std::uint64_t tickets_ = 0;
    bool fetching_ = false;
};

}  // namespace brokersim::kafka
