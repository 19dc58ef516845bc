#include "core/kafka/server_assignors/target_group.h"

#include <algorithm>
#include <map>

#include "core/hash_table.h"
#include "core/kafka/java_order.h"

namespace brokersim::kafka::target {
namespace {

struct Nothing {};

/// Uuid.hashCode.
std::int32_t java_hash(const TopicId& id) {
    const auto x = static_cast<std::uint64_t>(id.most ^ id.least);
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(x >> 32) ^ static_cast<std::uint32_t>(x));
}

/// Every topic that is subscribed to, existing or not, is subscribed to by all members.
bool same_names(const std::vector<TargetMember>& members) {
    if (members.empty()) return true;
    const auto sorted = [](const TargetMember& member) {
        std::vector<std::string_view> names(member.topics.begin(), member.topics.end());
        std::sort(names.begin(), names.end());
        names.erase(std::unique(names.begin(), names.end()), names.end());
        return names;
    };
    const auto first = sorted(members.front());
    return std::all_of(members.begin(), members.end(), [&](const TargetMember& member) {
        return member.topics == members.front().topics || sorted(member) == first;
    });
}

}  // namespace

Group::Group(const std::vector<TargetTopic>& given_topics, const std::vector<TargetMember>& given_members)
    : topics(given_topics), members(given_members), homogeneous(same_names(given_members)) {
    HashTable<std::string_view, std::uint32_t> numbers;
    std::map<TopicId, std::uint32_t> numbers_of_ids;
    for (std::uint32_t topic = 0; topic < topics.size(); ++topic) {
        numbers.try_emplace(topics[topic].name, topic);
        numbers_of_ids.emplace(topics[topic].id, topic);
    }
    std::vector<std::int32_t> hashes;
    for (const TargetMember& member : members) hashes.push_back(brokersim::java_hash(member.id));
    const auto order_of_ids = java_map_order(hashes);
    hash_order.assign(order_of_ids.begin(), order_of_ids.end());

    topics_of.resize(members.size());
    subscribers.resize(topics.size());
    previous.resize(members.size());
    for (std::uint32_t member = 0; member < members.size(); ++member) {
        auto& mine = topics_of[member];
        if (member > 0 && members[member].topics == members[member - 1].topics) {
            mine = topics_of[member - 1];
        } else {
            for (const std::string& topic : members[member].topics)
                if (const auto* number = numbers.find(std::string_view(topic))) mine.push_back(*number);
            std::sort(mine.begin(), mine.end());
            mine.erase(std::unique(mine.begin(), mine.end()), mine.end());
        }
        for (const std::uint32_t topic : mine) subscribers[topic].push_back(member);

        const auto& given = members[member].previous;
        hashes.clear();
        for (const auto& [id, partitions] : given) hashes.push_back(java_hash(id));
        for (const std::uint32_t place : java_map_order(hashes)) {
            const auto& [id, partitions] = given[place];
            const auto topic = numbers_of_ids.find(id);
            if (topic == numbers_of_ids.end()) continue;
            TopicShare share{topic->second, java_set_order(partitions)};
            std::erase_if(share.partitions, [&](std::int32_t partition) {
                return partition < 0 || partition >= topics[topic->second].partitions;
            });
            previous[member].push_back(std::move(share));
        }
    }
}

bool Group::subscribes(std::size_t member, std::size_t topic) const {
    return std::binary_search(topics_of[member].begin(), topics_of[member].end(), topic);
}

std::vector<std::uint32_t> topics_in_set_order(const Group& group, std::size_t member) {
    const auto& names = group.members[member].topics;
    auto name_set = JavaHashMap<std::string_view, Nothing>::sized_for(names.size());
    for (const std::string& name : names) name_set.put(name, {});
    auto id_set = JavaHashMap<HashedNumber, Nothing>::sized_for(name_set.size());
    HashTable<std::string_view, std::uint32_t> numbers;
    for (const std::uint32_t topic : group.topics_of[member]) numbers.try_emplace(group.topics[topic].name, topic);
    for (const auto& entry : name_set)
        if (const auto* topic = numbers.find(entry.key)) id_set.put({*topic, java_hash(group.topics[*topic].id)}, {});
    std::vector<std::uint32_t> order;
    for (const auto& entry : id_set) order.push_back(entry.key.number);
    return order;
}

void sort_shares(std::vector<TopicShare>& shares) {
    std::sort(shares.begin(), shares.end(), [](const auto& a, const auto& b) { return a.topic < b.topic; });
    std::vector<TopicShare> merged;
    for (TopicShare& share : shares) {
        if (share.partitions.empty()) continue;
        if (!merged.empty() && merged.back().topic == share.topic)
            merged.back().partitions.insert(merged.back().partitions.end(), share.partitions.begin(),
                                            share.partitions.end());
        else
            merged.push_back(std::move(share));
    }
    for (TopicShare& share : merged) std::sort(share.partitions.begin(), share.partitions.end());
    shares = std::move(merged);
}

}  // namespace brokersim::kafka::target
