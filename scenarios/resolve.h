#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scenarios/configs.h"
#include "scenarios/document.h"
#include "scenarios/findings.h"
#include "scenarios/scenario.h"
#include "scenarios/section.h"

namespace brokersim::scenario {

/// What one variant is resolved from.
struct VariantSource {
    const Item& root;  // normalized, with the variant's overrides applied
    std::string_view file_name;
    std::string_view variant;                    // its name
    std::span<const std::string> variant_names;  // of all variants of the file
};

/// Fills in every default and checks everything. What cannot be used is a finding, and the result is then of no use.
Scenario resolve(const VariantSource& source, Findings& findings);

/// The parts of resolve(), in the order in which they must be called: each relies on those before.
void resolve_machines(const VariantSource& source, Scenario& scenario, Findings& findings);
void resolve_load(const Item& root, Scenario& scenario, Findings& findings);
/// Of one group, whose other keys have been read: order, model, machine_rooms and owners.
void resolve_sharing(Section& section, const Scenario& scenario, GroupSpec& group, Findings& findings);
/// Of one group, whose assignment and client keys have been read: membership and rack, and what a coordinator would
/// make of it.
void resolve_membership(Section& section, const Scenario& scenario, GroupSpec& group, Findings& findings);
void resolve_events(const Item& root, Scenario& scenario, Findings& findings);
/// Warns of what is most probably a slip, where nothing is wrong.
void resolve_hints(const Item& root, const Scenario& scenario, Findings& findings);

/// [[machine]]: when all nodes and all events are known.
void resolve_shared_machines(const Item& root, Scenario& scenario, Findings& findings);
void resolve_expectations(const VariantSource& source, Scenario& scenario, Findings& findings);

/// The table of a section that is no list; an empty one if it is missing.
const Item& section_table(const Item& root, std::string_view name);
/// The elements of a section that is a list.
std::span<const Item> section_list(const Item& root, std::string_view name);

/// Reads one real key, or a whole table of them. A key without effect is a warning, and is not kept.
void read_config(const Entry& entry, ConfigPlace place, ConfigTexts& texts, Findings& findings);
void read_configs(Section& section, std::string_view key, ConfigPlace place, ConfigTexts& texts, Findings& findings);

/// Reports, at `key`, a machine whose memory (bytes) leaves its page cache too little beside the heap.
void check_memory(Section& section, std::string_view key, std::int64_t memory, std::int64_t heap);

/// Reports an element whose name another one of its list has, or which has a name that means something else.
class NameCheck {
public:
    NameCheck(std::string_view section, std::vector<std::string> reserved, Findings& findings)
        : section_(section), reserved_(std::move(reserved)), findings_(findings) {}
    void add(const std::string& name, Place place);

private:
    std::string section_;
    std::vector<std::string> reserved_;
    Findings& findings_;
    std::vector<std::string> seen_;
};

/// The names of a list, without those that could not be read.
template <class T>
std::vector<std::string> names_in(const std::vector<T>& list) {
    std::vector<std::string> names;
    for (const T& element : list)
        if (!element.name.empty()) names.push_back(element.name);
    return names;
}

}  // namespace brokersim::scenario
