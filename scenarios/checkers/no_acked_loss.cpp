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
        if (number == none) return;
        auto& acknowledged = broker(number).acknowledged;
        if (event.message.producer >= acknowledged.size()) acknowledged.resize(event.message.producer + 1);
        acknowledged[event.message.producer].set(event.message.sequence);
        return;
    }
    const std::uint32_t number = roster().broker_on(event.node);
    if (number == none) return;
    if (event.kind == EventKind::node_power_lost) broker(number).power_lost = true;
    if (event.kind == EventKind::storage_damaged) broker(number).damaged = true;
}

/// Whether some group that wants the message never got it; with no group at all somebody might still come for it.
bool NoAckedLoss::missed(MessageId id) const {
    const auto& groups = roster().topics()[roster().producers()[id.producer].topic].groups;
    for (std::uint32_t group : groups)
        if (context_.wants(group, id) && !history_.ledger().reading(group, id.producer).delivered.test(id.sequence))
            return true;
    return groups.empty();
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
        const bool sync_flush = number < context_.sync_flush.size() && context_.sync_flush[number];
        if (broker.damaged || (broker.power_lost && !sync_flush)) {
            verdict.not_judged +=
                fmt::format("{}{} {}", verdict.not_judged.empty() ? "" : "; ", roster().brokers()[number].name,
                            broker.damaged ? "had its storage damaged" : "lost power without SYNC_FLUSH");
            continue;
        }
        for (std::uint32_t producer = 0; producer < broker.acknowledged.size(); ++producer) {
            const Bits& acknowledged = broker.acknowledged[producer];
            const auto& present = end.audit->present;
            const auto absent = [&](std::size_t word) {
                return acknowledged.word(word) & ~(producer < present.size() ? present[producer].word(word) : 0);
            };
            for_each_bit(acknowledged.word_count(), absent, [&](std::uint64_t sequence) {
                const MessageId id{producer, sequence};
                if (!missed(id)) return;
                cases.add(
                    end.time,
                    [&] {
                        return fmt::format("{} was acknowledged by {} and is not in its log",
                                           message_text(roster(), id), roster().brokers()[number].name);
                    },
                    id);
            });
        }
    }
    cases.tell(verdict, fmt::format("{} in no log, and a group that wants it never got it",
                                    count_text(cases.count(), "acknowledged message is", "acknowledged messages are")));
    return verdict;
}

}  // namespace brokersim::scenario
