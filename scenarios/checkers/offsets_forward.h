#pragma once

#include <vector>

#include "scenarios/checkers/cases.h"
#include "scenarios/checkers/checker.h"
#include "scenarios/checkers/forgetful_brokers.h"

namespace brokersim::scenario {

/// `offsets-forward`: a group's committed position in a queue does not go back, but by an operator's reset.
///
/// A queue whose broker came back from a power cut that may have taken its end may go back once, to where it ends now.
/// So may a broadcasting consumer whose machine lost power: nobody forces its file to disk.
///
/// Condition: committed positions are written down every few seconds only, so what a broker forgets when it is started
/// again is not judged. Where the protocol lets anybody commit (RocketMQ), a step back is not judged while the queue
/// has two owners (`one-owner` judges that), and as long after a change of ownership in the group as two owners are
/// allowed. Where links were silent, or processes stood still, a commit may arrive long after a newer one that took
/// another connection, and the broker, or the coordinator if the member still belongs, takes it. So only what lies
/// after the last fault healed, and what TCP was still repeating then has arrived, is judged. Where the protocol
/// refuses commits of former owners (Kafka), a position that falls below where the queue's newest owner took it is
/// judged at any time: that owner commits nothing below, and whoever had the queue before may not commit any more. So
/// is every step back there, if commits arrive in order in this run.
class OffsetsForward final : public Checker {
public:
    using Checker::Checker;
    std::string_view promise() const override { return "offsets-forward"; }
    KindMask interests() const override {
        return kinds(EventKind::owned, EventKind::offset_committed, EventKind::offset_reset, EventKind::node_started,
                     EventKind::node_killed, EventKind::node_power_lost, EventKind::healed);
    }
    void observe(const Event& event) override;
    Verdict finish(const RunEnd& end) override;

private:
    struct Position {
        std::int64_t committed = -1;
        std::int64_t at = 0;
        std::int64_t taken_at = -1;   // what was committed when the newest owner took the queue
        std::uint32_t shortened = 0;  // returns of the queue's broker for which it went back
    };
    bool excused(std::uint32_t group, NameId queue, Position& position, const Position& before) const;

    static constexpr std::int64_t never = INT64_MAX;

    std::int64_t judged_from_ = never;
    ByGroupAndQueue<Position> positions_;
    ForgetfulBrokers forgetful_{roster(), context_};
    std::int64_t broker_started_at_ = INT64_MIN;  // the newest start of any broker
    Cases back_;
};

}  // namespace brokersim::scenario
