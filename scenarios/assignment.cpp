#include "scenarios/assignment.h"

#include <algorithm>

#include "core/check.h"

namespace brokersim::scenario {
namespace {

constexpr AssignmentWord words[] = {
    {"averagely", GroupProtocol::self_assignment, "averagely"},
    {"averagely-by-circle", GroupProtocol::self_assignment, "averagely-by-circle"},
    {"consistent-hash", GroupProtocol::self_assignment, "consistent-hash"},
    {"machine-room", GroupProtocol::self_assignment, "machine-room"},
    {"machine-room-nearby", GroupProtocol::self_assignment, "machine-room-nearby"},
    {"config", GroupProtocol::self_assignment, "config"},
    {"exec:COMMAND", GroupProtocol::self_assignment, ""},
    {"pop", GroupProtocol::rocketmq_pop, ""},
    {"kafka/range", GroupProtocol::kafka_classic, "range"},
    {"kafka/roundrobin", GroupProtocol::kafka_classic, "roundrobin"},
    {"kafka/sticky", GroupProtocol::kafka_classic, "sticky"},
    {"kafka/cooperative-sticky", GroupProtocol::kafka_classic, "cooperative-sticky"},
    {"kafka/consumer-range", GroupProtocol::kafka_consumer, "range"},
    {"kafka/consumer-uniform", GroupProtocol::kafka_consumer, "uniform"},
};

constexpr std::string_view program_prefix = "exec:";

}  // namespace

bool is_program(std::string_view assignment) { return assignment.starts_with(program_prefix); }

std::string_view command_of(std::string_view assignment) {
    BROKERSIM_CHECK(is_program(assignment), "{} is no program", assignment);
    return assignment.substr(program_prefix.size());
}

std::span<const AssignmentWord> assignments() { return words; }

const AssignmentWord& assignment_of(const GroupSpec& group) {
    const std::string_view word = is_program(group.assignment) ? "exec:COMMAND" : std::string_view(group.assignment);
    const auto* found = std::ranges::find(words, word, &AssignmentWord::word);
    BROKERSIM_CHECK(found != std::end(words), "assignment {} of group {}", group.assignment, group.name);
    return *found;
}

bool shares_queues(const GroupSpec& group) { return assignment_of(group).protocol == GroupProtocol::rocketmq_pop; }

bool has_coordinator(const GroupSpec& group) {
    const GroupProtocol protocol = assignment_of(group).protocol;
    return protocol == GroupProtocol::kafka_classic || protocol == GroupProtocol::kafka_consumer;
}

}  // namespace brokersim::scenario
