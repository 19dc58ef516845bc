#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/notes.h"
#include "core/types.h"

/// What happened in a run, as checkers and measures see it: one small flat record for each happening, without texts.
namespace brokersim::scenario {

/// "No such thing" for dense numbers of this room (nodes, producers, groups, topics, brokers).
inline constexpr std::uint32_t none = UINT32_MAX;
inline constexpr NameId no_name{none};

enum class EventKind : std::uint8_t {
    // Where the application calls the client.
    sent,            // a producer's application calls send
    acknowledged,    // the send ended with SEND_OK (a status that doubts the flush is a rejection with that code)
    rejected,        // the send ended with an error of the client or a broker (count: code)
    send_timed_out,  // the send ended without an answer
    delivered,       // a handler begins
    handled,         // a handler ends
    // From core's notes.
    stored,
    dispatched,
    pull_served,
    refused,
    owned,
    revoked,
    rebalanced,
    member_joined,
    member_left,
    generation_started,
    group_stable,
    offset_committed,
    // From whoever runs the world.
    node_started,     // the node's start() was called
    node_stopped,     // its shutdown() has ended
    node_killed,      // its process died, its machine lives on: connections are reset
    node_power_lost,  // its whole machine fell silent
    flush_failing,    // the next flush of a broker will fail: what is not flushed yet may get lost
    storage_damaged,  // bytes of a broker's disk go wrong behind its back: rot, misdirected write
    offset_reset,     // an operator set a group's position in a queue
    named_event,      // an entry of the scenario's [[at]] comes due, before its effects
    load_ended,       // producers were told to stop
    member_failed,    // a member of a Kafka group gave its membership up for good (name: "kafka.member.failed.ERROR")
    /// From here on no fault is active or will come, but such as node events tell of (kill, power cut). Given once in
    /// every run; at 0 if there is no other fault.
    healed,
    group_request,  // a request or notice that manages a group arrived (count: GroupRequest)
    level_sampled,  // a counter of something that has a bound
};
inline constexpr std::size_t event_kind_count = static_cast<std::size_t>(EventKind::level_sampled) + 1;

/// What the members of a group and those in charge of it say to each other, messages aside; answers do not count.
enum class GroupRequest : std::uint8_t {
    client_heartbeat,  // RocketMQ, to each broker
    member_list,       // RocketMQ: who is in the group?
    notification,      // RocketMQ, broker to member: the group has changed
    queue_lock,        // RocketMQ's orderly groups: locks taken, renewed or given back
    assignment,        // RocketMQ's POP: which queues shall I ask?
    ack,               // RocketMQ's POP: a message is handled, or shall stay hidden for longer
    coordinator,       // Kafka: who manages the group?
    join,              // Kafka
    sync,              // Kafka
    heartbeat,         // Kafka, to the coordinator
    leave,             // Kafka's LeaveGroup, RocketMQ's unregistration
    offset_fetch,      // where to begin
    offset_commit,     // on its own: RocketMQ's pulls carry positions, too
};
inline constexpr std::size_t group_request_count = static_cast<std::size_t>(GroupRequest::offset_commit) + 1;
/// "heartbeat", "member_list" ...: as metrics are named.
std::string_view word(GroupRequest request);

/// What the names of member_failed events begin with.
inline constexpr std::string_view failed_membership = "kafka.member.failed.";

/// A set of kinds, for Observer::interests().
using KindMask = std::uint64_t;
template <class... Kinds>
constexpr KindMask kinds(Kinds... kind) {
    return (KindMask{0} | ... | (KindMask{1} << static_cast<unsigned>(kind)));
}

/// How a delivery stands to earlier ones of the same message to the same group.
enum class Repeat : std::uint8_t {
    first,
    retried,    // the last handling failed, and the client says that this is a further attempt
    duplicate,  // neither
};

/// All times are nanoseconds of the world's own clock since the beginning of the load. What happens before it has
/// negative times; how long before does not matter.
struct Event {
    struct Message {                   // sent ... handled
        std::uint64_t sequence = 0;    // of the producer, dense from 0
        std::int64_t intended = 0;     // when the message should have been sent
        std::int64_t began = 0;        // acknowledged, rejected, send_timed_out: when send was called; delivered: when
                                       // the client had received it; handled: when the handler began
        std::int64_t stood_still = 0;  // delivered: how long the queue had waiting messages and no delivery (see Flow);
                                       // filled in by History
        std::uint32_t producer = none;  // dense, see Roster; none: the body names nobody
    };
    struct Append {                // stored: durations on the broker's own clock
        std::int64_t in_lane = 0;  // arrived until a server took it
        std::int64_t in_lock = 0;  // until it had the append lock (encoding included)
        std::int64_t append = 0;   // until the append was paid
    };
    struct Other {
        NameId name = no_name;   // member_joined, member_left: client; member_failed: the error; named_event: the
                                 // event; level_sampled: what is counted
        std::uint64_t view = 0;  // rebalanced
        std::int64_t bound = 0;  // level_sampled: the greatest value that is allowed
        std::int32_t code = 0;   // member_left: LeaveReason; refused: response code; generation
        bool changed = false;    // rebalanced
    };

