#pragma once

#include <cstdint>
#include <vector>

#include "scenarios/history.h"

namespace brokersim::scenario {

/// When a whole group stood still: from the later of its last delivery and of the instant since when a message of a
/// declared queue waits (see Flow), to its next delivery; stretches of at least 100 ms count, from when the group's
/// first member was started.
class GroupStops final : public Observer {
public:
    static constexpr std::int64_t shortest = 100'000'000;

    explicit GroupStops(const History& history) : history_(history) {}
    KindMask interests() const override { return kinds(EventKind::delivered, EventKind::node_started); }
    void observe(const Event& event) override;

    /// The sum of all stops up to `now`, in ns; one that began less than 100 ms before is not in it yet.
    std::int64_t at(std::uint32_t group, std::int64_t now) const;

private:
    struct Group {
        std::int64_t counts_since = INT64_MAX;  // its first member's start, then the last delivery
        std::int64_t stopped = 0;
    };
    std::int64_t waits_since(std::uint32_t number) const;

    const History& history_;
    std::vector<Group> groups_;
};

}  // namespace brokersim::scenario
