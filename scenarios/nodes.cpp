#include "scenarios/nodes.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "core/check.h"
#include "scenarios/spelling.h"

namespace brokersim::scenario {

namespace {

constexpr std::int64_t most_nodes = 100'000;
constexpr std::string_view producer_prefix = "producer.";

std::optional<std::int64_t> parse_index(std::string_view text) {
    std::int64_t index = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
    const bool plain = text == "0" || (!text.empty() && text.front() != '0');
    if (error != std::errc{} || end != text.data() + text.size() || !plain || index < 0 || index >= most_nodes)
        return std::nullopt;
    return index;
}

template <class T>
const T* by_name(const std::vector<T>& list, std::string_view name) {
    const auto found = std::ranges::find(list, name, &T::name);
    return found == list.end() ? nullptr : &*found;
}

}  // namespace

std::vector<std::string> node_kinds(const Scenario& scenario) {
    std::vector<std::string> kinds;
    for (const GroupSpec& group : scenario.groups) kinds.push_back(group.name);
    kinds.insert(kinds.end(), {"broker", "namesrv"});
    for (const ProducerSpec& producer : scenario.producers)
        kinds.push_back(fmt::format("{}{}", producer_prefix, producer.name));
    return kinds;
}

std::expected<NodeName, std::string> parse_node(std::string_view text, const Scenario& scenario) {
    const std::size_t slash = text.rfind('/');
    if (slash == std::string_view::npos)
        return std::unexpected(
            fmt::format("\"{}\" is no node: write one such as \"{}/0\"", text, node_kinds(scenario).front()));
    const std::string_view kind = text.substr(0, slash);
    const auto index = parse_index(text.substr(slash + 1));
    if (!index) return std::unexpected(fmt::format("\"{}\" is no node: a number from 0 stands after the slash", text));
    if (kind == "broker") return NodeName{NodeName::Role::broker, "", *index};
    if (kind == "namesrv") return NodeName{NodeName::Role::name_server, "", *index};
    if (by_name(scenario.groups, kind)) return NodeName{NodeName::Role::consumer, std::string(kind), *index};
    if (kind.starts_with(producer_prefix) && by_name(scenario.producers, kind.substr(producer_prefix.size())))
        return NodeName{NodeName::Role::producer, std::string(kind.substr(producer_prefix.size())), *index};
    return std::unexpected(
        fmt::format("no node is named \"{}\"{}", text, suggestion(kind, node_kinds(scenario), "kinds of nodes")));
}

std::expected<NodeName, std::string> parse_nodes(std::string_view text, const Scenario& scenario) {
    constexpr std::int64_t all = NodeName::all;
    if (text == "brokers") return NodeName{NodeName::Role::broker, "", all};
    if (text == "name_servers") return NodeName{NodeName::Role::name_server, "", all};
    if (by_name(scenario.groups, text)) return NodeName{NodeName::Role::consumer, std::string(text), all};
    if (text.starts_with(producer_prefix) && by_name(scenario.producers, text.substr(producer_prefix.size())))
        return NodeName{NodeName::Role::producer, std::string(text.substr(producer_prefix.size())), all};
    if (text.find('/') != std::string_view::npos) return parse_node(text, scenario);
    std::vector<std::string> kinds{"brokers", "name_servers"};
    for (const GroupSpec& group : scenario.groups) kinds.push_back(group.name);
    for (const ProducerSpec& producer : scenario.producers)
        kinds.push_back(fmt::format("{}{}", producer_prefix, producer.name));
    return std::unexpected(
        fmt::format("\"{}\" is neither a node nor a kind of nodes{}", text, suggestion(text, kinds, "kinds of nodes")));
}

std::vector<NodeName> struck_nodes(const EventSpec& event) {
    std::vector<NodeName> nodes;
    for (std::int64_t i = 0; i < event.count; ++i)
        nodes.push_back({event.node.role, event.node.name, event.node.index + i});
    return nodes;
}

std::int64_t total_count(const NodeName& node, const Scenario& scenario) {
    std::int64_t count = initial_count(node, scenario);
    for (const EventSpec& event : scenario.events)
        if (event.node.role == node.role && event.node.name == node.name)
            count = std::max(count, event.node.index + event.count);
    return count;
}

std::vector<NodeName> each_node(const NodeName& node, const Scenario& scenario) {
    if (node.index != NodeName::all) return {node};
    std::vector<NodeName> nodes;
    const std::int64_t count = total_count(node, scenario);
    for (std::int64_t index = 0; index < count; ++index) nodes.push_back({node.role, node.name, index});
    return nodes;
}

std::int64_t initial_count(const NodeName& node, const Scenario& scenario) {
    switch (node.role) {
        case NodeName::Role::name_server:
            return scenario.cluster.name_servers;
        case NodeName::Role::broker:
            return scenario.cluster.brokers;
        case NodeName::Role::producer:
            return by_name(scenario.producers, node.name)->count;
        case NodeName::Role::consumer:
            return by_name(scenario.groups, node.name)->consumers;
    }
    BROKERSIM_CHECK(false, "a node has a role");
    return 0;
}

}  // namespace brokersim::scenario
