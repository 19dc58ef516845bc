#include "scenarios/schedule.h"

#include <algorithm>

#include "core/draw.h"

namespace brokersim::scenario {

std::vector<Occurrence> schedule(const Scenario& scenario) {
    std::vector<Occurrence> occurrences;
    for (std::size_t i = 0; i < scenario.events.size(); ++i) {
        const EventSpec& event = scenario.events[i];
        const std::uint64_t identity = text_identity(event.name);
        for (std::int64_t n = 0; n < event.times; ++n) {
            const Duration regular = event.time + event.every.value_or(Duration::zero()) * n;
            const std::uint64_t draw = draw_key(scenario.seed, Purpose::fault, identity, static_cast<std::uint64_t>(n));
            const auto late = below(draw, static_cast<std::uint64_t>(event.jitter.count()) + 1);
            occurrences.push_back({regular + Duration(static_cast<std::int64_t>(late)), i, n});
        }
    }
    std::ranges::sort(occurrences);
    return occurrences;
}

}  // namespace brokersim::scenario
