#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "faults/fault.h"
#include "scenarios/nodes.h"
#include "scenarios/operations.h"
#include "scenarios/paths.h"
#include "scenarios/resolve.h"
#include "scenarios/section.h"
#include "scenarios/units.h"

namespace brokersim::scenario {

namespace {

constexpr std::int64_t most_occurrences = 100'000;

/// An event and the places of what later checks accuse.
struct PlacedEvent {
    EventSpec spec;
    Place node;
    bool usable = false;  // its node and its action are known
};

bool starts(const EventSpec& event) { return event.fault.empty() && event.operation == Operation::start; }

/// Reads `do` or `fault`; false after a finding.
bool read_action(Section& section, EventSpec& event, Findings& findings) {
    if (section.has("do") == section.has("fault")) {
        findings.error(section.has("do") ? section.place("fault") : section.place(),
                       "an event has exactly one of `do` and `fault`");
        return false;
    }
    const bool fault = section.has("fault");
    const std::string word = section.word(fault ? "fault" : "do");
    if (word.empty()) return false;
    if (fault) {
        event.fault = word;
        if (section.has("for") && !faults::find(word)->may_last)
            section.error("for", fmt::format("`{}` takes no `for`", word));
        return true;
    }
    const OperationSpec& operation = *find_operation(word);
    event.operation = operation.operation;
    if (section.has("for") && !operation.may_last) section.error("for", fmt::format("`{}` takes no `for`", word));
    return true;
}

void read_times(Section& section, EventSpec& event, const Scenario& scenario, Findings& findings) {
    event.time = section.duration("time");
    event.lasts = section.given_duration("for");
    event.every = section.given_duration("every");
    event.jitter = section.duration("jitter");
    const auto times = section.given_integer("times");
    if (times && !section.has("every")) section.error("times", "`times` needs `every`");
    if (event.time >= scenario.duration) {
        section.error("time", fmt::format("`time` is {}, but the load ends after {}", duration_text(event.time),
                                          duration_text(scenario.duration)));
        return;
    }
    const Duration room = scenario.duration - event.time - Duration(1);
    if (event.jitter > room) section.error("jitter", "the event could come after the load's end");
    if (!event.every || event.jitter > room) return;
    const std::int64_t possible = (room - event.jitter) / *event.every + 1;
    if (times && *times > possible)
        findings.warning(section.place("times"),
                         fmt::format("only {} of {} occurrences come before the load's end", possible, *times));
    event.times = std::min(times.value_or(possible), possible);
    if (event.times > most_occurrences) {
        section.error("every",
                      fmt::format("the event comes {} times; at most {} are possible", event.times, most_occurrences));
        event.times = 1;
    }
}

/// Brokers and name servers are counted in [cluster], and a late producer has no share in a common rate.
void check_late_node(const Item& table, const PlacedEvent& event, const Scenario& scenario, Findings& findings) {
    const NodeName& node = event.spec.node;
    const std::int64_t count = initial_count(node, scenario);
    if (node.index < count || !starts(event.spec)) return;
    if (node.role == NodeName::Role::broker || node.role == NodeName::Role::name_server) {
        findings.error(event.node, fmt::format("there is no \"{}\": [cluster] has {} of them", node.text(), count));
    } else if (node.role == NodeName::Role::producer && table.find("rate_each") == nullptr) {
        findings.error(event.node,
                       fmt::format("\"{}\" would send nothing: its `rate` belongs to the first {}; use `rate_each`",
                                   node.text(), count));
    }
}

/// Nothing can happen to a node that does not run yet, and a node that surely runs cannot be started.
void check_order(const std::vector<PlacedEvent>& events, const Scenario& scenario, Findings& findings) {
    for (const PlacedEvent& event : events) {
        if (!event.usable) continue;
        const NodeName& node = event.spec.node;
        const bool runs_from_the_beginning = node.index < initial_count(node, scenario);
        const auto earlier = [&](const PlacedEvent& other) {
            return other.usable && &other != &event && other.spec.node == node && other.spec.time <= event.spec.time;
        };
        const bool started =
            std::ranges::any_of(events, [&](const PlacedEvent& other) { return earlier(other) && starts(other.spec); });
        const bool ended = std::ranges::any_of(
            events, [&](const PlacedEvent& other) { return earlier(other) && !starts(other.spec); });
        if (starts(event.spec) && !ended && (runs_from_the_beginning || started))
            findings.error(event.node,
                           fmt::format("\"{}\" runs already at {}", node.text(), duration_text(event.spec.time)));
        if (!starts(event.spec) && !runs_from_the_beginning && !started) {
            const NodeName last{node.role, node.name, initial_count(node, scenario) - 1};
            findings.error(event.node,
                           fmt::format("\"{}\" does not run at {}: nodes up to \"{}\" run from the beginning, "
                                       "and no event starts it before",
                                       node.text(), duration_text(event.spec.time), last.text()));
        }
    }
}

const Item& producer_table(const Item& root, const std::string& name) {
    static const Item none;
    for (const Item& table : section_list(root, "producer"))
        if (element_name("producer", table) == name) return table;
    return none;
}

PlacedEvent read_event(const Item& table, const Item& root, const Scenario& scenario, Findings& findings) {
    Section section(table, "at", findings);
    PlacedEvent event;
    event.spec.line = table.place.line;
    const bool action = read_action(section, event.spec, findings);
    read_times(section, event.spec, scenario, findings);
    event.spec.name = section.text("name");
    if (!section.has("name")) event.spec.name = element_name("at", table);
    event.node = section.place("node");
    const std::string text = section.text("node");
    if (text.empty()) return event;
    const auto node = parse_node(text, scenario);
    if (!node) {
        findings.error(event.node, node.error());
        return event;
    }
    event.spec.node = *node;
    event.usable = action;
    if (const auto* kind = action ? faults::find(event.spec.fault) : nullptr;
        kind && node->role != NodeName::Role::broker && kind->on_brokers_only)
        findings.error(event.node, fmt::format("`{}` strikes brokers only: no other node keeps files", kind->name));
    if (action) check_late_node(producer_table(root, node->name), event, scenario, findings);
    return event;
}

}  // namespace

void resolve_events(const Item& root, Scenario& scenario, Findings& findings) {
    NameCheck names("events", {"begin", "end"}, findings);
    std::vector<PlacedEvent> events;
    for (const Item& table : section_list(root, "at")) {
        events.push_back(read_event(table, root, scenario, findings));
        const Entry* name = table.find("name");
        names.add(events.back().spec.name, name ? name->item.place : table.place);
    }
    check_order(events, scenario, findings);
    std::vector<std::pair<Duration, std::size_t>> order;
    for (const PlacedEvent& event : events) order.emplace_back(event.spec.time, order.size());
    std::ranges::sort(order);
    for (const auto& [time, index] : order) scenario.events.push_back(std::move(events[index].spec));
}

}  // namespace brokersim::scenario
