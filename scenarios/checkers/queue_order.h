#pragma once

#include <vector>

#include "scenarios/checkers/cases.h"
#include "scenarios/checkers/checker.h"

namespace brokersim::scenario {

/// `queue-order`: while one member owns a queue, the queue's records come to its handlers in order of their offsets,
/// each once; one that failed may come again. And in the log, a queue's offsets rise by one, and its consume queue says
/// the same as the log.
///
/// Where nobody owns queues, only the log is judged.
/// Condition: for the log of a broker, that its storage was not damaged. A broker with damaged storage, and one that
/// lost its power or failed to flush without SYNC_FLUSH, may lose the newest offsets and give them out again:
/// ownerships of its queues begin anew when it starts.
class QueueOrder final : public Checker {
public:
    using Checker::Checker;
    std::string_view promise() const override { return "queue-order"; }
    KindMask interests() const override {
        return kinds(EventKind::owned, EventKind::revoked, EventKind::delivered, EventKind::handled,
                     EventKind::node_started, EventKind::node_power_lost, EventKind::flush_failing,
                     EventKind::storage_damaged);
    }
    void observe(const Event& event) override;
    Verdict finish(const RunEnd& end) override;

private:
    struct Ownership {
        std::uint32_t node = none;
        std::int64_t newest = -1;            // greatest offset that was handed out
        std::vector<std::int64_t> failed{};  // offsets that may come again
    };
    using Queue = std::vector<Ownership>;  // of those who own it, or did not get the news yet
    static Ownership& ownership_of(Queue& queue, std::uint32_t node);
    void deliver(std::uint32_t group, const Event& event);
    static void end_ownership(Queue& queue, std::uint32_t node);
    void forget(std::uint32_t node);
    void note_loss(std::uint32_t broker, bool damage);
    void forget_lost_offsets(std::uint32_t broker);

    ByGroupAndQueue<Queue> queues_;
    std::vector<bool> damaged_;   // by broker
    std::vector<bool> cut_back_;  // by broker: may lose offsets when it starts again, and give them out anew
    Cases disorder_;
};

}  // namespace brokersim::scenario
