#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/types.h"
#include "scenarios/event.h"
#include "scenarios/scenario.h"

/// Who is who in one run: nodes, brokers, topics, producers, groups and queues, by small dense numbers.
namespace brokersim::scenario {

enum class QueueKind : std::uint8_t {
    ordinary,     // of a topic of the scenario
    retry,        // %RETRY%group
    dead_letter,  // %DLQ%group
    other,        // of the broker's own topics
};

struct QueueEntry {
    std::string text;     // "orders@broker-0:3"
    NameId id = no_name;  // none if no event has named it
    QueueKind kind = QueueKind::other;
    std::uint32_t topic = none;   // ordinary
    std::uint32_t group = none;   // retry, dead_letter
    std::uint32_t broker = none;  // none: a broker that was not added
    std::int32_t queue_id = 0;
};

struct NodeEntry {
    NodeName name;
    std::uint32_t group = none;  // of a consumer
};

struct BrokerEntry {
    std::string name;  // "broker-0"
    std::uint32_t node = none;
};

struct TopicEntry {
    std::string name;
    std::vector<NameId> queues;         // those that ought to be consumed, in order of declaration
    std::vector<std::uint32_t> groups;  // its subscribers, in order
};

struct ProducerEntry {
    std::string name;  // "producer.orders/0"
    std::uint32_t topic = none;
    /// Stands for messages that were there before the load: they count as sent and acknowledged, and have no latency.
    bool preloaded = false;
};

struct GroupEntry {
    std::string name;
    NameId id = no_name;
    std::vector<std::uint32_t> topics;
    StartFrom from = StartFrom::first;
    /// Its members own no queues: each message is handed to one of them by itself, and what was not acknowledged comes
    /// again in a retry topic of the group and the topic.
    bool shares_queues = false;
    /// It stands for one member of a broadcasting group, which reads all queues for itself: the group that brokers and
    /// clients know; empty for a group of theirs.
    std::string reader_of;
    std::int64_t threads = 0;            // of each member, that handle messages; 0: nobody knows
    std::int64_t handler_mean = 0;       // ns for each message
    bool orderly = false;                // one message of a queue at a time
    std::vector<std::uint32_t> members;  // nodes, running or not, in order
};

/// Filled by whoever builds the world, before or while it runs; read by everybody in this room. Numbers are given in
/// order of addition and never change.
class Roster {
public:
    /// `text_of` gives the text of an interned name; it is asked once for each queue that turns up in an event.
    explicit Roster(std::function<std::string(NameId)> text_of) : text_of_(std::move(text_of)) {}

    std::uint32_t add_topic(const std::string& name);
    /// The queue exists from now on, and the topic's subscribers ought to consume it.
    void declare_queue(std::uint32_t topic, NameId queue);
    std::uint32_t add_producer(ProducerEntry producer);
    /// `group.members` is ignored: they come with add_node.
    std::uint32_t add_group(GroupEntry group);
    /// `group` is the number of a consumer's group.
    std::uint32_t add_node(const NodeName& name, std::uint32_t group = none);
    /// The broker (or the master of the brokers) called `name` ("broker-0") in queue names runs on `node`.
    std::uint32_t add_broker(const std::string& name, std::uint32_t node);

    std::span<const TopicEntry> topics() const { return topics_; }
    std::span<const ProducerEntry> producers() const { return producers_; }
    std::span<const GroupEntry> groups() const { return groups_; }
    std::span<const NodeEntry> nodes() const { return nodes_; }
    std::span<const BrokerEntry> brokers() const { return brokers_; }

    /// The broker that runs on `node`; none if none does.
    std::uint32_t broker_on(std::uint32_t node) const;
    /// The number of the group with that interned name; none for a group that was not added.
    std::uint32_t group(NameId id) const { return id.value < group_of_.size() ? group_of_[id.value] : none; }
    /// Looks a queue up, reading its name when it is first met. The entry stays where it is.
    const QueueEntry& queue(NameId id) const {
        if (id.value >= queues_.size() || queues_[id.value] == nullptr) learn(id);
        return *queues_[id.value];
    }
    /// What a queue of that name would be: for names that come from files.
    QueueEntry describe_queue(std::string_view topic, std::string_view broker, std::int32_t queue_id) const;
    /// Groups that ought to consume the queue: the topic's subscribers, or the group whose retry queue it is.
    std::span<const std::uint32_t> readers(const QueueEntry& queue) const {
        if (queue.kind == QueueKind::ordinary) return topics_[queue.topic].groups;
        if (queue.kind == QueueKind::retry) return itself_[queue.group];
        return {};
    }
    std::string text(NameId id) const { return text_of_(id); }

private:
    void learn(NameId id) const;

    std::function<std::string(NameId)> text_of_;
    std::vector<TopicEntry> topics_;
    std::vector<ProducerEntry> producers_;
    std::vector<GroupEntry> groups_;
    std::vector<std::vector<std::uint32_t>> itself_;  // by group: that group
    std::vector<NodeEntry> nodes_;
    std::vector<BrokerEntry> brokers_;
    std::vector<std::uint32_t> group_of_;  // by NameId
    std::map<std::string, std::uint32_t, std::less<>> topic_by_name_;
    std::map<std::string, std::uint32_t, std::less<>> group_by_name_;
    std::map<std::string, std::uint32_t, std::less<>> broker_by_name_;
    std::map<std::string, std::uint32_t, std::less<>> group_by_retry_topic_;
    mutable std::map<std::string, NameId, std::less<>> queue_by_text_;  // those that were met
    mutable std::vector<std::unique_ptr<QueueEntry>> queues_;           // by NameId; null: not met yet
};

}  // namespace brokersim::scenario
