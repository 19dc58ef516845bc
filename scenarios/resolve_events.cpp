#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "faults/disk_stall.h"
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
    std::vector<Section::PlacedText> from;  // of a fault of links
    std::vector<Section::PlacedText> to;
    bool usable = false;  // its node and its action are known, and it strikes one node
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

/// Several nodes can be started together, and nothing else.
void read_count(Section& section, EventSpec& event) {
    event.count = section.given_integer("count").value_or(1);
    if (!section.has("count") || starts(event)) return;
    section.error("count", fmt::format("`{}` takes no `count`", word_of(event)));
    event.count = 1;
}

void read_times(Section& section, EventSpec& event, const Scenario& scenario, Findings& findings) {
    event.time = section.duration("time");
    event.lasts = section.given_duration("for");
    event.every = section.given_duration("every");
    event.jitter = section.duration("jitter");
    auto times = section.given_integer("times");
    if (times && !section.has("every")) section.error("times", "`times` needs `every`");
    if (event.node.index == NodeName::all) {  // a roll
        if (!section.has("every")) section.error("do", "`roll` needs `every`, the time from one restart to the next");
        if (times) section.error("times", "`roll` takes no `times`: it restarts each node once");
        times = initial_count(event.node, scenario);
    }
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
    if (!starts(event.spec) || event.spec.count == 0) return;
    const NodeName node = struck_nodes(event.spec).back();
    const std::int64_t count = initial_count(node, scenario);
    if (node.index < count) return;
    if (node.role == NodeName::Role::broker || node.role == NodeName::Role::name_server) {
        findings.error(event.node, fmt::format("there is no \"{}\": [cluster] has {} of them", node.text(), count));
    } else if (node.role == NodeName::Role::producer && table.find("rate_each") == nullptr) {
        findings.error(event.node,
                       fmt::format("\"{}\" would send nothing: its `rate` belongs to the first {}; use `rate_each`",
                                   node.text(), count));
    }
}

/// Nothing can happen to a node that does not run yet, and a node that surely runs cannot be started.
void check_order(const PlacedEvent& event, const NodeName& node, const std::vector<PlacedEvent>& events,
                 const Scenario& scenario, Findings& findings) {
    const bool runs_from_the_beginning = node.index < initial_count(node, scenario);
    const auto earlier = [&](const PlacedEvent& other) {
        const NodeName& first = other.spec.node;
        return other.usable && &other != &event && other.spec.time <= event.spec.time && first.role == node.role &&
               first.name == node.name && first.index <= node.index && node.index < first.index + other.spec.count;
    };
    const bool started =
        std::ranges::any_of(events, [&](const PlacedEvent& other) { return earlier(other) && starts(other.spec); });
    const bool ended =
        std::ranges::any_of(events, [&](const PlacedEvent& other) { return earlier(other) && !starts(other.spec); });
    if (starts(event.spec) && !ended && (runs_from_the_beginning || started))
        findings.error(event.node,
                       fmt::format("\"{}\" runs already at {}", node.text(), duration_text(event.spec.time)));
    if (!starts(event.spec) && !runs_from_the_beginning && !started) {
        const NodeName last{node.role, node.name, initial_count(node, scenario) - 1};
        findings.error(event.node, fmt::format("\"{}\" does not run at {}: nodes up to \"{}\" run from the beginning, "
                                               "and no event starts it before",
                                               node.text(), duration_text(event.spec.time), last.text()));
    }
}

void check_order(const std::vector<PlacedEvent>& events, const Scenario& scenario, Findings& findings) {
    for (const PlacedEvent& event : events)
        if (event.usable)
            for (const NodeName& node : struck_nodes(event.spec)) check_order(event, node, events, scenario, findings);
}

const Item& producer_table(const Item& root, const std::string& name) {
    static const Item none;
    for (const Item& table : section_list(root, "producer"))
        if (element_name("producer", table) == name) return table;
    return none;
}

/// Reads the parameters that the fault needs, and refuses those that it does not take.
void read_parameters(Section& section, EventSpec& event, const faults::Kind* kind, Findings& findings) {
    const auto parameter = [&](std::string_view key, faults::Parameter which) {
        const bool takes = kind != nullptr && kind->parameter == which;
        if (section.has(key) && !takes) section.error(key, fmt::format("`{}` takes no `{}`", word_of(event), key));
        if (!section.has(key) && takes)
            findings.error(section.place(), fmt::format("`{}` needs `{}`", kind->name, key));
        return takes;
    };
    if (parameter("delay", faults::Parameter::delay)) event.delay = section.duration("delay");
    if (parameter("loss", faults::Parameter::loss)) event.loss_ppm = section.given_share("loss").value_or(0);
}

