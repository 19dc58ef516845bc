#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "faults/world.h"

/// Faults: what goes wrong. Each kind stands in a file of its own (faults/kill.h ...); the catalogue lists them for the
/// scenario reader, the help and the reports.
namespace brokersim::faults {

/// One fault of a schedule, as a scenario writes it.
struct Strike {
    std::string kind;
    std::string target;             // a node
    std::optional<Duration> lasts;  // `for`: how long until it heals by itself
};

struct Kind {
    std::string_view name;
    std::string_view about;  // what it does, in one sentence
    std::string_view heals;  // how it heals, and what recovery may rely on
    bool may_last;           // takes `for`
    bool on_brokers_only;    // needs files
    /// Strikes now. A strike on a node that does not run has no effect.
    void (*strike)(World& world, const Strike& strike);
};

/// Every kind, sorted by name.
std::span<const Kind> catalogue();
/// Null if there is no such kind.
const Kind* find(std::string_view name);

/// Starts the target again once `strike.lasts` has passed, if it says so and nobody else did before.
void heal_by_start(World& world, const Strike& strike);

}  // namespace brokersim::faults
