#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/notes.h"
#include "scenarios/history.h"

namespace brokersim::scenario {

/// When, after a named event, somebody in charge of a group (a broker, or Kafka's coordinator) first concluded that a
/// member was gone, and from what.
struct Noticed {
    std::string event;
    std::string group;
    std::int64_t at = 0;                // of the event, ns
    std::optional<std::int64_t> after;  // nothing: nobody left in the event's window
    note::LeaveReason reason{};
};

/// Finds that for each named event and group; the window of an event ends with the next one. What brokers conclude from
/// closed connections counts for RocketMQ's groups only: Kafka's coordinator does not look at them.
class Noticing final : public Observer {
public:
    /// `kafka` tells which groups of the roster are Kafka's.
    Noticing(const Roster& roster, std::vector<bool> kafka) : roster_(roster), kafka_(std::move(kafka)) {}

    KindMask interests() const override { return kinds(EventKind::named_event, EventKind::member_left); }
    void observe(const Event& event) override;
    /// By event, then by group, in the order of the roster.
    const std::vector<Noticed>& found() const { return found_; }

private:
    const Roster& roster_;
    std::vector<bool> kafka_;
    std::vector<Noticed> found_;
};

}  // namespace brokersim::scenario
