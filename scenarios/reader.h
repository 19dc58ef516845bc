#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/scenario.h"

namespace brokersim::scenario {

/// A file longer than this is refused.
inline constexpr std::size_t max_scenario_bytes = 256 * 1024;

/// Reads a scenario: parses the TOML `text`, applies the `overrides` ("path=value", as after --set; see
/// scenarios/paths.h for the grammar of paths), and resolves and validates every variant. `file_name` is used in
/// diagnostics, and gives the scenario's name if it has none. All errors are found in one go, in order of their places.
/// Never throws on any input.
std::expected<ScenarioFile, std::vector<Diagnostic>> read_scenario(std::string_view text, std::string_view file_name,
                                                                   std::span<const std::string> overrides = {});

/// The same for a file of this machine. A file that cannot be read is a diagnostic at 1:1.
std::expected<ScenarioFile, std::vector<Diagnostic>> read_scenario_file(const std::string& path,
                                                                        std::span<const std::string> overrides = {});

}  // namespace brokersim::scenario