    std::int64_t time = 0;
    std::int64_t offset = -1;  // of the queue (first of `count`); level_sampled: the value
    union {
        Message message;
        Append append;
        Other other;
    };
    NameId group = no_name;
    NameId queue = no_name;
    std::uint32_t node = none;
    std::int32_t count = 0;  // messages; delivered, handled: attempt (reconsumeTimes, from 0); stored: bytes;
                             // rejected: code; refused: request code; rebalanced: queues owned; generation: members;
                             // group_request: its kind
    EventKind kind;
    bool good = true;               // delivered: the body is what was sent; handled: the handler succeeded
    Repeat repeat = Repeat::first;  // delivered; filled in by History

    explicit Event(EventKind of, std::int64_t at) : time(at), message(), kind(of) {}
};
static_assert(sizeof(Event) <= 80);

/// Who sent a message and when it was due: what the application knows of one message.
struct MessageId {
    std::uint32_t producer = none;
    std::uint64_t sequence = 0;

    auto operator<=>(const MessageId&) const = default;
};

// --- the application's side ------------------------------------------------------------------------------------------

Event sent(std::int64_t time, std::uint32_t node, MessageId id, std::int64_t intended);
/// `began` is the time of the `sent` event. `queue` and `offset` are those of the send result.
Event acknowledged(std::int64_t time, std::uint32_t node, MessageId id, std::int64_t intended, std::int64_t began,
                   NameId queue, QueueOffset offset);
Event rejected(std::int64_t time, std::uint32_t node, MessageId id, std::int64_t intended, std::int64_t began,
               std::int32_t code);
Event send_timed_out(std::int64_t time, std::uint32_t node, MessageId id, std::int64_t intended, std::int64_t began);

/// Where and to whom a message is handed. `queue` and `offset` are those of the record that was pulled (a retry's own).
struct Handing {
    std::uint32_t node = none;
    NameId group = no_name;
    NameId queue = no_name;
    QueueOffset offset;
    std::int32_t attempt = 0;
};
/// `id` and `intended` come out of the body (scenarios/body.h), `body_ok` from comparing it; `received` is when the
/// client got the pull's answer.
Event delivered(std::int64_t time, const Handing& handing, MessageId id, std::int64_t intended, std::int64_t received,
                bool body_ok);
/// The handler that `began` has ended, whether or not the client makes anything of its result.
Event handled(std::int64_t time, const Handing& handing, MessageId id, std::int64_t began, bool ok);

// --- from notes
// -------------------------------------------------------------------------------------------------------

/// The event that a note of `node` stands for, if any (Counted stands for none here). `mono` is the node's clock at the
/// note.
std::optional<Event> event_of(std::int64_t time, std::uint32_t node, MonoTime mono, const Note& note);

// --- from whoever runs the world
// --------------------------------------------------------------------------------------

/// node_started, node_stopped, node_killed, node_power_lost, flush_failing, storage_damaged.
Event node_event(EventKind kind, std::int64_t time, std::uint32_t node);
Event named_event(std::int64_t time, NameId name);
Event load_ended(std::int64_t time);
Event healed(std::int64_t time);
Event offset_reset(std::int64_t time, NameId group, NameId queue, QueueOffset offset);
/// `what` is "kafka.member.failed.ERROR".
Event member_failed(std::int64_t time, std::uint32_t node, NameId what);
Event level_sampled(std::int64_t time, std::uint32_t node, NameId what, std::int64_t value, std::int64_t bound);
/// `node` sent it.
Event group_request(std::int64_t time, std::uint32_t node, NameId group, GroupRequest request);

}  // namespace brokersim::scenario
