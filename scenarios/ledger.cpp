#include "scenarios/ledger.h"

#include <algorithm>

#include "core/check.h"

namespace brokersim::scenario {

namespace {

/// Sequences are dense; one far beyond all others is a defect of whoever numbers messages.
constexpr std::uint64_t greatest_leap = std::uint64_t{1} << 24;

}  // namespace

Ledger::Producer& Ledger::producer_of(const Event& event) {
    const std::uint32_t number = event.message.producer;
    if (number >= producers_.size()) {
        BROKERSIM_CHECK(number < roster_.producers().size(), "an event names producer {}, whom nobody added", number);
        producers_.resize(roster_.producers().size());
    }
    return producers_[number];
}

void Ledger::learn_producers(std::uint32_t group) {
    const auto& topics = roster_.groups()[group].topics;
    auto& readings = groups_[group].readings;
    while (readings.size() < roster_.producers().size()) {
        const std::uint32_t topic = roster_.producers()[readings.size()].topic;
        readings.emplace_back().subscribed = std::ranges::find(topics, topic) != topics.end();
    }
}

Ledger::Reading* Ledger::reading_of(const Event& event) {
    const std::uint32_t group = roster_.group(event.group);
    const std::uint32_t producer = event.message.producer;
    if (group == none || !was_sent({producer, event.message.sequence})) return nullptr;
    if (group >= groups_.size()) groups_.resize(roster_.groups().size());
    if (producer >= groups_[group].readings.size()) learn_producers(group);
    Reading& reading = groups_[group].readings[producer];
    return reading.subscribed ? &reading : nullptr;
}

void Ledger::record(Event& event) {
    switch (event.kind) {
        case EventKind::sent: {
            Producer& producer = producer_of(event);
            BROKERSIM_CHECK(event.message.sequence < producer.sent_count + greatest_leap,
                            "producer {} sends number {} after {} messages", event.message.producer,
                            event.message.sequence, producer.sent_count);
            const bool fresh = producer.sent.set(event.message.sequence);
            BROKERSIM_CHECK(fresh, "producer {} sends number {} twice", event.message.producer, event.message.sequence);
            ++producer.sent_count;
            break;
        }
        case EventKind::acknowledged: {
            Producer& producer = producer_of(event);
            BROKERSIM_CHECK(producer.sent.test(event.message.sequence), "number {} of producer {} was never sent",
                            event.message.sequence, event.message.producer);
            if (producer.acknowledged.set(event.message.sequence)) ++producer.acknowledged_count;
            break;
        }
        case EventKind::rejected:
            ++producer_of(event).rejected_count;
            break;
        case EventKind::send_timed_out:
            ++producer_of(event).timed_out_count;
            break;
        case EventKind::delivered: {
            Reading* reading = event.good ? reading_of(event) : nullptr;
            if (reading == nullptr) break;
            Deliveries& deliveries = groups_[roster_.group(event.group)].deliveries;
            const std::uint64_t sequence = event.message.sequence;
            const bool first = reading->delivered.set(sequence);
            const bool failed = !first && reading->failed.clear(sequence);
            if (first) {
                event.repeat = Repeat::first;
                ++deliveries.first;
            } else if (failed && event.count > 0) {
                event.repeat = Repeat::retried;
                ++deliveries.retried;
            } else {
                event.repeat = Repeat::duplicate;
                ++deliveries.duplicated;
            }
            break;
        }
        case EventKind::handled:
            if (Reading* reading = reading_of(event)) {
                if (event.good)
                    reading->handled.set(event.message.sequence);
                else
                    reading->failed.set(event.message.sequence);
            }
            break;
        default:
            break;
    }
}

const Ledger::Producer& Ledger::producer(std::uint32_t producer) const {
    static const Producer nobody;
    return producer < producers_.size() ? producers_[producer] : nobody;
}

const Ledger::Deliveries& Ledger::deliveries(std::uint32_t group) const {
    static const Deliveries nothing;
    return group < groups_.size() ? groups_[group].deliveries : nothing;
}

}  // namespace brokersim::scenario
