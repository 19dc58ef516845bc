#pragma once

#include <vector>

#include "scenarios/checkers/checker.h"
#include "scenarios/history.h"
#include "scenarios/measures/measures.h"

namespace brokersim::scenario {

/// What became of the messages.
///
/// messages.{sent, acknowledged, rejected, timed_out} count what applications saw: messages given to send, distinct
/// messages acknowledged, sends that ended with an error, sends that ended without an answer. messages.stored counts
/// records that the brokers put into ordinary queues. For each group (group.NAME.messages.*; messages.* is the sum over
/// groups):
///
///   delivered       handlers that began, for messages that somebody sent, with a whole body
///   retried         those that came again because the handling before had failed
///   duplicated      those that came again for any other reason
///   acknowledged    distinct acknowledged messages of the group's topics
///   delivered_unacknowledged  distinct messages that were delivered although their send did not succeed
///
/// and, of the acknowledged messages that were never delivered to the group, with the auditor's help:
///
///   lost            those that are in no ordinary queue of any log at the end
///   filtered        those that are, and that the group does not want or passed over by intention
///   pending         the others: they wait
///   dead_lettered   distinct messages in the group's dead letter queue
///
/// Hence, exactly, for each group: delivered - duplicated - retried
///   = acknowledged - lost - pending - filtered + delivered_unacknowledged.
class Counts final : public Observer, public RecordSink {
public:
    Counts(const History& history, const CheckerContext& context) : history_(history), context_(context) {}
    KindMask interests() const override { return kinds(EventKind::stored); }
    void observe(const Event& event) override;
    void on_record(const AuditedRecord& record) override;
    void finish(const RunEnd& end, Metrics& metrics) const;

private:
    struct Group {
        std::vector<Bits> left_out;  // by producer: passed over by intention
        std::vector<Bits> dead;      // by producer: in the dead letter queue
    };
    struct Fates {
        std::uint64_t acknowledged = 0, lost = 0, filtered = 0, pending = 0, unacknowledged = 0, dead = 0;
    };
    Fates fates(std::uint32_t group, const LogAudit& audit) const;
    void put_producers(Metrics& metrics) const;

    const History& history_;
    const CheckerContext& context_;
    std::uint64_t stored_ = 0;
    std::vector<std::uint64_t> stored_by_topic_;
    std::vector<Group> groups_;
};

/// The same for a part of a run, as far as events alone tell: sent, acknowledged, rejected, timed_out, stored,
/// delivered, retried, duplicated.
class PartCounts final : public Observer {
public:
    PartCounts(const History& history, Window window) : history_(history), window_(window) {}
    KindMask interests() const override;
    void observe(const Event& event) override;
    void finish(Metrics& metrics) const;

private:
    struct Group {
        std::uint64_t delivered = 0, retried = 0, duplicated = 0;
    };

    const History& history_;
    Window window_;
    std::uint64_t sent_ = 0, acknowledged_ = 0, rejected_ = 0, timed_out_ = 0, stored_ = 0;
    std::vector<Group> groups_;
};

}  // namespace brokersim::scenario
