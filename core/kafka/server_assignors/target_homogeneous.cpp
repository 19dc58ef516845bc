#include <algorithm>

#include "core/kafka/server_assignors/target_group.h"

namespace brokersim::kafka::target {
namespace {

struct Place {
    std::size_t topic;
    std::int32_t partition;
};

}  // namespace

std::expected<Target, std::string> assign_homogeneous(const Group& group) {
    std::vector<std::vector<bool>> assigned(group.topics.size());
    for (std::size_t topic = 0; topic < group.topics.size(); ++topic)
        assigned[topic].resize(static_cast<std::size_t>(group.topics[topic].partitions));
    for (const auto& shares : group.previous)
        for (const TopicShare& share : shares)
            for (const std::int32_t partition : share.partitions)
                assigned[share.topic][static_cast<std::size_t>(partition)] = true;

    std::vector<Place> unassigned;
    std::size_t total = 0;
    for (const std::uint32_t topic : topics_in_set_order(group, group.hash_order.front())) {
        total += assigned[topic].size();
        for (std::int32_t partition = 0; partition < group.topics[topic].partitions; ++partition)
            if (!assigned[topic][static_cast<std::size_t>(partition)]) unassigned.push_back({topic, partition});
    }

    // Everybody keeps as much as its quota allows, topic after topic.
    std::vector<std::pair<std::size_t, std::size_t>> wanting;  // member, how many
    std::size_t extra = total % group.members.size();
    std::vector<std::vector<TopicShare>> shares(group.members.size());
    for (const std::size_t member : group.hash_order) {
        std::size_t quota = total / group.members.size();
        if (extra > 0) {
            ++quota;
            --extra;
        }
        for (const TopicShare& before : group.previous[member]) {
            if (!group.subscribes(member, before.topic)) continue;
            const std::size_t kept = std::min(quota, before.partitions.size());
            const auto end = before.partitions.begin() + static_cast<std::ptrdiff_t>(kept);
            if (kept > 0) shares[member].push_back({before.topic, {before.partitions.begin(), end}});
            for (auto rest = end; rest != before.partitions.end(); ++rest) unassigned.push_back({before.topic, *rest});
            quota -= kept;
        }
        if (quota > 0) wanting.emplace_back(member, quota);
    }

    std::size_t next = 0;
    for (auto [member, quota] : wanting) {
        if (quota > unassigned.size() - next)
            return std::unexpected(std::string("IndexOutOfBoundsException: targets overlap: partitions are missing"));
        for (; quota > 0; --quota, ++next) {
            const Place& place = unassigned[next];
            auto& mine = shares[member];
            if (mine.empty() || mine.back().topic != place.topic) mine.push_back({place.topic, {}});
            mine.back().partitions.push_back(place.partition);
        }
    }
    if (next < unassigned.size())
        return std::unexpected(std::string("PartitionAssignorException: Partitions were left unassigned"));
    Target result{group.homogeneous, {}};
    for (auto& share : shares) {
        sort_shares(share);
        result.shares.emplace_back(std::move(share));
    }
    return result;
}

}  // namespace brokersim::kafka::target
