#include "core/kafka/assignors/partition_moves.h"

namespace brokersim::kafka::sticky {

HashedNumber PartitionMoves::hashed(Partition partition) const {
    const std::uint32_t inner = 31U * (31U + static_cast<std::uint32_t>(group_.index_of(partition)));
    const auto topic = static_cast<std::uint32_t>(group_.topics[group_.topic_of[partition]].hash);
    return {partition, static_cast<std::int32_t>(inner + topic)};
}

Partition PartitionMoves::instead_of(Partition partition, Member from, Member to) const {
    if (const auto before = ways_.find(partition); before != ways_.end()) from = before->second.first;
    const auto back = by_topic_.find({group_.topic_of[partition], {to, from}});
    return back == by_topic_.end() ? partition : back->second.begin()->key.number;
}

void PartitionMoves::moved(Partition partition, Member from, Member to) {
    const auto before = ways_.find(partition);
    if (before == ways_.end()) {
        record(partition, {from, to});
        return;
    }
    const Way way = before->second;
    const auto set = by_topic_.find({group_.topic_of[partition], way});
    set->second.erase(hashed(partition));
    if (set->second.empty()) by_topic_.erase(set);
    ways_.erase(before);
    if (way.first != to) record(partition, {way.first, to});
}

void PartitionMoves::record(Partition partition, Way way) {
    ways_.emplace(partition, way);
    by_topic_[{group_.topic_of[partition], way}].put(hashed(partition), {});
}

}  // namespace brokersim::kafka::sticky
