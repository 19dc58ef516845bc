#pragma once

#include <cstdint>
#include <variant>

#include "core/types.h"

/// What core tells its surroundings about itself: typed events that checkers, measures and traces read. A note changes
/// nothing in the world. Names are interned (Host::name); a queue's name is `protocol::queue_name`, a client's its
/// client id. The time and the node of a note are those of the handler that gives it.
namespace brokersim::note {

/// A record is in the log and its append has been paid: from now on others may see it.
struct Stored {
    NameId queue;
    QueueOffset offset;
    PhysicalOffset physical_offset;
    std::int32_t size;  // bytes of the whole record
    MonoTime arrived;   // the send request reached the broker
    MonoTime started;   // a server of the send lane took it
    MonoTime locked;    // it got the append lock
};

/// The log's records were indexed: `count` messages of the queue from `first` on can be pulled.
struct Dispatched {
    NameId queue;
    QueueOffset first;
    std::int32_t count;
};

/// A pull was answered with messages.
struct PullServed {
    NameId group;
    NameId queue;
    QueueOffset first;
    std::int32_t count;
    std::int32_t bytes;
};

/// A broker refused a request (flow control, no room, unknown ...); `code` is RocketMQ's response code.
struct Refused {
    std::int32_t request_code;
    std::int32_t code;
};

/// A group member began (owned) or ceased (revoked) to consume a queue.
struct Owned {
    NameId group;
    NameId queue;
};
struct Revoked {
    NameId group;
    NameId queue;
};

/// A member holds what its view of the group gives it: `members` and `queues` are digests of the view that it used
/// (RocketMQ: sorted client ids and queues; Kafka: generation and assignment). Given after each round, changed or not.
struct Rebalanced {
    NameId group;
    std::uint64_t view;
    std::int32_t queues_owned;
    bool changed;
};

enum class LeaveReason : std::uint8_t { unregistered, connection_closed, expired, rebalance_timeout };

/// A broker (RocketMQ) or the coordinator (Kafka) learned that a member came or went; `client` is the client or member
/// id.
struct MemberJoined {
    NameId group;
    NameId client;
};
struct MemberLeft {
    NameId group;
    NameId client;
    LeaveReason reason;
};

/// The coordinator's group has a new generation, or became stable in it.
struct GenerationStarted {
    NameId group;
    std::int32_t generation;
    std::int32_t members;
};
struct GroupStable {
    NameId group;
    std::int32_t generation;
};

/// A committed offset was stored by a broker or a coordinator.
struct OffsetCommitted {
    NameId group;
    NameId queue;
    QueueOffset offset;
};

/// A producer or consumer met flow control, a retry, a time-out ...: counted by name in reports.
struct Counted {
    NameId what;
    std::int64_t amount;
};

}  // namespace brokersim::note

namespace brokersim {

using Note = std::variant<note::Stored, note::Dispatched, note::PullServed, note::Refused, note::Owned, note::Revoked,
                          note::Rebalanced, note::MemberJoined, note::MemberLeft, note::GenerationStarted,
                          note::GroupStable, note::OffsetCommitted, note::Counted>;

}  // namespace brokersim
