#pragma once

#include <deque>
#include <string>
#include <vector>

#include "scenarios/checkers/checker.h"
#include "scenarios/checkers/message_set.h"

namespace brokersim::scenario {

/// `no-acked-loss`: an acknowledged message is in the log at the end, or every group that wants it has got it.
///
/// Condition, for each broker: what it acknowledges survives a kill of its process (the page cache lives on), but,
/// where it writes to a pool of buffers and does not flush first, only what was acknowledged longer before than the
/// copying lags behind (`CheckerContext::commit_lag`); and damage to its storage never. A loss of power and a failed
/// flush are survived by what had been flushed: under SYNC_FLUSH by all that was acknowledged, else by what was
/// acknowledged longer before than the flush lags behind
/// (`CheckerContext::flush_lag`) and within the same life, since a broker does not flush what an earlier one has left
/// in the page cache. What is lost without being covered is counted, and told as not judged. Where retention deleted
/// the beginning of a log nothing is judged.
class NoAckedLoss final : public Checker {
public:
    using Checker::Checker;
    std::string_view promise() const override { return "no-acked-loss"; }
    KindMask interests() const override {
        return kinds(EventKind::acknowledged, EventKind::node_started, EventKind::node_killed,
                     EventKind::node_power_lost, EventKind::flush_failing, EventKind::storage_damaged);
    }
    void observe(const Event& event) override;
    Verdict finish(const RunEnd& end) override;

private:
    struct Recent {
        std::int64_t time;
        MessageId message;
    };
    struct Broker {
        MessageSet acknowledged;
        MessageSet uncovered;         // of these, what need not have been on disk when it mattered
        std::deque<Recent> recent;    // acknowledged, and perhaps not yet on disk; by time
        std::vector<MessageId> left;  // in the page cache by lives that were killed
        bool killed = false;          // with a pool of buffers
        bool power_lost = false;
        bool flush_failing = false;  // since then, in this life
        bool flush_failed = false;   // ever
        bool damaged = false;
    };
    Broker& broker(std::uint32_t number);
    void acknowledge(std::uint32_t number, const Event& event);
    void uncover_recent(Broker& broker);
    bool missed(MessageId id) const;
    std::string conditions(std::uint32_t number, std::uint64_t lost) const;

    std::vector<Broker> brokers_;
};

}  // namespace brokersim::scenario
