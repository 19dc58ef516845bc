#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/kafka/assignor.h"

/// What both algorithms of Kafka's sticky assignors (AbstractStickyAssignor) begin with: the group in numbers, and who
/// owned what.
namespace brokersim::kafka::sticky {

using Member = std::uint32_t;     // place in the list of members
using Partition = std::uint32_t;  // number among all partitions that take part, by topic name and index
using Rack = std::uint32_t;

/// What a member says to have owned, and since when (-1: it does not say).
struct Claim {
    std::span<const TopicPartition> partitions;
    std::int32_t generation = -1;
};

/// A topic that somebody subscribes to and that has partitions.
struct Topic {
    std::string_view name;
    Partition first = 0;
    std::int32_t partitions = 0;
    std::int32_t hash = 0;  // of its name, as Java has it
};

/// Racks of members and partitions.
struct Racks {
    /// Some member has a rack.
    bool any = false;
    /// Racks decide: members and replicas share some, and the partitions are not all on the same ones.
    bool active = false;
    std::vector<std::optional<Rack>> of_member;
    std::vector<std::vector<Rack>> of_partition;  // sorted, distinct; empty unless `any`
    std::vector<std::uint32_t> members_in;        // by rack

    bool fits(Member member, Partition partition) const;
    /// Where racks decide: the member has one, and no replica is there.
    bool mismatch(Member member, Partition partition) const {
        return active && of_member[member] && !fits(member, partition);
    }
    /// How many members are in the racks of a partition.
    std::uint32_t weight(Partition partition) const;
};

struct Group {
    std::size_t members = 0;
    std::vector<Topic> topics;                            // by name
    std::vector<std::uint32_t> topic_of;                  // by partition
    std::vector<Member> hash_order;                       // members as Java's HashMap iterates over their ids
    std::vector<Member> by_id;                            // members by id
    std::vector<std::uint32_t> id_rank;                   // by member: its place in by_id
    std::vector<std::uint32_t> list_of;                   // by member: which of these lists it subscribes to
    std::vector<std::vector<std::uint32_t>> topic_lists;  // topics, ascending
    Racks racks;

    /// All members that subscribe to anything have the same subscription. (One that subscribes to nothing does not
    /// count if it comes first in hash_order: Kafka's own oddity.)
    bool equal_subscriptions = true;
    std::int32_t max_generation = -1;
    std::vector<std::int32_t> generation;         // by member
    std::vector<std::vector<Partition>> claimed;  // by member, in its order; empty if all subscriptions are equal
    std::vector<std::vector<Partition>> owned;    // claims that nobody disputes with success, in the member's order
    std::vector<bool> disputed;                   // partitions that two members claim for the same generation

    std::size_t partitions() const { return topic_of.size(); }
    const std::vector<std::uint32_t>& topics_of(Member member) const { return topic_lists[list_of[member]]; }
    std::int32_t index_of(Partition partition) const {
        return static_cast<std::int32_t>(partition - topics[topic_of[partition]].first);
    }
    TopicPartition named(Partition partition) const {
        return {std::string(topics[topic_of[partition]].name), index_of(partition)};
    }
};

/// `claims` has an element for each member; those of partitions that do not exist or that nobody subscribes to are left
/// out. `max_generation` is the highest that the assignor has seen. Names are views into `topics`.
Group read_group(const std::vector<TopicMetadata>& topics, const std::vector<Subscriber>& members,
                 std::span<const Claim> claims, std::int32_t max_generation);

/// What each member shall have, in the order of Kafka's lists.
struct Plan {
    std::vector<std::vector<Partition>> shares;  // by member
    /// Partitions that change hands, with their new owners, by partition; only the algorithm for equal subscriptions
    /// tells.
    std::optional<std::vector<std::pair<Partition, Member>>> transfers;
};

}  // namespace brokersim::kafka::sticky
