#include "scenarios/checkers/queue_order.h"

#include <algorithm>

#include <fmt/format.h>

namespace brokersim::scenario {

QueueOrder::Ownership& QueueOrder::ownership_of(Queue& queue, std::uint32_t node) {
    for (Ownership& ownership : queue)
        if (ownership.node == node) return ownership;
    return queue.emplace_back(Ownership{.node = node});
}

void QueueOrder::deliver(std::uint32_t group, const Event& event) {
    Ownership& ownership = ownership_of(queues_.at(group, event.queue), event.node);
    if (event.offset > ownership.newest) {
        ownership.newest = event.offset;
        return;
    }
    if (std::erase(ownership.failed, event.offset) > 0) return;
    const MessageId id{event.message.producer, event.message.sequence};
    disorder_.add(
        event.time,
        [&] {
            return fmt::format("at {} {} got offset {} of {} ({}) after offset {}", seconds_text(event.time),
                               node_text(roster(), event.node), event.offset, roster().queue(event.queue).text,
                               message_text(roster(), id), ownership.newest);
        },
        id);
}

void QueueOrder::observe(const Event& event) {
    if (event.kind == EventKind::handled && event.good) return;
    const std::uint32_t group = roster().group(event.group);
    switch (event.kind) {
        case EventKind::delivered:
            if (group != none && !roster().groups()[group].shares_queues) deliver(group, event);
            break;
        case EventKind::handled:
            if (group != none) ownership_of(queues_.at(group, event.queue), event.node).failed.push_back(event.offset);
            break;
        case EventKind::node_started:
            forget(event.node);
            forget_lost_offsets(roster().broker_on(event.node));
            break;
        case EventKind::node_power_lost:
        case EventKind::flush_failing:
        case EventKind::storage_damaged:
            note_loss(roster().broker_on(event.node), event.kind == EventKind::storage_damaged);
            break;
        default:  // owned or revoked: an ownership begins or ends
            if (group != none) end_ownership(queues_.at(group, event.queue), event.node);
            break;
    }
}

void QueueOrder::end_ownership(Queue& queue, std::uint32_t node) {
    std::erase_if(queue, [node](const Ownership& ownership) { return ownership.node == node; });
}

/// A new life of a member owns nothing.
void QueueOrder::forget(std::uint32_t node) {
    const std::uint32_t group = roster().nodes()[node].group;
    if (group == none) return;
    for (Queue& queue : queues_.row(group)) end_ownership(queue, node);
}

void QueueOrder::note_loss(std::uint32_t broker, bool damage) {
    if (broker == none) return;
    damaged_.resize(roster().brokers().size());
    cut_back_.resize(roster().brokers().size());
    if (damage) damaged_[broker] = true;
    if (damage || !context_.flushes_first(broker)) cut_back_[broker] = true;
}

/// A broker that lost some of its newest offsets gives them out again.
void QueueOrder::forget_lost_offsets(std::uint32_t broker) {
    if (broker >= cut_back_.size() || !cut_back_[broker]) return;
    cut_back_[broker] = damaged_[broker];
    for (std::uint32_t group = 0; group < roster().groups().size(); ++group) {
        auto& row = queues_.row(group);
        for (std::uint32_t id = 0; id < row.size(); ++id)
            if (!row[id].empty() && roster().queue(NameId{id}).broker == broker) row[id].clear();
    }
}

Verdict QueueOrder::finish(const RunEnd& end) {
    Verdict verdict = empty_verdict();
    disorder_.tell(verdict, fmt::format("{} out of order within one ownership",
                                        count_text(disorder_.count(), "record came", "records came")));
    if (end.audit == nullptr) {
        verdict.not_judged = "nobody read the brokers' files";
        return verdict;
    }
    Cases wrong;
    for (const AuditProblem& problem : end.audit->problems) {
        if (problem.trouble == AuditTrouble::log) continue;
        const auto& brokers = roster().brokers();
        const auto found = std::ranges::find(brokers, problem.broker, &BrokerEntry::name);
        const auto number = static_cast<std::size_t>(found - brokers.begin());
        if (number < damaged_.size() && damaged_[number]) continue;
        wrong.add(end.time, [&] { return fmt::format("{}: {}", problem.broker, problem.what); });
    }
    wrong.tell(verdict, fmt::format("{} in the brokers' queues",
                                    count_text(wrong.count(), "thing is wrong", "things are wrong")));
    return verdict;
}

}  // namespace brokersim::scenario
