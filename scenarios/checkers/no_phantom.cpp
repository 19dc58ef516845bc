#include "scenarios/checkers/no_phantom.h"

#include <algorithm>

#include <fmt/format.h>

namespace brokersim::scenario {

bool NoPhantom::subscribed(std::uint32_t group, std::uint32_t producer) const {
    const auto& topics = roster().groups()[group].topics;
    return std::ranges::find(topics, roster().producers()[producer].topic) != topics.end();
}

void NoPhantom::observe(const Event& event) {
    if (event.kind == EventKind::storage_damaged) {
        const std::uint32_t broker = roster().broker_on(event.node);
        if (damaged_.size() < roster().brokers().size()) damaged_.resize(roster().brokers().size());
        if (broker != none) damaged_[broker] = true;
        return;
    }
    const MessageId id{event.message.producer, event.message.sequence};
    const std::uint32_t group = roster().group(event.group);
    const char* wrong = nullptr;
    if (!event.good)
        wrong = "with a body that is not what was sent";
    else if (!history_.ledger().was_sent(id))
        wrong = "which nobody sent";
    else if (group == none || !subscribed(group, id.producer))
        wrong = "whose topic the group does not subscribe to";
    if (wrong == nullptr || damaged(roster().queue(event.queue).broker)) return;
    delivered_.add(
        event.time,
        [&] {
            return fmt::format("at {} {} got offset {} of {}: {}, {}", seconds_text(event.time),
                               node_text(roster(), event.node), event.offset, roster().queue(event.queue).text,
                               message_text(roster(), id), wrong);
        },
        id);
}

void NoPhantom::on_record(const AuditedRecord& record) {
    const QueueEntry& queue = record.queue->entry;
    if (queue.kind != QueueKind::ordinary || damaged(queue.broker)) return;
    const char* wrong = nullptr;
    if (record.id.producer == none || !record.body_whole)
        wrong = "has a body that nobody sent";
    else if (!history_.ledger().was_sent(record.id))
        wrong = "was sent by nobody";
    else if (roster().producers()[record.id.producer].topic != queue.topic)
        wrong = "was sent to another topic";
    if (wrong == nullptr) return;
    stored_.add(
        history_.now(),
        [&] {
            return fmt::format("the record at {} offset {} ({}) {}", queue.text, record.queue_offset,
                               message_text(roster(), record.id), wrong);
        },
        record.id);
}

Verdict NoPhantom::finish(const RunEnd& end) {
    Verdict verdict = empty_verdict();
    delivered_.tell(verdict,
                    fmt::format("{} nobody sent so", count_text(delivered_.count(), "delivery was of something that",
                                                                "deliveries were of something that")));
    stored_.tell(verdict, fmt::format("{} in the log that nobody sent so",
                                      count_text(stored_.count(), "record lies", "records lie")));
    if (end.audit == nullptr) return verdict;
    Cases torn;
    for (const AuditProblem& problem : end.audit->problems) {
        if (problem.trouble != AuditTrouble::log) continue;
        const auto& brokers = roster().brokers();
        const auto found = std::ranges::find(brokers, problem.broker, &BrokerEntry::name);
        if (damaged(static_cast<std::uint32_t>(found - brokers.begin()))) continue;
        torn.add(end.time, [&] { return fmt::format("{}: {}", problem.broker, problem.what); });
    }
    torn.tell(verdict,
              fmt::format("{} wrong in the brokers' logs", count_text(torn.count(), "thing is", "things are")));
    return verdict;
}

}  // namespace brokersim::scenario
