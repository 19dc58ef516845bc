#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "faults/fault.h"
#include "scenarios/scenario.h"

/// The one list of the words after `do`. Those after `fault` are the kinds of faults/fault.h.
namespace brokersim::scenario {

struct OperationSpec {
    std::string_view word;
    Operation operation;
    bool starts;    // the node runs afterwards, and need not exist before
    bool each;      // strikes all nodes of a kind, one after another
    bool may_last;  // takes `for`
    std::string_view about;
};

std::span<const OperationSpec> operation_specs();
/// Null if there is no such operation.
const OperationSpec* find_operation(std::string_view word);
std::vector<std::string> operation_words();
std::vector<std::string> fault_words();

/// The word of an event's operation or fault.
std::string_view word_of(const EventSpec& event);
/// Whom its n-th occurrence (from 0) strikes: "billing/0", "billing/1 to billing/3", "nobody", or for links "billing/0
/// and brokers, namesrv/0".
std::string target_text(const EventSpec& event, std::int64_t n);
/// What a fault is told. Kinds of nodes become the nodes that there are in the scenario.
faults::Strike strike_of(const EventSpec& event, const Scenario& scenario);

}  // namespace brokersim::scenario
