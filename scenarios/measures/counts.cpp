#include "scenarios/measures/counts.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "core/check.h"
#include "scenarios/measures/quantities.h"

namespace brokersim::scenario {

namespace {

void enter(std::vector<Bits>& sets, MessageId id) {
    if (id.producer >= sets.size()) sets.resize(id.producer + 1);
    sets[id.producer].set(id.sequence);
}

std::uint64_t word(const std::vector<Bits>& sets, std::uint32_t producer, std::size_t index) {
    return producer < sets.size() ? sets[producer].word(index) : 0;
}

void put(Metrics& metrics, const std::string& name, std::uint64_t count) {
    metrics[name] = ratio(static_cast<std::int64_t>(count), 1);
}

/// Adds to group.NAME.messages.WHAT, and to messages.WHAT.
void put_both(Metrics& metrics, const std::string& group, std::string_view what, std::uint64_t count) {
    put(metrics, fmt::format("group.{}.messages.{}", group, what), count);
    metrics[fmt::format("messages.{}", what)].num += static_cast<std::int64_t>(count);
}

}  // namespace

void Counts::observe(const Event& event) {
    const QueueEntry& queue = history_.roster().queue(event.queue);
    if (queue.kind != QueueKind::ordinary) return;
    ++stored_;
    if (stored_by_topic_.size() <= queue.topic) stored_by_topic_.resize(history_.roster().topics().size());
    ++stored_by_topic_[queue.topic];
}

void Counts::on_record(const AuditedRecord& record) {
    if (!history_.ledger().was_sent(record.id)) return;
    const QueueEntry& queue = record.queue->entry;
    if (groups_.size() < history_.roster().groups().size()) groups_.resize(history_.roster().groups().size());
    if (queue.kind == QueueKind::dead_letter) enter(groups_[queue.group].dead, record.id);
    if (queue.kind != QueueKind::ordinary) return;
    for (std::uint32_t group : history_.roster().readers(queue))
        if (!context_.wants(group, record.id) || history_.flow().left_out(group, queue, record.queue_offset))
            enter(groups_[group].left_out, record.id);
}

Counts::Fates Counts::fates(std::uint32_t number, const LogAudit& audit) const {
    static const Group nothing;
    const Roster& roster = history_.roster();
    const Group& group = number < groups_.size() ? groups_[number] : nothing;
    const auto& topics = roster.groups()[number].topics;
    Fates fates;
    for (const Bits& dead : group.dead) fates.dead += dead.count();
    for (std::uint32_t producer = 0; producer < roster.producers().size(); ++producer) {
        if (std::ranges::find(topics, roster.producers()[producer].topic) == topics.end()) continue;
        const Bits& acknowledged = history_.ledger().producer(producer).acknowledged;
        const Bits& delivered = history_.ledger().reading(number, producer).delivered;
        const std::size_t words = std::max(acknowledged.word_count(), delivered.word_count());
        for (std::size_t i = 0; i < words; ++i) {
            const auto count = [](std::uint64_t bits) { return static_cast<std::uint64_t>(std::popcount(bits)); };
            const std::uint64_t missing = acknowledged.word(i) & ~delivered.word(i);
            const std::uint64_t present = missing & word(audit.present, producer, i);
            const std::uint64_t filtered = present & word(group.left_out, producer, i);
            fates.acknowledged += count(acknowledged.word(i));
            fates.unacknowledged += count(delivered.word(i) & ~acknowledged.word(i));
            fates.lost += count(missing & ~present);
            fates.filtered += count(filtered);
            fates.pending += count(present & ~filtered);
        }
    }
    return fates;
}

void Counts::put_producers(Metrics& metrics) const {
    const Roster& roster = history_.roster();
    std::uint64_t sent = 0, acknowledged = 0, rejected = 0, timed_out = 0;
    for (std::uint32_t producer = 0; producer < roster.producers().size(); ++producer) {
        const Ledger::Producer& known = history_.ledger().producer(producer);
        sent += known.sent_count;
        acknowledged += known.acknowledged_count;
        rejected += known.rejected_count;
        timed_out += known.timed_out_count;
    }
    put(metrics, "messages.sent", sent);
    put(metrics, "messages.acknowledged", acknowledged);
    put(metrics, "messages.rejected", rejected);
    put(metrics, "messages.timed_out", timed_out);
    put(metrics, "messages.stored", stored_);
}

void Counts::finish(const RunEnd& end, Metrics& metrics) const {
    const Roster& roster = history_.roster();
    put_producers(metrics);
    for (std::uint32_t group = 0; group < roster.groups().size(); ++group) {
        const std::string& name = roster.groups()[group].name;
        const Ledger::Deliveries& deliveries = history_.ledger().deliveries(group);
        put_both(metrics, name, "delivered", deliveries.total());
        put_both(metrics, name, "retried", deliveries.retried);
        put_both(metrics, name, "duplicated", deliveries.duplicated);
        std::uint64_t stored = 0;
        for (std::uint32_t topic : roster.groups()[group].topics)
            if (topic < stored_by_topic_.size()) stored += stored_by_topic_[topic];
        put(metrics, fmt::format("group.{}.messages.stored", name), stored);
        if (end.audit == nullptr) continue;
        const Fates fates = this->fates(group, *end.audit);
        BROKERSIM_CHECK(
            deliveries.first == fates.acknowledged - fates.lost - fates.pending - fates.filtered + fates.unacknowledged,
            "the fates of group {}'s messages do not add up", name);
        put(metrics, fmt::format("group.{}.messages.acknowledged", name), fates.acknowledged);
        put_both(metrics, name, "lost", fates.lost);
        put_both(metrics, name, "pending", fates.pending);
        put_both(metrics, name, "filtered", fates.filtered);
        put_both(metrics, name, "delivered_unacknowledged", fates.unacknowledged);
        put_both(metrics, name, "dead_lettered", fates.dead);
    }
}

KindMask PartCounts::interests() const {
    return kinds(EventKind::sent, EventKind::acknowledged, EventKind::rejected, EventKind::send_timed_out,
                 EventKind::stored, EventKind::delivered);
}

void PartCounts::observe(const Event& event) {
    if (!contains(window_, event.time)) return;
    switch (event.kind) {
        case EventKind::sent:
            ++sent_;
            break;
        case EventKind::acknowledged:
            ++acknowledged_;
            break;
        case EventKind::rejected:
            ++rejected_;
            break;
        case EventKind::send_timed_out:
            ++timed_out_;
            break;
        case EventKind::stored:
            if (history_.roster().queue(event.queue).kind == QueueKind::ordinary) ++stored_;
            break;
        default: {
            const std::uint32_t group = history_.roster().group(event.group);
            if (group == none || !event.good) break;
            if (!history_.ledger().was_sent({event.message.producer, event.message.sequence})) break;
            if (group >= groups_.size()) groups_.resize(history_.roster().groups().size());
            ++groups_[group].delivered;
            if (event.repeat == Repeat::retried) ++groups_[group].retried;
            if (event.repeat == Repeat::duplicate) ++groups_[group].duplicated;
            break;
        }
    }
}

void PartCounts::finish(Metrics& metrics) const {
    put(metrics, "messages.sent", sent_);
    put(metrics, "messages.acknowledged", acknowledged_);
    put(metrics, "messages.rejected", rejected_);
    put(metrics, "messages.timed_out", timed_out_);
    put(metrics, "messages.stored", stored_);
    for (std::uint32_t group = 0; group < history_.roster().groups().size(); ++group) {
        const std::string& name = history_.roster().groups()[group].name;
        const Group counts = group < groups_.size() ? groups_[group] : Group{};
        put_both(metrics, name, "delivered", counts.delivered);
        put_both(metrics, name, "retried", counts.retried);
        put_both(metrics, name, "duplicated", counts.duplicated);
    }
}

}  // namespace brokersim::scenario
