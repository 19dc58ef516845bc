#include "scenarios/assignment.h"

#include <algorithm>

#include "core/check.h"

namespace brokersim::scenario {
namespace {

constexpr AssignmentWord words[] = {
    {"averagely", GroupProtocol::self_assignment, "averagely"},
    {"averagely-by-circle", GroupProtocol::self_assignment, "averagely-by-circle"},
    {"consistent-hash", GroupProtocol::self_assignment, "consistent-hash"},
    {"pop", GroupProtocol::rocketmq_pop, ""},
    {"kafka/range", GroupProtocol::kafka_classic, "range"},
    {"kafka/roundrobin", GroupProtocol::kafka_classic, "roundrobin"},
};

}  // namespace

std::span<const AssignmentWord> assignments() { return words; }

const AssignmentWord& assignment_of(const GroupSpec& group) {
    const auto* found = std::ranges::find(words, std::string_view(group.assignment), &AssignmentWord::word);
    BROKERSIM_CHECK(found != std::end(words), "assignment {} of group {}", group.assignment, group.name);
    return *found;
}

bool shares_queues(const GroupSpec& group) { return assignment_of(group).protocol == GroupProtocol::rocketmq_pop; }

bool has_coordinator(const GroupSpec& group) { return assignment_of(group).protocol == GroupProtocol::kafka_classic; }

}  // namespace brokersim::scenario
