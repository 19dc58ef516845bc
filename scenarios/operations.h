#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/scenario.h"

/// The one list of the words after `do`. Those after `fault` are the kinds of faults/fault.h.
namespace brokersim::scenario {

struct OperationSpec {
    std::string_view word;
    Operation operation;
    bool starts;    // the node runs afterwards, and need not exist before
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

}  // namespace brokersim::scenario
