#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/scenario.h"

namespace brokersim::scenario {

/// Reads "GROUP/i", "broker/i", "namesrv/i" or "producer.NAME/i", where the group or the producers exist in `scenario`.
/// The index may lie beyond what runs from the beginning: see initial_count(). An error is a sentence's end.
std::expected<NodeName, std::string> parse_node(std::string_view text, const Scenario& scenario);

/// Reads the same, or all nodes of a kind: "GROUP", "producer.NAME", "brokers", "name_servers" (index NodeName::all).
std::expected<NodeName, std::string> parse_nodes(std::string_view text, const Scenario& scenario);

/// The node itself, or the nodes of the kind that there are at any time of the run, in order.
std::vector<NodeName> each_node(const NodeName& node, const Scenario& scenario);

/// The nodes that an event strikes together: its node, and for a `start` of several those that follow it.
std::vector<NodeName> struck_nodes(const EventSpec& event);

/// How many nodes of this kind there are at any time: those that run from the beginning, and those that an event adds.
std::int64_t total_count(const NodeName& node, const Scenario& scenario);

/// How many nodes of this kind run from the beginning; they have the indices below that.
std::int64_t initial_count(const NodeName& node, const Scenario& scenario);

/// What stands before the slash of every kind of node: "billing", "broker", "namesrv", "producer.orders".
std::vector<std::string> node_kinds(const Scenario& scenario);

}  // namespace brokersim::scenario
