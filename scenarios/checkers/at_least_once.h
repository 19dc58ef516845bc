#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "scenarios/checkers/cases.h"
#include "scenarios/checkers/checker.h"
#include "scenarios/checkers/message_set.h"

namespace brokersim::scenario {

/// `at-least-once`: each message that lies in a queue at the end was handled with success by every group that wants it.
///
/// Excused: what lies before the place where a group that begins at the end began; what an operator's reset skipped;
/// dead letters; a message whose last handling failed and that waits for its next attempt among the delayed messages.
/// Where nobody owns queues, positions are no more than how far messages were handed out: what lies before them and was
/// not handled waits to be handed out again.
/// Condition: the broker and some member of the group are up at the end. If the run was not quiet at its end, only
/// messages before the group's committed position are judged: those were skipped, the others may still come. And those
/// are not judged on a broker that lost its power, or failed to flush, without SYNC_FLUSH: it may have lost offsets
/// that the group had committed, and given them out again. Of a broker whose storage was damaged nothing is judged.
class AtLeastOnce final : public Checker {
public:
    using Checker::Checker;
    std::string_view promise() const override { return "at-least-once"; }
    KindMask interests() const override {
        return kinds(EventKind::node_power_lost, EventKind::flush_failing, EventKind::storage_damaged);
    }
    void observe(const Event& event) override;
    void on_record(const AuditedRecord& record) override;
    Verdict finish(const RunEnd& end) override;

private:
    /// Messages that a group did not handle.
    struct Unhandled {
        MessageSet skipped;  // the committed position is past one of their records
        MessageSet waiting;  // it is not
        MessageSet dead_letters;
    };
    void judge(std::uint32_t group, const AuditedRecord& record);
    bool excused(std::uint32_t group, MessageId id) const;
    std::string line(std::uint32_t group, MessageId id, bool skipped) const;

    static constexpr std::size_t most_places = 1000;

    std::vector<Unhandled> groups_;
    std::vector<bool> cut_back_;  // by broker: may have lost what it had not flushed
    std::vector<bool> damaged_;   // by broker
    std::uint64_t given_again_ = 0;
    std::uint64_t on_damaged_ = 0;
    MessageSet delayed_;  // messages with a copy in SCHEDULE_TOPIC_XXXX
    /// Where the first unhandled messages of each group lie, for evidence.
    std::map<std::pair<std::uint32_t, MessageId>, std::string> places_;
};

}  // namespace brokersim::scenario
