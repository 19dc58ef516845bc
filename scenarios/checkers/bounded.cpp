#include "scenarios/checkers/bounded.h"

#include <fmt/format.h>

namespace brokersim::scenario {

void Bounded::observe(const Event& event) {
    if (event.offset <= event.other.bound) return;
    above_.add(event.time, [&] {
        return fmt::format("at {} {} of {} was {}; its bound is {}", seconds_text(event.time),
                           roster().text(event.other.name), node_text(roster(), event.node), event.offset,
                           event.other.bound);
    });
}

Verdict Bounded::finish(const RunEnd&) {
    Verdict verdict = empty_verdict();
    above_.tell(verdict, fmt::format("{} above the bound", count_text(above_.count(), "sample was", "samples were")));
    return verdict;
}

}  // namespace brokersim::scenario
