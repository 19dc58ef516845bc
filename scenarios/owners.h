#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "scenarios/event.h"
#include "scenarios/roster.h"

namespace brokersim::scenario {

/// Who owns which queue, as the members themselves believe, and who is alive.
///
/// A member owns a queue from its Owned note to its Revoked note, or to the end of its life: the dead own nothing. A
/// group's ownership is *settled* when each declared queue of its topics has exactly one owner; retry queues are left
/// out. A queue *moves* when it gets another sole owner than it had last; a member that was started again is another
/// one.
class Owners {
public:
    struct Member {
        std::uint32_t node = none;
        std::uint32_t life = 0;

        auto operator<=>(const Member&) const = default;
    };
    struct Queue {
        std::vector<std::uint32_t> owners;  // nodes, in order of taking
        Member last;                        // the newest sole owner, dead or alive; node none: never owned
    };
    struct Group {
        std::vector<Queue> queues;            // by NameId value
        std::int64_t owned = 0;               // declared queues with an owner
        std::int64_t doubly_owned = 0;        // ... with more than one
        std::int64_t moved = 0;               // moves so far
        std::int64_t changed_at = INT64_MIN;  // last time that a queue got or lost an owner
    };

    explicit Owners(const Roster& roster) : roster_(roster) {}

    /// owned, revoked and the life of nodes; others are ignored.
    void record(const Event& event);

    bool alive(std::uint32_t node) const { return node < nodes_.size() && nodes_[node].alive; }
    /// How often the node was started.
    std::uint32_t life(std::uint32_t node) const { return node < nodes_.size() ? nodes_[node].lives : 0; }
    std::int64_t members_alive(std::uint32_t group) const;
    /// Declared queues that the member owns, alone or with others.
    std::int64_t queues_of(std::uint32_t node) const { return node < nodes_.size() ? nodes_[node].queues : 0; }

    const Group& group(std::uint32_t group) const;
    const Queue& queue(std::uint32_t group, NameId queue) const;
    /// Declared queues of the group's topics.
    std::int64_t queue_count(std::uint32_t group) const;
    std::int64_t unowned(std::uint32_t number) const { return queue_count(number) - group(number).owned; }
    bool settled(std::uint32_t number) const { return unowned(number) == 0 && group(number).doubly_owned == 0; }

private:
    struct Node {
        bool alive = false;
        std::uint32_t lives = 0;
        std::int64_t queues = 0;
    };
    void take(std::uint32_t group, const Event& event);
    void lose(std::uint32_t group, NameId queue, std::uint32_t node, std::int64_t time);
    void see_sole_owner(Group& group, Queue& queue);
    void die(const Event& event);
    Group& group_of(std::uint32_t group);

    const Roster& roster_;
    std::vector<Node> nodes_;
    std::vector<Group> groups_;
};

}  // namespace brokersim::scenario
