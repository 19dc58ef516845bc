#include "scenarios/checkers/no_acked_loss.h"

#include <fmt/format.h>

#include "scenarios/checkers/cases.h"

namespace brokersim::scenario {

NoAckedLoss::Broker& NoAckedLoss::broker(std::uint32_t number) {
    if (number >= brokers_.size()) brokers_.resize(number + 1);
    return brokers_[number];
}

void NoAckedLoss::observe(const Event& event) {
    if (event.kind == EventKind::acknowledged) {
        const std::uint32_t number = roster().queue(event.queue).broker;
        if (number != none) acknowledge(number, event);
        return;
    }
    const std::uint32_t number = roster().broker_on(event.node);
    if (number == none) return;
    Broker& struck = broker(number);
    switch (event.kind) {
        case EventKind::node_started:
            struck.flush_failing = false;
            break;
        case EventKind::node_killed:
            struck.killed = struck.killed || context_.forgets(number, event.kind);
            for (const Recent& recent : struck.recent) {
                const bool copied = recent.time + context_.commit_lag.count() < history_.now();
                if (struck.killed && !copied) struck.uncovered.add(recent.message);
                struck.left.push_back(recent.message);
            }
            struck.recent.clear();
            break;
        case EventKind::node_power_lost:
            struck.power_lost = true;
            uncover_recent(struck);
            break;
        case EventKind::flush_failing:
            struck.flush_failing = struck.flush_failed = true;
            uncover_recent(struck);
            break;
        default:
            struck.damaged = true;
            break;
    }
}

void NoAckedLoss::acknowledge(std::uint32_t number, const Event& event) {
    Broker& by = broker(number);
    const MessageId id{event.message.producer, event.message.sequence};
    by.acknowledged.add(id);
    if (context_.flushes_first(number)) return;
    if (by.flush_failing) return by.uncovered.add(id);
    while (!by.recent.empty() && by.recent.front().time + context_.flush_lag.count() < event.time)
        by.recent.pop_front();
    by.recent.push_back({event.time, id});
}

/// What was acknowledged of late may be lost now.
void NoAckedLoss::uncover_recent(Broker& broker) {
    while (!broker.recent.empty() && broker.recent.front().time + context_.flush_lag.count() < history_.now())
        broker.recent.pop_front();
    for (const Recent& recent : broker.recent) broker.uncovered.add(recent.message);
    for (const MessageId id : broker.left) broker.uncovered.add(id);
    broker.recent.clear();
    broker.left.clear();
}

/// Whether some group that wants the message never got it; with no group at all somebody might still come for it.
bool NoAckedLoss::missed(MessageId id) const {
    const auto& groups = roster().topics()[roster().producers()[id.producer].topic].groups;
    for (std::uint32_t group : groups)
        if (context_.wants(group, id) && !history_.ledger().reading(group, id.producer).delivered.test(id.sequence))
            return true;
    return groups.empty();
}

/// Why not everything that the broker acknowledged is covered; empty if it is.
std::string NoAckedLoss::conditions(std::uint32_t number, std::uint64_t lost) const {
    const Broker& broker = brokers_[number];
    const std::string& name = roster().brokers()[number].name;
    if (broker.damaged) return fmt::format("{} had its storage damaged", name);
    if (context_.flushes_first(number) || !(broker.power_lost || broker.flush_failed || broker.killed)) return {};
    std::string why = fmt::format("{} {} without SYNC_FLUSH", name,
                                  broker.power_lost     ? "lost power"
                                  : broker.flush_failed ? "failed to flush"
                                                        : "was killed with a pool of buffers");
    if (lost > 0)
        why += fmt::format(", and {} had been acknowledged before {} flushed",
                           count_text(lost, "lost message", "lost messages"), lost == 1 ? "it was" : "they were");
    return why;
}

Verdict NoAckedLoss::finish(const RunEnd& end) {
    Verdict verdict = empty_verdict();
    if (end.audit == nullptr) {
        verdict.not_judged = "nobody read the brokers' files";
        return verdict;
    }
    if (end.audit->beginning_deleted) {
        verdict.not_judged = "retention deleted the beginning of a log";
        return verdict;
    }
    Cases cases;
    for (std::uint32_t number = 0; number < brokers_.size(); ++number) {
        const Broker& broker = brokers_[number];
        std::uint64_t uncovered = 0;
        for (std::uint32_t producer = 0; producer < broker.acknowledged.by_producer().size(); ++producer) {
            const Bits& acknowledged = broker.acknowledged.by_producer()[producer];
            const auto& present = end.audit->present;
            const auto absent = [&](std::size_t word) {
                return acknowledged.word(word) & ~(producer < present.size() ? present[producer].word(word) : 0);
            };
            for_each_bit(acknowledged.word_count(), absent, [&](std::uint64_t sequence) {
                const MessageId id{producer, sequence};
                if (!missed(id)) return;
                if (broker.damaged || broker.uncovered.has(id)) {
                    ++uncovered;
                    return;
                }
                cases.add(
                    end.time,
                    [&] {
                        return fmt::format("{} was acknowledged by {} and is not in its log",
                                           message_text(roster(), id), roster().brokers()[number].name);
                    },
                    id);
            });
        }
        const std::string why = conditions(number, uncovered);
        if (!why.empty()) verdict.not_judged += (verdict.not_judged.empty() ? "" : "; ") + why;
    }
    cases.tell(verdict, fmt::format("{} in no log, and a group that wants it never got it",
                                    count_text(cases.count(), "acknowledged message is", "acknowledged messages are")));
    return verdict;
}

}  // namespace brokersim::scenario
