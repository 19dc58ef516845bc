#include "core/kafka/assignors/member_order.h"

#include <algorithm>
#include <numeric>

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
    std::vector<SubscribedTopic> result;
    for (std::size_t i = 0; i < topics.size(); ++i)
        if (topics[i].partitions > 0) result.push_back({i, {}});
    std::sort(result.begin(), result.end(), [&](const SubscribedTopic& a, const SubscribedTopic& b) {
        return java_compare(topics[a.topic].topic, topics[b.topic].topic) < 0;
    });
    HashTable<std::string_view, std::size_t> places;
    for (std::size_t i = 0; i < result.size(); ++i) places.try_emplace(topics[result[i].topic].topic, i);
    std::vector<std::size_t> wanted;  // by the member before: most groups have but one list of topics
    const std::vector<std::string>* before = nullptr;
    for (const std::size_t member : member_order(members)) {
        const auto& names = members[member].subscription.topics;
        if (before == nullptr || names != *before) {
            wanted.clear();
            for (const std::string& name : names)
                if (const auto* place = places.find(std::string_view(name))) wanted.push_back(*place);
            std::sort(wanted.begin(), wanted.end());
            wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
        }
        before = &names;
        for (const std::size_t place : wanted) result[place].subscribers.push_back(member);
    }
    std::erase_if(result, [](const SubscribedTopic& topic) { return topic.subscribers.empty(); });
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
