#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "faults/world.h"

/// Faults: what goes wrong. Each kind stands in a file of its own (faults/kill.h ...); the catalogue lists them for the
/// scenario reader, the help and the reports.
namespace brokersim::faults {

/// One fault of a schedule, as a scenario writes it.
struct Strike {
    std::string kind;
    std::string target;             // a node; empty for faults of links
    std::vector<std::string> from;  // nodes at the two ends, for faults of links
    std::vector<std::string> to;
    std::optional<Duration> lasts;  // `for`: how long until it heals by itself
    Duration delay{0};              // the parameters of the kinds that take them
    std::uint32_t loss_ppm = 0;
};

/// What a kind strikes.
enum class Target : std::uint8_t {
    node,
    broker,     // needs files
    links,      // both directions between two sets of nodes
    direction,  // from one set of nodes to another
};
/// The parameter that a kind takes, and needs.
enum class Parameter : std::uint8_t { none, delay, loss };

struct Kind {
    std::string_view name;
    std::string_view about;  // what it does, in one sentence
    std::string_view heals;  // how it heals, and what recovery may rely on
    bool may_last;           // takes `for`
    Target target = Target::node;
    Parameter parameter = Parameter::none;
    /// No event of the history tells when it begins and when it ends: checkers judge what comes after it.
    bool unseen = false;
    /// Strikes now. A strike on a node that does not run has no effect.
    void (*strike)(World& world, const Strike& strike);
};

/// Every kind, sorted by name.
std::span<const Kind> catalogue();
/// Null if there is no such kind.
const Kind* find(std::string_view name);

/// True if the kind strikes links, and not a node.
bool on_links(const Kind& kind);

/// Starts the target again once `strike.lasts` has passed, if it says so and nobody else did before.
void heal_by_start(World& world, const Strike& strike);
/// Lays a trouble on the links from `strike.from` to `strike.to`, and if `both_ways` on those back too, until
/// `strike.lasts` has passed or everything heals.
void trouble_links(World& world, const Strike& strike, LinkTrouble trouble, bool both_ways);

}  // namespace brokersim::faults