void read_sides(Section& section, PlacedEvent& event, Findings& findings) {
    if (section.has("node"))
        section.error("node", fmt::format("`{}` strikes links: it takes `between`, and no `node`", event.spec.fault));
    if (!section.has("between"))
        findings.error(section.place(),
                       fmt::format("`{}` needs `between`, the two ends of the links", event.spec.fault));
    auto sides = section.sides("between");
    if (!sides) return;
    event.from = std::move((*sides)[0]);
    event.to = std::move((*sides)[1]);
}

void read_node(Section& section, PlacedEvent& event, const Item& root, const Scenario& scenario, bool action,
               Findings& findings) {
    const auto* kind = action ? faults::find(event.spec.fault) : nullptr;
    if (action && section.has("between"))
        section.error("between", fmt::format("`{}` takes no `between`", word_of(event.spec)));
    if (!section.has("node")) findings.error(section.place(), "[[at]] has no `node`");
    const std::string text = section.text("node");
    if (text.empty()) return;
    const bool roll = action && kind == nullptr && event.spec.operation == Operation::roll;
    const auto node = roll ? parse_nodes(text, scenario) : parse_node(text, scenario);
    if (!node) {
        findings.error(event.node, node.error());
        return;
    }
    event.spec.node = *node;
    if (roll && node->index != NodeName::all) {
        findings.error(event.node, fmt::format("`roll` takes all nodes of a kind, such as \"{}\"",
                                               NodeName{node->role, node->name, NodeName::all}.text()));
        return;
    }
    event.usable = action;
    if (kind && node->role != NodeName::Role::broker && kind->target == faults::Target::broker)
        findings.error(event.node, fmt::format("`{}` strikes brokers only: no other node keeps files", kind->name));
    if (kind && kind->name == faults::disk_stall_kind.name && !scenario.hardware.modelled_storage)
        findings.error(event.node, "`disk-stall` needs a disk: `storage` in [hardware] is \"constant\"");
    if (action) check_late_node(producer_table(root, node->name), event, scenario, findings);
}

PlacedEvent read_event(const Item& table, const Item& root, const Scenario& scenario, Findings& findings) {
    Section section(table, "at", findings);
    PlacedEvent event;
    event.spec.line = table.place.line;
    const bool action = read_action(section, event.spec, findings);
    event.node = section.place("node");
    if (action) read_count(section, event.spec);
    const auto* kind = action ? faults::find(event.spec.fault) : nullptr;
    if (kind && faults::on_links(*kind))
        read_sides(section, event, findings);
    else
        read_node(section, event, root, scenario, action, findings);
    if (action) read_parameters(section, event.spec, kind, findings);
    read_times(section, event.spec, scenario, findings);
    event.spec.name = section.text("name");
    if (!section.has("name")) event.spec.name = element_name("at", table);
    return event;
}

/// Finds the nodes at one end of links: they must be there at some time.
std::vector<NodeName> read_side(const std::vector<Section::PlacedText>& side, const Scenario& scenario,
                                Findings& findings) {
    std::vector<NodeName> nodes;
    for (const auto& [text, place] : side) {
        const auto node = parse_nodes(text, scenario);
        if (!node) {
            findings.error(place, node.error());
        } else if (node->index >= total_count(*node, scenario)) {
            findings.error(
                place, fmt::format("there is no \"{}\": nodes up to \"{}\" run from the beginning, and no "
                                   "event starts it",
                                   text, NodeName{node->role, node->name, initial_count(*node, scenario) - 1}.text()));
        } else {
            nodes.push_back(*node);
        }
    }
    return nodes;
}

/// When all events are known, and with them all nodes.
void resolve_sides(const PlacedEvent& event, EventSpec& spec, const Scenario& scenario, Findings& findings) {
    spec.from = read_side(event.from, scenario, findings);
    spec.to = read_side(event.to, scenario, findings);
    for (const NodeName& end : spec.to)
        for (const NodeName& node : each_node(end, scenario))
            for (const NodeName& other : spec.from)
                if (std::ranges::count(each_node(other, scenario), node) > 0) {
                    findings.error(event.to.front().place, fmt::format("\"{}\" stands on both sides", node.text()));
                    return;
                }
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
    for (const auto& [time, index] : order) scenario.events.push_back(events[index].spec);
    for (std::size_t i = 0; i < order.size(); ++i)
        resolve_sides(events[order[i].second], scenario.events[i], scenario, findings);
}

}  // namespace brokersim::scenario
