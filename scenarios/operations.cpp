#include "scenarios/operations.h"

#include <array>

#include "core/check.h"
#include "faults/fault.h"

namespace brokersim::scenario {

namespace {

constexpr std::array<OperationSpec, 3> specs{{
    {.word = "start",
     .operation = Operation::start,
     .starts = true,
     .may_last = false,
     .about = "starts a node that does not run; a consumer or producer of a new number joins"},
    {.word = "stop",
     .operation = Operation::stop,
     .starts = false,
     .may_last = true,
     .about = "shuts a node down in order"},
    {.word = "restart",
     .operation = Operation::restart,
     .starts = false,
     .may_last = false,
     .about = "shuts a node down in order and starts it at once"},
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

}  // namespace brokersim::scenario
