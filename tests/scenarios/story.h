#pragma once

#include <memory>
#include <string>
#include <vector>

#include "scenarios/checkers/checker.h"
#include "scenarios/history.h"

namespace brokersim::scenario::testing {

inline constexpr std::int64_t ms = 1'000'000;
inline constexpr std::int64_t second = 1'000'000'000;

/// A small world to write histories in: topic "orders" with the queues 0 ... on broker-0 (node 0), the producer 0, and
/// the group "billing" with some members. Time stands still until `at` moves it.
class Story {
public:
    explicit Story(int queues = 2, int members = 2, StartFrom from = StartFrom::first, bool shares_queues = false,
                   const std::string& reader_of = {})
        : roster_([this](NameId id) { return texts_.at(id.value); }) {
        const std::uint32_t topic = roster_.add_topic("orders");
        group_name = name("billing");
        roster_.add_group({.name = "billing",
                           .id = group_name,
                           .topics = {topic},
                           .from = from,
                           .shares_queues = shares_queues,
                           .reader_of = reader_of,
                           .members = {}});
        broker = roster_.add_node({NodeName::Role::broker, "", 0});
        roster_.add_broker("broker-0", broker);
        for (int i = 0; i < members; ++i)
            this->members.push_back(roster_.add_node({NodeName::Role::consumer, "billing", i}, 0));
        producer_node = roster_.add_node({NodeName::Role::producer, "orders", 0});
        roster_.add_producer({.name = "producer.orders/0", .topic = topic, .preloaded = false});
        for (int i = 0; i < queues; ++i) {
            this->queues.push_back(name("orders@broker-0:" + std::to_string(i)));
            roster_.declare_queue(topic, this->queues.back());
        }
        stored_.resize(this->queues.size());
        context.sync_flush = {false};
        context.groups = {self_assignment_bounds({})};
        history = std::make_unique<History>(roster_);
    }

    NameId name(const std::string& text) {
        for (std::uint32_t i = 0; i < texts_.size(); ++i)
            if (texts_[i] == text) return NameId{i};
        texts_.push_back(text);
        return NameId{static_cast<std::uint32_t>(texts_.size() - 1)};
    }
    Roster& roster() { return roster_; }

    Story& at(std::int64_t time) {
        now = time;
        return *this;
    }
    void record(const Event& event) { history->record(event); }

    void start_all() {
        start(broker);
        start(producer_node);
        for (std::uint32_t member : members) start(member);
    }
    void start(std::uint32_t node) { record(node_event(EventKind::node_started, now, node)); }
    void kill(std::uint32_t node) { record(node_event(EventKind::node_killed, now, node)); }
    void heal() { record(healed(now)); }

    void own(std::uint32_t member, std::size_t queue) { note(member, note::Owned{group_name, queues.at(queue)}); }
    void revoke(std::uint32_t member, std::size_t queue) { note(member, note::Revoked{group_name, queues.at(queue)}); }
    void note(std::uint32_t node, const Note& note) {
        if (const auto event = event_of(now, node, MonoTime{}, note)) record(*event);
    }

