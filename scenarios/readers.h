#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scenarios/scenario.h"

namespace brokersim::scenario {

/// Who reads a topic's messages once: a group, or, where a group broadcasts, each of its members by itself. Checkers,
/// measures and metrics speak of readers.
struct Reader {
    std::string name;     // "billing", or "billing/0"
    std::size_t group;    // of the scenario
    std::int64_t member;  // NodeName::all for a group that shares its messages
};

/// In order of their groups, then of their members; members that an event starts later included.
std::vector<Reader> readers_of(const Scenario& scenario);
std::vector<std::string> reader_names(const Scenario& scenario);

}  // namespace brokersim::scenario
