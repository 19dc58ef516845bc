#include "core/kafka/assignors/sticky_group.h"

#include <algorithm>
#include <numeric>

#include "core/hash_table.h"
#include "core/kafka/java_order.h"

namespace brokersim::kafka::sticky {
namespace {

using TopicNumbers = HashTable<std::string_view, std::uint32_t>;

/// Numbers the lists of topics: members that follow one another with the same list share it (most groups have but one).
/// Gives a member of each.
std::vector<Member> number_lists(Group& group, const std::vector<Subscriber>& members) {
    std::vector<Member> examples;
    group.list_of.reserve(members.size());
    for (Member member = 0; member < members.size(); ++member) {
        if (member == 0 || members[member].subscription.topics != members[member - 1].subscription.topics)
            examples.push_back(member);
        group.list_of.push_back(static_cast<std::uint32_t>(examples.size() - 1));
    }
    return examples;
}

void read_topics(Group& group, const std::vector<TopicMetadata>& topics, const std::vector<Subscriber>& members,
                 const std::vector<Member>& examples, TopicNumbers& numbers, std::vector<const TopicMetadata*>& given) {
    TopicNumbers wanted;
    for (const Member member : examples)
        for (const std::string& topic : members[member].subscription.topics) wanted.try_emplace(topic, 0U);
    for (const TopicMetadata& topic : topics)
        if (topic.partitions > 0 && wanted.contains(std::string_view(topic.topic))) given.push_back(&topic);
    std::sort(given.begin(), given.end(),
              [](const auto* a, const auto* b) { return java_compare(a->topic, b->topic) < 0; });
    for (const TopicMetadata* topic : given) {
        const auto number = static_cast<std::uint32_t>(group.topics.size());
        numbers.try_emplace(topic->topic, number);
        const auto first = static_cast<Partition>(group.topic_of.size());
        group.topics.push_back({topic->topic, first, topic->partitions, java_hash(topic->topic)});
        group.topic_of.insert(group.topic_of.end(), static_cast<std::size_t>(topic->partitions), number);
    }
    for (const Member member : examples) {
        auto& list = group.topic_lists.emplace_back();
        for (const std::string& topic : members[member].subscription.topics)
            if (const auto* number = numbers.find(std::string_view(topic))) list.push_back(*number);
        std::sort(list.begin(), list.end());
        list.erase(std::unique(list.begin(), list.end()), list.end());
    }
}

void read_members(Group& group, const std::vector<Subscriber>& members) {
    group.members = members.size();
    std::vector<std::int32_t> hashes;
    hashes.reserve(members.size());
    for (const Subscriber& member : members) hashes.push_back(java_hash(member.member_id));
    group.hash_order = java_map_order(hashes);
    group.by_id.resize(members.size());
    std::iota(group.by_id.begin(), group.by_id.end(), Member{0});
    std::sort(group.by_id.begin(), group.by_id.end(),
              [&](Member a, Member b) { return java_compare(members[a].member_id, members[b].member_id) < 0; });
    group.id_rank.resize(members.size());
    for (std::uint32_t rank = 0; rank < members.size(); ++rank) group.id_rank[group.by_id[rank]] = rank;
}

bool equal_subscriptions(const Group& group, const std::vector<Subscriber>& members) {
    std::optional<std::uint32_t> before;  // the list that was looked at last
    std::vector<std::string_view> names;  // of the first member that subscribes to anything, sorted, distinct
    for (const Member member : group.hash_order) {
        const auto& topics = members[member].subscription.topics;
        if (names.empty()) {
            names.assign(topics.begin(), topics.end());
            std::sort(names.begin(), names.end());
            names.erase(std::unique(names.begin(), names.end()), names.end());
            if (names.size() == topics.size()) before = group.list_of[member];
        } else if (before != group.list_of[member]) {
            if (topics.size() != names.size()) return false;
            if (!std::all_of(topics.begin(), topics.end(), [&](const std::string& topic) {
                    return std::binary_search(names.begin(), names.end(), topic);
                }))
                return false;
            before = group.list_of[member];
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
    std::string_view last_name;
    const std::uint32_t* topic = nullptr;
    for (const Member member : group.hash_order) {
        const Claim& claim = claims[member];
        group.generation[member] = claim.generation;
        group.max_generation = std::max(group.max_generation, claim.generation);
        group.owned[member].reserve(claim.partitions.size());
        for (const TopicPartition& named : claim.partitions) {
            if (last_name.empty() || named.topic != last_name) {
                last_name = named.topic;
                topic = numbers.find(last_name);
            }
            if (topic == nullptr || named.partition < 0 || named.partition >= group.topics[*topic].partitions) continue;
            const Partition partition = group.topics[*topic].first + static_cast<Partition>(named.partition);
            if (!group.equal_subscriptions) group.claimed[member].push_back(partition);
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
    const auto examples = number_lists(group, members);
    read_topics(group, topics, members, examples, numbers, given);
    read_members(group, members);
    group.equal_subscriptions = equal_subscriptions(group, members);
    read_claims(group, members, claims, numbers);
    read_racks(group, given, members);
    return group;
}

}  // namespace brokersim::kafka::sticky
