#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/config.h"
#include "core/kafka/deadline.h"
#include "core/kafka/java_order.h"
#include "core/kafka/messages.h"
#include "core/types.h"

/// What the coordinator knows of a group (Kafka's ClassicGroup and ClassicGroupMember). Data with its invariants; what
/// happens when is decided by GroupCoordinator.
namespace brokersim::kafka {

enum class GroupState : std::uint8_t { empty, preparing_rebalance, completing_rebalance, stable, dead };

/// Where an answer goes: a request that has been parked, or is being worked on.
struct Reply {
    ConnectionId connection;
    std::int32_t opaque = 0;
};

struct Member {
    /// `session_met` runs when the session's deadline is met.
    Member(Host& host, Callback<void(Member&)> session_met)
        : session(host, [this] { session_met_(*this); }), session_met_(std::move(session_met)) {}

    std::string id;
    std::string instance_id;  // empty: dynamic
    std::string client_id;
    std::string client_host;
    Millis session_timeout{};
    Millis rebalance_timeout{};
    std::vector<ProtocolMetadata> protocols;  // by preference
    std::string assignment;
    std::optional<Reply> parked_join;
    std::optional<Reply> parked_sync;
    bool is_new = false;  // has never got an answer to JoinGroup
    /// Session timeout; while the member is new, the new-member join timeout.
    Deadline session;

    bool is_static() const { return !instance_id.empty(); }
    /// Metadata of one protocol; it must be offered.
    const std::string& metadata(const std::string& protocol) const;

private:
    Callback<void(Member&)> session_met_;
};

class Group {
public:
    Group(Host& host, std::string name, Task join_expired, Task sync_expired)
        : name_(std::move(name)),
          name_id_(host.name(name_)),
          join_timer(host, std::move(join_expired)),
          sync_timer(host, std::move(sync_expired)) {}

    const std::string& name() const { return name_; }
    NameId name_id() const { return name_id_; }
    GroupState state() const { return state_; }
    GroupState previous_state() const { return previous_state_; }
    bool is(GroupState state) const { return state_ == state; }
    /// Goes to another state; only the transitions of the protocol are allowed.
    void become(GroupState state);
    std::int32_t generation() const { return generation_; }
    const std::string& protocol_type() const { return protocol_type_; }
    /// The selected protocol; empty while there is none.
    const std::string& protocol() const { return protocol_; }
    /// Member id of the leader; empty while there is none.
    const std::string& leader() const { return leader_; }

    /// Members in the order of Java's HashMap.
    const JavaHashMap<std::string, std::unique_ptr<Member>>& members() const { return members_; }
    std::size_t size() const { return members_.size(); }
    Member* find(const std::string& member_id) const;
    /// Member id behind an instance id; null if it is unknown.
    const std::string* static_member(const std::string& instance_id) const;

    /// Adds a member that offers `protocols`. The first without a leader becomes the leader.
    Member& add(std::unique_ptr<Member> member, const std::string& protocol_type);
    /// Takes a member out; a leader's successor is the first in map order. Its parked requests must have been answered.
    void remove(const std::string& member_id);
    /// Gives a static member a new id in place: metadata, assignment and leadership stay. Parked requests must have
    /// been answered.
    Member& replace(const std::string& old_id, const std::string& new_id);
    void offer(Member& member, std::vector<ProtocolMetadata> protocols);

    void park_join(Member& member, Reply reply);
    /// Takes the parked JoinGroup out, to be answered.
    std::optional<Reply> unpark_join(Member& member);

    /// Whether one of the offered protocols is supported by every member, and the type is the group's.
    bool supports(const std::string& type, const std::vector<ProtocolMetadata>& offered) const;
    /// The protocol that most members prefer among those that all support; ties go to the first in map order.
    std::string select_protocol() const;
    /// Largest rebalance timeout of the members.
    Millis rebalance_timeout() const;
    /// Everybody is parked, and no handed-out id is outstanding.
    bool all_joined() const { return parked_joins_ == members_.size() && pending_joins.empty(); }
    std::size_t parked_joins() const { return parked_joins_; }
    /// Makes sure that the leader is among the parked; false if nobody can lead.
    bool elect_joined_leader();
    /// Begins the next generation: selects the protocol, or becomes empty.
    void next_generation();
    /// Puts back what a stored record said, after its members have been added.
    void restore(std::int32_t generation, std::string protocol_type, std::string protocol, std::string leader);

    /// Ids handed out by MEMBER_ID_REQUIRED that have not been used, each with the deadline that drops it.
    std::map<std::string, std::unique_ptr<Deadline>> pending_joins;
    /// Members that have not sent SyncGroup in this generation.
    std::set<std::string> pending_syncs;
    bool new_member_added = false;
    /// What is left of the initial rebalance: the delay under way and the rest of the budget. None: a later rebalance.
    struct InitialDelay {
        Millis delay;
        Millis remaining;
    };
    std::optional<InitialDelay> initial_delay;

private:
    void count(const Member& member, int by);

    std::string name_;
    NameId name_id_;
    GroupState state_ = GroupState::empty;
    GroupState previous_state_ = GroupState::empty;
    std::int32_t generation_ = 0;
    std::string protocol_type_;
    std::string protocol_;
    std::string leader_;
    JavaHashMap<std::string, std::unique_ptr<Member>> members_;
    std::map<std::string, std::string> static_members_;  // instance id -> member id
    std::map<std::string, std::int32_t> support_;        // protocol -> number of members that offer it
    std::size_t parked_joins_ = 0;

public:
    Deadline join_timer;  // rebalance timeout, or a step of the initial delay
    Deadline sync_timer;
};

}  // namespace brokersim::kafka
