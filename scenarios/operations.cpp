#include "scenarios/operations.h"

#include <array>

#include <fmt/format.h>

#include "core/check.h"
#include "scenarios/nodes.h"

namespace brokersim::scenario {

namespace {

constexpr std::array<OperationSpec, 4> specs{{
    {.word = "start",
     .operation = Operation::start,
     .starts = true,
     .each = false,
     .may_last = false,
     .about = "starts a node that does not run; a consumer or producer of a new number joins"},
    {.word = "stop",
     .operation = Operation::stop,
     .starts = false,
     .each = false,
     .may_last = true,
     .about = "shuts a node down in order"},
    {.word = "restart",
     .operation = Operation::restart,
     .starts = false,
     .each = false,
     .may_last = false,
     .about = "shuts a node down in order and starts it at once"},
    {.word = "roll",
     .operation = Operation::roll,
     .starts = false,
     .each = true,
     .may_last = true,
     .about = "restarts all nodes of a kind one after another, in order, at the distance of `every`; with `for`, each "
              "stays down for that time"},
}};

}  // namespace

std::span<const OperationSpec> operation_specs() { return specs; }

const OperationSpec* find_operation(std::string_view word) {
    for (const OperationSpec& spec : specs)
        if (spec.word == word) return &spec;
    return nullptr;
}

std::vector<std::string> operation_words() {
    std::vector<std::string> words;
    for (const OperationSpec& spec : specs) words.emplace_back(spec.word);
    return words;
}

std::vector<std::string> fault_words() {
    std::vector<std::string> words;
    for (const faults::Kind& kind : faults::catalogue()) words.emplace_back(kind.name);
    return words;
}

std::string_view word_of(const EventSpec& event) {
    if (!event.fault.empty()) return event.fault;
    for (const OperationSpec& spec : specs)
        if (spec.operation == event.operation) return spec.word;
    BROKERSIM_CHECK(false, "every operation has a word");
    return {};
}

namespace {

std::string text_of(const std::vector<NodeName>& nodes) {
    std::string text;
    for (const NodeName& node : nodes) text += fmt::format("{}{}", text.empty() ? "" : ", ", node.text());
    return text;
}

std::vector<std::string> names_of(const std::vector<NodeName>& side, const Scenario& scenario) {
    std::vector<std::string> names;
    for (const NodeName& nodes : side)
        for (const NodeName& node : each_node(nodes, scenario)) names.push_back(node.text());
    return names;
}

}  // namespace

std::string target_text(const EventSpec& event, std::int64_t n) {
    if (!event.from.empty()) {
        const bool one_way = faults::find(event.fault)->target == faults::Target::direction;
        return fmt::format("{} {} {}", text_of(event.from), one_way ? "to" : "and", text_of(event.to));
    }
    if (event.count == 0) return "nobody";
    if (event.count > 1) {
        const auto nodes = struck_nodes(event);
        return fmt::format("{} to {}", nodes.front().text(), nodes.back().text());
    }
    if (event.node.index != NodeName::all) return event.node.text();
    return NodeName{event.node.role, event.node.name, n}.text();
}

faults::Strike strike_of(const EventSpec& event, const Scenario& scenario) {
    faults::Strike strike{.kind = event.fault, .lasts = event.lasts, .delay = event.delay};
    strike.loss_ppm = static_cast<std::uint32_t>(event.loss_ppm);
    if (event.from.empty()) {
        strike.target = event.node.text();
    } else {
        strike.from = names_of(event.from, scenario);
        strike.to = names_of(event.to, scenario);
    }
    return strike;
}

}  // namespace brokersim::scenario
