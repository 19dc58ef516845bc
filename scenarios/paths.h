#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/document.h"
#include "scenarios/findings.h"

/// The paths by which variants and --set change values.
///
/// A path is KEY (before the first section), SECTION.KEY, or SECTION.NAME.KEY where the section is a list: `duration`,
/// `cluster.brokers`, `group.billing.assignment`, `at.kill.time`. Keys that hold a table of names or of real
/// configuration keys take one part more: `start.backlog.orders`, `cluster.broker.flushDiskType`,
/// `group.billing.client.session.timeout.ms`. In a [[variant]] and in [matrix] a path is a dotted key, or the tables
/// that TOML makes of one.
namespace brokersim::scenario {

/// One value to be changed.
struct Override {
    std::vector<std::string> path;  // a part of a real key keeps its dots
    Place place;                    // where it is said
    Item value;

    std::string path_text() const;
};

/// Brings a parsed file into the form that paths address: sections that have the wrong form are findings and are taken
/// out, tables of real keys and of names become flat.
void normalize_sections(Item& root, Findings& findings);

/// Each value of nested tables once, its name joined by dots, as Kafka's real keys have them.
std::vector<Entry> flattened(const Item& table);

/// "path=value" as after --set; its places get the number `source`. Nothing after a finding.
std::optional<Override> parse_override(std::string_view text, std::int32_t source, Findings& findings);

/// Changes one value of a normalized file. The path must lead to something that is there; the key and the value are
/// checked when the section is read.
void apply_override(Item& root, const Override& change, Findings& findings);

/// The name by which paths find an element of the list `section`.
std::string element_name(std::string_view section, const Item& element);

}  // namespace brokersim::scenario
