#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "core/types.h"
#include "scenarios/event.h"

/// What checkers must know of a run beside its events: what was promised, and how long things may take.
namespace brokersim::scenario {

/// Of a group that consumes orderly.
struct OrderBounds {
    std::int64_t batch = 1;  // messages that one call of a handler gets at most
    Duration lock_trust{
        30'000'000'000};  // a consumer relies on a lock so long, although its broker may have forgotten it
};

/// How long a group may take to share its queues out anew after the last disturbance, and what its protocol allows.
struct GroupBounds {
    Duration after_leave{};    // a member was started, or stopped in order
    Duration after_kill{};     // a member's process died: connections were reset
    Duration after_silence{};  // a member's machine fell silent
    /// A broker died or was started: its queues may have left the routes, and come back to them; also after the last
    /// fault healed.
    Duration after_broker{};
    Duration after_dark_broker{};  // a broker's machine fell silent: what its clients wait for does not come
    Duration double_owned{};       // two living members own one queue
    /// The same, counted from when a broker died or was started again, and from when the last fault healed or a broker
    /// lost power: members may have been cut off from those who tell them, or those may have forgotten.
    Duration double_owned_after_broker{};
    Duration double_owned_after_cut{};
    std::optional<OrderBounds> order{};  // none: messages of a queue may be handled together
    bool commits_fenced = false;         // the protocol refuses commits of those who no longer own the queue
};

/// Times of RocketMQ's self-assignment (its defaults).
struct SelfAssignmentTimes {
    Duration rebalance_interval{20'000'000'000};
    Duration min_rebalance_interval{1'000'000'000};
    Duration request_timeout{3'000'000'000};
    Duration connect_timeout{3'000'000'000};
    Duration heartbeat_interval{30'000'000'000};
    Duration channel_expiry{120'000'000'000};
    Duration channel_scan_interval{10'000'000'000};
    Duration route_interval{30'000'000'000};
};
/// A notification normally brings agreement within about two seconds; it is one-way, and the broker that is asked for
/// the members may not know the change yet, so the bound is one whole round more. While views differ, two may own.
/// A broker's list may lack a member that was cut off from it until the member's next heartbeat, which may have to open
/// a connection; the views are the same one round after that.
GroupBounds self_assignment_bounds(const SelfAssignmentTimes& times);

/// Times of Kafka's groups (the defaults of the classic protocol).
struct KafkaGroupTimes {
    Duration session_timeout{45'000'000'000};
    Duration heartbeat_interval{3'000'000'000};
    Duration initial_rebalance_delay{3'000'000'000};
    Duration request_timeout{30'000'000'000};
    Duration connect_timeout{10'000'000'000};
    Duration metadata_age{300'000'000'000};
    Duration longest_poll_gap{1'000'000'000};  // between two polls of a healthy member
    int rounds = 2;                            // 1: eager; 2: cooperative, and the consumer protocol
    bool static_members = false;               // they do not say goodbye
    Duration join_timeout{};                   // how long a member waits for the answer to a join
};
/// Each round takes a heartbeat interval and a poll gap of every member. A member that dies, in whatever way, is missed
/// at the end of its session; so is a static one that is stopped. If it waited for the answer to a join, that session
/// begins when the join has completed, which may have had to wait for the end of somebody else's session. Nobody owns
/// what another one owns, but a member that was cut off, until it is told by the answer to a heartbeat: when a
/// heartbeat that was under way has timed out, and a search for the coordinator that was, and a connection is open
/// again. A coordinator that is started again reads what it knew from its log. Queues of a broker that comes back into
/// the routes are shared out when the leader looks at its metadata again. Members that wait for the answer to a join
/// have nothing to send that would show them that their coordinator's machine was switched off: they wait until the
/// join times out.
GroupBounds kafka_bounds(const KafkaGroupTimes& times);

/// Who shall own each queue in the end (by the group's strategy); nothing if the caller cannot tell.
using ExpectedAssignment = std::function<std::optional<std::map<NameId, std::uint32_t>>(
    std::uint32_t group, std::span<const std::uint32_t> living_members)>;

struct CheckerContext {
    std::vector<bool> sync_flush;  // by broker of the roster: acknowledges only what is on disk
    /// Of a broker that acknowledges what is not: how long after that it is on disk at the latest.
    Duration flush_lag{12'500'000'000};
    /// Of a broker that writes to a pool of buffers: how long after that it is in its files at the latest. Zero: at
    /// once.
    Duration commit_lag{};
    std::vector<GroupBounds> groups;  // by group of the roster
    ExpectedAssignment expected;      // may be empty
    /// Some messages may not concern a group of their topic (filtering by tag); empty: all do.
    std::function<bool(std::uint32_t group, MessageId id)> wanted;
    /// No link fails in this run, and nobody stands still but members of groups: what a member commits arrives in the
    /// order in which it was sent.
    bool commits_in_order = false;
    Duration liveness{300'000'000'000};  // sends and deliveries may stand still that long after the last fault healed

    bool flushes_first(std::uint32_t broker) const { return broker < sync_flush.size() && sync_flush[broker]; }
    /// Whether the broker may have forgotten, after such an end of its life, what it had acknowledged.
    bool forgets(std::uint32_t broker, EventKind end) const {
        if (flushes_first(broker)) return false;
        return end == EventKind::node_power_lost || (end == EventKind::node_killed && commit_lag > Duration::zero());
    }
    bool wants(std::uint32_t group, MessageId id) const { return !wanted || wanted(group, id); }
};

}  // namespace brokersim::scenario