    void send(std::uint64_t sequence) { record(sent(now, producer_node, {0, sequence}, now)); }
    void acknowledge(std::uint64_t sequence, std::size_t queue, std::int64_t offset) {
        record(acknowledged(now, producer_node, {0, sequence}, now, now, queues.at(queue), QueueOffset{offset}));
    }
    /// Into the log and the queue; returns its offset.
    std::int64_t store(std::uint64_t sequence, std::size_t queue) {
        const auto offset = static_cast<std::int64_t>(stored_.at(queue).size());
        stored_[queue].push_back({0, sequence});
        note(broker, note::Stored{queues[queue], QueueOffset{offset}, PhysicalOffset{0}, 100, {}, {}, {}});
        note(broker, note::Dispatched{queues[queue], QueueOffset{offset}, 1});
        return offset;
    }
    /// Sent, stored and acknowledged at this instant.
    std::int64_t publish(std::uint64_t sequence, std::size_t queue = 0) {
        send(sequence);
        const std::int64_t offset = store(sequence, queue);
        acknowledge(sequence, queue, offset);
        return offset;
    }
    Handing handing(std::uint32_t member, std::size_t queue, std::int64_t offset, int attempt = 0) const {
        return {member, group_name, queues.at(queue), QueueOffset{offset}, attempt};
    }
    void deliver(std::uint32_t member, std::uint64_t sequence, std::size_t queue, std::int64_t offset, int attempt = 0,
                 bool body_ok = true) {
        record(delivered(now, handing(member, queue, offset, attempt), {0, sequence}, now, now, body_ok));
    }
    void handle(std::uint32_t member, std::uint64_t sequence, std::size_t queue, std::int64_t offset, int attempt = 0,
                bool ok = true) {
        record(handled(now, handing(member, queue, offset, attempt), {0, sequence}, now, ok));
    }
    void consume(std::uint32_t member, std::uint64_t sequence, std::size_t queue, std::int64_t offset) {
        deliver(member, sequence, queue, offset);
        handle(member, sequence, queue, offset);
    }
    void commit(std::size_t queue, std::int64_t offset) {
        note(broker, note::OffsetCommitted{group_name, queues.at(queue), QueueOffset{offset}});
    }
    void event(const std::string& text) { record(named_event(now, name(text))); }

    /// Forgets the newest record of a queue, as if the log had lost it.
    void lose_newest(std::size_t queue) { stored_.at(queue).pop_back(); }
    /// What an auditor would find, told to `sinks`; further records may be in `extra`.
    LogAudit audit(std::span<RecordSink* const> sinks, std::vector<AuditedRecord> extra = {}) const {
        LogAudit found;
        found.present.resize(roster_.producers().size());
        for (std::size_t queue = 0; queue < stored_.size(); ++queue) {
            const AuditedQueue audited{roster_.queue(queues[queue]), 0,
                                       static_cast<std::int64_t>(stored_[queue].size())};
            for (std::size_t offset = 0; offset < stored_[queue].size(); ++offset) {
                AuditedRecord record;
                record.queue = &audited;
                record.queue_offset = static_cast<std::int64_t>(offset);
                record.id = stored_[queue][offset];
                record.body_whole = true;
                found.present[record.id.producer].set(record.id.sequence);
                for (RecordSink* sink : sinks) sink->on_record(record);
            }
        }
        for (const AuditedRecord& record : extra)
            for (RecordSink* sink : sinks) sink->on_record(record);
        return found;
    }

    std::int64_t now = 0;
    std::uint32_t broker = none;
    std::uint32_t producer_node = none;
    std::vector<std::uint32_t> members;
    std::vector<NameId> queues;
    NameId group_name;
    CheckerContext context;
    std::unique_ptr<History> history;

private:
    std::vector<std::string> texts_;
    Roster roster_;
    std::vector<std::vector<MessageId>> stored_;  // by queue
};

/// A story told to one checker.
template <class CheckerType>
class Judged : public Story {
public:
    template <class... Arguments>
    explicit Judged(Arguments&&... arguments)
        : Story(std::forward<Arguments>(arguments)...), checker(*history, context) {
        history->add(checker);
    }
    /// Ends the run now.
    Verdict verdict(bool drained = true, std::vector<AuditedRecord> extra = {}) {
        RecordSink* const sinks[] = {&checker};
        audit_ = audit(sinks, std::move(extra));
        return checker.finish({now, drained, &audit_});
    }

    /// Ends the run at `time`.
    Verdict verdict_at(std::int64_t time) {
        now = time;
        return verdict();
    }

    CheckerType checker;

private:
    LogAudit audit_;
};

}  // namespace brokersim::scenario::testing
