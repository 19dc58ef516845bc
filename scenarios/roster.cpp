#include "scenarios/roster.h"

#include <charconv>
#include <utility>

#include "core/check.h"
#include "core/protocol/messages.h"
#include "core/protocol/pop_info.h"

namespace brokersim::scenario {

namespace {

constexpr std::string_view dead_letter_prefix = "%DLQ%";

template <class Map>
std::uint32_t find(const Map& map, std::string_view name) {
    const auto found = map.find(name);
    return found == map.end() ? none : found->second;
}

template <class Vector>
std::uint32_t size_of(const Vector& vector) {
    return static_cast<std::uint32_t>(vector.size());
}

/// "broker-0" of "orders@broker-0:3", "east@broker-0" of "orders@east@broker-0:3": topics have no @ in their names.
std::string_view broker_of(std::string_view queue) {
    const std::size_t colon = queue.rfind(':');
    const std::size_t at = queue.find('@');
    return queue.substr(at + 1, colon - at - 1);
}

}  // namespace

std::uint32_t Roster::add_topic(const std::string& name) {
    const std::uint32_t number = size_of(topics_);
    const bool fresh = topic_by_name_.emplace(name, number).second;
    BROKERSIM_CHECK(fresh, "topic {} twice", name);
    topics_.push_back({.name = name, .queues = {}, .groups = {}});
    return number;
}

void Roster::declare_queue(std::uint32_t topic, NameId queue_id) {
    BROKERSIM_CHECK(topic < topics_.size(), "no topic {}", topic);
    const QueueEntry& entry = queue(queue_id);
    BROKERSIM_CHECK(entry.topic == topic, "queue {} is not of topic {}", entry.text, topics_[topic].name);
    topics_[topic].queues.push_back(queue_id);
}

std::uint32_t Roster::add_producer(ProducerEntry producer) {
    BROKERSIM_CHECK(producer.topic < topics_.size(), "producer {} has no topic", producer.name);
    producers_.push_back(std::move(producer));
    return size_of(producers_) - 1;
}

std::uint32_t Roster::add_group(GroupEntry group) {
    const std::uint32_t number = size_of(groups_);
    const bool fresh = group_by_name_.emplace(group.name, number).second;
    BROKERSIM_CHECK(fresh, "group {} twice", group.name);
    if (group_of_.size() <= group.id.value) group_of_.resize(group.id.value + 1, none);
    group_of_[group.id.value] = number;
    group_by_retry_topic_.emplace(std::string(protocol::retry_topic_prefix) + group.name, number);
    for (std::uint32_t topic : group.topics) {
        BROKERSIM_CHECK(topic < topics_.size(), "group {} has no topic {}", group.name, topic);
        topics_[topic].groups.push_back(number);
        if (group.shares_queues)
            group_by_retry_topic_.emplace(protocol::pop_retry_topic(topics_[topic].name, group.name), number);
    }
    group.members.clear();
    groups_.push_back(std::move(group));
    itself_.push_back({number});
    return number;
}

std::uint32_t Roster::add_node(const NodeName& name, std::uint32_t group) {
    const std::uint32_t number = size_of(nodes_);
    nodes_.push_back({.name = name, .group = group});
    if (group != none) {
        BROKERSIM_CHECK(group < groups_.size(), "node {} has no group {}", number, group);
        groups_[group].members.push_back(number);
    }
    return number;
}

std::uint32_t Roster::add_broker(const std::string& name, std::uint32_t node) {
    const std::uint32_t number = size_of(brokers_);
    const bool fresh = broker_by_name_.emplace(name, number).second;
    BROKERSIM_CHECK(fresh, "broker {} twice", name);
    brokers_.push_back({.name = name, .node = node});
    for (const auto& queue : queues_)  // queues may be declared before their brokers are added
        if (queue != nullptr && queue->broker == none && broker_of(queue->text) == name) queue->broker = number;
    return number;
}

std::uint32_t Roster::broker_on(std::uint32_t node) const {
    for (std::uint32_t number = 0; number < brokers_.size(); ++number)
        if (brokers_[number].node == node) return number;
    return none;
}

QueueEntry Roster::describe_queue(std::string_view topic, std::string_view broker, std::int32_t queue_id) const {
    QueueEntry entry;
    entry.text = protocol::queue_name(std::string(topic), std::string(broker), queue_id);
    entry.broker = find(broker_by_name_, broker);
    entry.queue_id = queue_id;
    const auto met = queue_by_text_.find(entry.text);
    if (met != queue_by_text_.end()) entry.id = met->second;
    if (topic.starts_with(protocol::retry_topic_prefix)) {
        entry.group = find(group_by_retry_topic_, topic);
        if (entry.group != none) entry.kind = QueueKind::retry;
    } else if (topic.starts_with(dead_letter_prefix)) {
        entry.group = find(group_by_name_, topic.substr(dead_letter_prefix.size()));
        if (entry.group != none) entry.kind = QueueKind::dead_letter;
    } else {
        entry.topic = find(topic_by_name_, topic);
        if (entry.topic != none) entry.kind = QueueKind::ordinary;
    }
    return entry;
}

void Roster::learn(NameId id) const {
    BROKERSIM_CHECK(id != no_name, "an event has no queue");
    const std::string text = text_of_(id);
    const std::size_t colon = text.rfind(':');
    const std::size_t at = text.find('@');
    BROKERSIM_CHECK(colon != std::string::npos && at != std::string::npos, "'{}' is not the name of a queue", text);
    std::int32_t queue_id = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, queue_id);
    BROKERSIM_CHECK(error == std::errc() && rest == end, "'{}' is not the name of a queue", text);
    const std::string_view whole = text;
    queue_by_text_.emplace(text, id);
    if (queues_.size() <= id.value) queues_.resize(id.value + 1);
    queues_[id.value] = std::make_unique<QueueEntry>(describe_queue(whole.substr(0, at), broker_of(whole), queue_id));
}

}  // namespace brokersim::scenario
