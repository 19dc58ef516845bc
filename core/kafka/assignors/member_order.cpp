#include "core/kafka/assignors/member_order.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "core/hash_table.h"
#include "core/kafka/java_order.h"

namespace brokersim::kafka {

std::vector<std::size_t> member_order(const std::vector<Subscriber>& members) {
    std::vector<std::size_t> order(members.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        const Subscriber& left = members[a];
        const Subscriber& right = members[b];
        if (left.instance_id.empty() != right.instance_id.empty()) return right.instance_id.empty();
        if (const int by_instance = java_compare(left.instance_id, right.instance_id); by_instance != 0)
            return by_instance < 0;
        return java_compare(left.member_id, right.member_id) < 0;
    });
    return order;
}

std::vector<SubscribedTopic> subscribed_topics(const std::vector<TopicMetadata>& topics,
                                               const std::vector<Subscriber>& members) {
    std::map<std::string_view, SubscribedTopic, JavaLess> by_name;
    for (std::size_t i = 0; i < topics.size(); ++i)
        if (topics[i].partitions > 0) by_name.emplace(topics[i].topic, SubscribedTopic{i, {}});
    for (const std::size_t member : member_order(members)) {
        std::set<std::string_view> seen;
        for (const std::string& topic : members[member].subscription.topics)
            if (auto found = by_name.find(topic); found != by_name.end() && seen.insert(topic).second)
                found->second.subscribers.push_back(member);
    }
    std::vector<SubscribedTopic> result;
    for (auto& [name, topic] : by_name)
        if (!topic.subscribers.empty()) result.push_back(std::move(topic));
    return result;
}

std::vector<std::size_t> topics_in_hash_order(const std::vector<TopicMetadata>& topics,
                                              const std::vector<Subscriber>& members) {
    JavaHashMap<std::string_view, const Subscriber*> by_id;
    for (const Subscriber& member : members) by_id.put(member.member_id, &member);
    struct Nothing {};
    JavaHashMap<std::string_view, Nothing> subscribed;
    const std::vector<std::string>* before = nullptr;
    for (const auto& entry : by_id) {
        const auto& wanted = entry.value->subscription.topics;
        if (before == nullptr || wanted != *before)
            for (const std::string& topic : wanted) subscribed.put(topic, {});
        before = &wanted;
    }
    HashTable<std::string_view, std::size_t> places;
    for (std::size_t i = 0; i < topics.size(); ++i)
        if (topics[i].partitions > 0) places.try_emplace(topics[i].topic, i);
    JavaHashMap<std::string_view, std::size_t> taking_part;
    for (const auto& entry : subscribed)
        if (const auto* place = places.find(entry.key)) taking_part.put(entry.key, *place);
    std::vector<std::size_t> order;
    for (const auto& entry : taking_part) order.push_back(entry.value);
    return order;
}

}  // namespace brokersim::kafka
