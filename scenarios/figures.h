#pragma once

#include <string>
#include <string_view>

#include "scenarios/findings.h"
#include "scenarios/resolve.h"
#include "scenarios/scenario.h"
#include "scenarios/section.h"

/// The figures of a machine: where they come from.
namespace brokersim::scenario {

/// A file of figures longer than this is refused.
inline constexpr std::size_t max_profile_bytes = 64 * 1024;

struct Figures {
    sim::DiskSpec device;
    CostSpec costs;
};

/// Reads a file of figures: TOML with `about`, [disk] with all keys (read_bytes_per_second and operations_per_second
/// may be left out), and [costs]. After a finding the figures are of no use. `text` is not trusted.
Figures read_figures(std::string_view text, Findings& findings);

/// The profile of `hardware`, what [disk] and [costs] of the scenario say beside it, and in the end its name: a file's
/// figures become the scenario's own, so that a scenario that is written out needs no file. A file's findings are those
/// of the file.
void resolve_figures(const VariantSource& source, Section& hardware, HardwareSpec& spec, Findings& findings);

}  // namespace brokersim::scenario
