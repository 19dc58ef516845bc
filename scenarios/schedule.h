#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/types.h"
#include "scenarios/scenario.h"

namespace brokersim::scenario {

/// One coming of an event.
struct Occurrence {
    Duration time{};          // from the beginning of the load
    std::size_t event = 0;    // index into Scenario::events
    std::int64_t number = 0;  // from 0
    auto operator<=>(const Occurrence&) const = default;
};

/// When the events of a scenario come: repetitions written out, jitter drawn by the seed (for each event and occurrence
/// on its own), in order of time; equal times in the order of the events. All lie before the load's end.
std::vector<Occurrence> schedule(const Scenario& scenario);

}  // namespace brokersim::scenario
