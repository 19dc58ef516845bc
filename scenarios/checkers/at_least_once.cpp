#include "scenarios/checkers/at_least_once.h"

#include <algorithm>

#include <fmt/format.h>

namespace brokersim::scenario {

namespace {

constexpr std::string_view delayed_topic = "SCHEDULE_TOPIC_XXXX@";

}  // namespace

void AtLeastOnce::observe(const Event& event) {
    const std::uint32_t broker = roster().broker_on(event.node);
    if (broker == none) return;
    const bool damage = event.kind == EventKind::storage_damaged;
    if (!damage && context_.flushes_first(broker)) return;
    std::vector<bool>& set = damage ? damaged_ : cut_back_;
    if (broker >= set.size()) set.resize(broker + 1);
    set[broker] = true;
}

void AtLeastOnce::on_record(const AuditedRecord& record) {
    if (!history_.ledger().was_sent(record.id)) return;
    if (groups_.size() < roster().groups().size()) groups_.resize(roster().groups().size());
    const QueueEntry& queue = record.queue->entry;
    switch (queue.kind) {
        case QueueKind::ordinary:
            for (std::uint32_t group : roster().readers(queue)) judge(group, record);
            break;
        case QueueKind::dead_letter:
            groups_[queue.group].dead_letters.add(record.id);
            break;
        case QueueKind::other:
            if (queue.text.starts_with(delayed_topic)) delayed_.add(record.id);
            break;
        case QueueKind::retry:
            break;
    }
}

void AtLeastOnce::judge(std::uint32_t group, const AuditedRecord& record) {
    if (history_.ledger().reading(group, record.id.producer).handled.test(record.id.sequence)) return;
    if (!context_.wants(group, record.id)) return;
    const QueueEntry& queue = record.queue->entry;
    if (history_.flow().left_out(group, queue, record.queue_offset)) return;
    if (queue.broker == none || !history_.owners().alive(roster().brokers()[queue.broker].node)) return;
    if (queue.broker < damaged_.size() && damaged_[queue.broker]) {
        ++on_damaged_;
        return;
    }
    const std::int64_t committed = queue.id == no_name ? -1 : history_.flow().reading(group, queue.id).committed;
    const bool passed = record.queue_offset < committed;
    const bool skipped = passed && !roster().groups()[group].shares_queues;
    if (passed && queue.broker < cut_back_.size() && cut_back_[queue.broker]) {
        ++given_again_;
        return;
    }
    (skipped ? groups_[group].skipped : groups_[group].waiting).add(record.id);
    if (places_.size() < most_places)
        places_.try_emplace({group, record.id}, fmt::format("{} offset {}", queue.text, record.queue_offset));
}

bool AtLeastOnce::excused(std::uint32_t group, MessageId id) const {
    if (groups_[group].dead_letters.has(id)) return true;
    return history_.ledger().reading(group, id.producer).failed.test(id.sequence) && delayed_.has(id);
}

std::string AtLeastOnce::line(std::uint32_t group, MessageId id, bool skipped) const {
    const bool began = history_.ledger().reading(group, id.producer).delivered.test(id.sequence);
    const auto place = places_.find({group, id});
    return fmt::format("{}{}{} was {}{}", message_text(roster(), id), place == places_.end() ? "" : " at ",
                       place == places_.end() ? "" : place->second,
                       began ? "delivered and never handled with success" : "never delivered",
                       skipped ? ", and the committed position is past it" : "");
}

Verdict AtLeastOnce::finish(const RunEnd& end) {
    Verdict verdict = empty_verdict();
    if (end.audit == nullptr) {
        verdict.not_judged = "nobody read the brokers' files";
        return verdict;
    }
    for (std::uint32_t group = 0; group < groups_.size(); ++group) {
        const bool members = history_.owners().members_alive(group) > 0;
        Cases cases;
        std::uint64_t unjudged = 0;
        const auto look = [&](const MessageSet& messages, bool skipped) {
            const auto& sets = messages.by_producer();
            for (std::uint32_t producer = 0; producer < sets.size(); ++producer) {
                const auto words = [&](std::size_t word) { return sets[producer].word(word); };
                for_each_bit(sets[producer].word_count(), words, [&](std::uint64_t sequence) {
                    const MessageId id{producer, sequence};
                    if (excused(group, id) || (!skipped && groups_[group].skipped.has(id))) return;
                    if (members && (skipped || end.drained))
                        cases.add(end.time, [&] { return line(group, id, skipped); }, id);
                    else
                        ++unjudged;
                });
            }
        };
        look(groups_[group].skipped, true);
        look(groups_[group].waiting, false);
        const std::string& name = roster().groups()[group].name;
        cases.tell(verdict, fmt::format("group {} left {} unconsumed", name,
                                        count_text(cases.count(), "stored message", "stored messages")));
        if (unjudged == 0) continue;
        verdict.not_judged += fmt::format("{}{} still waiting for group {}: {}", verdict.not_judged.empty() ? "" : "; ",
                                          count_text(unjudged, "message", "messages"), name,
                                          members ? "the run was not quiet at its end" : "it has no living member");
    }
    const auto not_judged = [&](std::uint64_t count, const char* which) {
        if (count == 0) return;
        verdict.not_judged += fmt::format("{}{} {}", verdict.not_judged.empty() ? "" : "; ",
                                          count_text(count, "message", "messages"), which);
    };
    not_judged(given_again_, "at offsets that a broker may have given out again after it lost what it had not flushed");
    not_judged(on_damaged_, "on a broker whose storage was damaged");
    return verdict;
}

}  // namespace brokersim::scenario
