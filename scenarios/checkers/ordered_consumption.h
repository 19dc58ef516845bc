#pragma once

#include <vector>

#include "scenarios/checkers/cases.h"
#include "scenarios/checkers/checker.h"

namespace brokersim::scenario {

/// `ordered-consumption`: of a queue, an orderly group handles one message (one call of a handler) at a time, whoever
/// owns the queue, and none before those that were handed out before it have been handled with success.
///
/// Conditions: a handler that is still busy half a second after its consumer gave the queue up may be overtaken
/// (RocketMQ unlocks the queue when the lock is old). A lock is known to the queue's broker alone, which forgets it
/// when it ends: whoever had one may go on for lockMaxLiveTime. A broker that lost its newest offsets gives them out
/// again.
class OrderedConsumption final : public Checker {
public:
    using Checker::Checker;
    std::string_view promise() const override { return "ordered-consumption"; }
    KindMask interests() const override {
        return kinds(EventKind::delivered, EventKind::handled, EventKind::revoked, EventKind::node_started,
                     EventKind::node_stopped, EventKind::node_killed, EventKind::node_power_lost,
                     EventKind::storage_damaged, EventKind::flush_failing, EventKind::offset_reset);
    }
    void observe(const Event& event) override;
    Verdict finish(const RunEnd& end) override;

private:
    static constexpr std::int64_t never = INT64_MAX;
    /// A message that was handed out and has not been handled with success.
    struct Open {
        std::int64_t offset = 0;
        std::uint32_t node = none;
        std::int64_t began = 0;
        std::int64_t given_up = never;  // when its consumer gave the queue up
        bool running = true;            // its handler has not ended, and its process lives
        MessageId id{};
    };
    using Queue = std::vector<Open>;

    const OrderBounds* bounds(const Event& event, std::uint32_t& group) const;
    void deliver(std::uint32_t group, const OrderBounds& bounds, const Event& event);
    void handle(std::uint32_t group, const Event& event);
    void mark_given_up(std::uint32_t group, const Event& event);
    bool may_overtake(const OrderBounds& bounds, const Open& open, const Event& event) const;
    void node_changed(const Event& event);
    void end_handlers(std::uint32_t group, std::uint32_t node);
    void forget_offsets(std::uint32_t broker);

    ByGroupAndQueue<Queue> queues_;
    std::vector<std::int64_t> forgot_locks_at_;  // by broker: when its last life ended
    std::vector<bool> cut_back_;                 // by broker: may give offsets out again
    Cases together_;
    Cases too_early_;
};

}  // namespace brokersim::scenario
