#pragma once

#include <cstdint>
#include <vector>

#include "scenarios/bits.h"
#include "scenarios/event.h"
#include "scenarios/roster.h"

namespace brokersim::scenario {

/// What is known of each message: whether it was sent, acknowledged, and, for each group, delivered and handled. A few
/// bits for each message; a message is counted once however often something happens to it.
class Ledger {
public:
    struct Producer {
        Bits sent;
        Bits acknowledged;
        std::uint64_t sent_count = 0;
        std::uint64_t acknowledged_count = 0;  // distinct messages
        std::uint64_t rejected_count = 0;      // sends
        std::uint64_t timed_out_count = 0;     // sends
    };
    /// One group's view of one producer's messages.
    struct Reading {
        Bits delivered;           // a handler began
        Bits handled;             // a handler succeeded
        Bits failed;              // the last handler that ended had failed, and none has begun since
        bool subscribed = false;  // the group reads the topic to which the producer sends
    };
    /// Deliveries to one group of messages that somebody sent, whole: deliveries = first + retried + duplicated.
    struct Deliveries {
        std::uint64_t first = 0;
        std::uint64_t retried = 0;
        std::uint64_t duplicated = 0;

        std::uint64_t total() const { return first + retried + duplicated; }
    };

    explicit Ledger(const Roster& roster) : roster_(roster) {}

    /// sent, acknowledged, rejected, send_timed_out, delivered (fills in `repeat`), handled; others are ignored. A
    /// delivery of something that nobody sent, with a damaged body, or of a topic that the group does not read, is not
    /// entered.
    void record(Event& event);

    /// Producers that have sent nothing have an empty entry.
    const Producer& producer(std::uint32_t producer) const;
    const Reading& reading(std::uint32_t group, std::uint32_t producer) const {
        if (group >= groups_.size() || producer >= groups_[group].readings.size()) return no_reading_;
        return groups_[group].readings[producer];
    }
    const Deliveries& deliveries(std::uint32_t group) const;
    bool was_sent(MessageId id) const {
        return id.producer < producers_.size() && producers_[id.producer].sent.test(id.sequence);
    }

private:
    struct Group {
        std::vector<Reading> readings;  // by producer
        Deliveries deliveries;
    };
    Producer& producer_of(const Event& event);
    Reading* reading_of(const Event& event);
    void learn_producers(std::uint32_t group);

    const Roster& roster_;
    std::vector<Producer> producers_;
    std::vector<Group> groups_;
    Reading no_reading_;
};

}  // namespace brokersim::scenario
