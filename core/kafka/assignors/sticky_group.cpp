#include "core/kafka/assignors/sticky_group.h"

#include <algorithm>
#include <numeric>

#include "core/hash_table.h"
#include "core/kafka/java_order.h"

namespace brokersim::kafka::sticky {
namespace {

using TopicNumbers = HashTable<std::string_view, std::uint32_t>;

/// Whether a member has the same list of topics as the one before it: most groups have but one list.
bool same_topics(const std::vector<Subscriber>& members, std::size_t i) {
    return i > 0 && members[i].subscription.topics == members[i - 1].subscription.topics;
}

void read_topics(Group& group, const std::vector<TopicMetadata>& topics, const std::vector<Subscriber>& members,
                 TopicNumbers& numbers, std::vector<const TopicMetadata*>& given) {
    TopicNumbers wanted;
    for (std::size_t i = 0; i < members.size(); ++i)
        if (!same_topics(members, i))
            for (const std::string& topic : members[i].subscription.topics) wanted.try_emplace(topic, 0U);
    for (const TopicMetadata& topic : topics)
        if (topic.partitions > 0 && wanted.contains(std::string_view(topic.topic))) given.push_back(&topic);
    std::sort(given.begin(), given.end(),
              [](const auto* a, const auto* b) { return java_compare(a->topic, b->topic) < 0; });
    for (const TopicMetadata* topic : given) {
        const auto number = static_cast<std::uint32_t>(group.topics.size());
        numbers.try_emplace(topic->topic, number);
        const auto first = static_cast<Partition>(group.topic_of.size());
        group.topics.push_back({topic->topic, first, topic->partitions, java_hash(topic->topic), {}});
        group.topic_of.insert(group.topic_of.end(), static_cast<std::size_t>(topic->partitions), number);
    }
}

void read_members(Group& group, const std::vector<Subscriber>& members, const TopicNumbers& numbers) {
    group.members = members.size();
    JavaHashMap<std::string_view, Member> by_hash;
    group.by_id.resize(members.size());
    std::iota(group.by_id.begin(), group.by_id.end(), Member{0});
    for (const Member member : group.by_id) by_hash.put(members[member].member_id, member);
    for (const auto& entry : by_hash) group.hash_order.push_back(entry.value);
    std::sort(group.by_id.begin(), group.by_id.end(),
              [&](Member a, Member b) { return java_compare(members[a].member_id, members[b].member_id) < 0; });
    group.id_rank.resize(members.size());
    for (std::uint32_t rank = 0; rank < members.size(); ++rank) group.id_rank[group.by_id[rank]] = rank;

    group.topics_of.resize(members.size());
    for (Member member = 0; member < members.size(); ++member) {
        auto& mine = group.topics_of[member];
        if (same_topics(members, member)) {
            mine = group.topics_of[member - 1];
        } else {
            for (const std::string& topic : members[member].subscription.topics)
                if (const auto* number = numbers.find(std::string_view(topic))) mine.push_back(*number);
            std::sort(mine.begin(), mine.end());
            mine.erase(std::unique(mine.begin(), mine.end()), mine.end());
        }
        for (const std::uint32_t topic : mine) group.topics[topic].subscribers.push_back(member);
    }
}

bool equal_subscriptions(const Group& group, const std::vector<Subscriber>& members) {
    const std::vector<std::string>* model = nullptr;  // the first that subscribes to anything
    std::vector<std::string_view> names;              // of the model, sorted, distinct
    for (const Member member : group.hash_order) {
        const auto& topics = members[member].subscription.topics;
        if (names.empty()) {
            model = &topics;
            names.assign(topics.begin(), topics.end());
            std::sort(names.begin(), names.end());
            names.erase(std::unique(names.begin(), names.end()), names.end());
        } else if (topics.size() != names.size()) {
            return false;
        } else if (topics != *model && !std::all_of(topics.begin(), topics.end(), [&](const std::string& topic) {
                       return std::binary_search(names.begin(), names.end(), topic);
                   })) {
            return false;
        }
    }
    return true;
}

void read_claims(Group& group, const std::vector<Subscriber>& members, std::span<const Claim> claims,
                 const TopicNumbers& numbers) {
    constexpr Member nobody = UINT32_MAX;
    std::vector<Member> owner(group.partitions(), nobody);
    group.claimed.resize(members.size());
    group.owned.resize(members.size());
    group.generation.resize(members.size());
    group.disputed.resize(group.partitions());
    for (const Member member : group.hash_order) {
        const Claim& claim = claims[member];
        group.generation[member] = claim.generation;
        group.max_generation = std::max(group.max_generation, claim.generation);
        for (const TopicPartition& named : claim.partitions) {
            const auto* topic = numbers.find(std::string_view(named.topic));
            if (topic == nullptr || named.partition < 0 || named.partition >= group.topics[*topic].partitions) continue;
            const Partition partition = group.topics[*topic].first + static_cast<Partition>(named.partition);
            group.claimed[member].push_back(partition);
            if (const Member other = owner[partition]; other != nobody) {
                // The other's generation is looked up in its subscription, whatever its user data say.
                const std::int32_t others = std::max(members[other].subscription.generation, -1);
                if (claim.generation < others) continue;
                std::erase(group.owned[other], partition);
                if (claim.generation > others)
                    group.owned[member].push_back(partition);
                else
                    group.disputed[partition] = true;
            } else {
                group.owned[member].push_back(partition);
            }
            owner[partition] = member;
        }
    }
}

void read_racks(Group& group, const std::vector<const TopicMetadata*>& topics, const std::vector<Subscriber>& members) {
    Racks& racks = group.racks;
    TopicNumbers numbers;
    const auto number_of = [&](std::string_view rack) {
        const auto [number, added] = numbers.try_emplace(rack, static_cast<Rack>(racks.members_in.size()));
        if (added) racks.members_in.push_back(0);
        return *number;
    };
    racks.of_member.resize(members.size());
    for (Member member = 0; member < members.size(); ++member) {
        const auto& rack = members[member].subscription.rack;
        if (!rack || rack->empty()) continue;
        racks.any = true;
        racks.of_member[member] = number_of(*rack);
        ++racks.members_in[*racks.of_member[member]];
    }
    if (!racks.any) return;
    racks.of_partition.reserve(group.partitions());
    std::vector<Rack> all;
    for (const TopicMetadata* topic : topics) {
        for (std::size_t index = 0; index < static_cast<std::size_t>(topic->partitions); ++index) {
            auto& mine = racks.of_partition.emplace_back();
            if (index < topic->racks.size())
                for (const std::string& rack : topic->racks[index]) mine.push_back(number_of(rack));
            std::sort(mine.begin(), mine.end());
            mine.erase(std::unique(mine.begin(), mine.end()), mine.end());
            all.insert(all.end(), mine.begin(), mine.end());
        }
    }
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    const bool shared = std::any_of(all.begin(), all.end(), [&](Rack rack) { return racks.members_in[rack] > 0; });
    racks.active = shared && std::any_of(racks.of_partition.begin(), racks.of_partition.end(),
                                         [&](const std::vector<Rack>& mine) { return mine != all; });
}

}  // namespace

bool Racks::fits(Member member, Partition partition) const {
    return of_member[member] &&
           std::binary_search(of_partition[partition].begin(), of_partition[partition].end(), *of_member[member]);
}

std::uint32_t Racks::weight(Partition partition) const {
    std::uint32_t members = 0;
    for (const Rack rack : of_partition[partition]) members += members_in[rack];
    return members;
}

Group read_group(const std::vector<TopicMetadata>& topics, const std::vector<Subscriber>& members,
                 std::span<const Claim> claims, std::int32_t max_generation) {
    Group group;
    group.max_generation = max_generation;
    TopicNumbers numbers;
    std::vector<const TopicMetadata*> given;
    read_topics(group, topics, members, numbers, given);
    read_members(group, members, numbers);
    group.equal_subscriptions = equal_subscriptions(group, members);
    read_claims(group, members, claims, numbers);
    read_racks(group, given, members);
    return group;
}

}  // namespace brokersim::kafka::sticky
