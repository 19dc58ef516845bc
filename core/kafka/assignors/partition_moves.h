#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "core/kafka/assignors/sticky_group.h"
#include "core/kafka/java_order.h"

namespace brokersim::kafka::sticky {

/// The moves that a balancing round made (AbstractStickyAssignor.PartitionMovements): two partitions of a topic need
/// not change places between two members, where moving the first one back does as well.
class PartitionMoves {
public:
    explicit PartitionMoves(const Group& group) : group_(group) {}

    /// The partition to move instead of `partition` if one of its topic went the other way before, else itself.
    Partition instead_of(Partition partition, Member from, Member to) const;
    /// `partition` goes from its owner `from` to `to`.
    void moved(Partition partition, Member from, Member to);

private:
    using Way = std::pair<Member, Member>;  // from, to
    struct Nothing {};
    /// Iterates as a HashSet of Kafka's topic-partitions.
    using Set = JavaHashMap<HashedNumber, Nothing>;

    HashedNumber hashed(Partition partition) const;
    void record(Partition partition, Way way);

    const Group& group_;
    std::map<Partition, Way> ways_;
    std::map<std::pair<std::uint32_t, Way>, Set> by_topic_;
};

}  // namespace brokersim::kafka::sticky
