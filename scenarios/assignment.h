#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "scenarios/scenario.h"

/// What `assignment` of a group may say. A new way to share queues out begins with a row here; consumer_options.h
/// makes its consumers, bounds.h knows how long it may take.
namespace brokersim::scenario {

/// How the consumers of a group come to own queues.
enum class GroupProtocol : std::uint8_t {
    self_assignment,  // RocketMQ: each member computes its own share from its own view
    kafka_classic,    // Kafka's classic protocol: a coordinator, and a leader that computes
    kafka_consumer,   // Kafka's consumer protocol (KIP-848): a coordinator that computes
    rocketmq_pop,     // RocketMQ 5's POP: nobody owns queues; brokers hand each message out for a while
};

struct AssignmentWord {
    std::string_view word;
    GroupProtocol protocol;
    /// Its name in make_strategy (strategies.h), kafka::make_assignor or kafka::find_target_assignor.
    std::string_view algorithm;
};

/// Every word, the default first.
std::span<const AssignmentWord> assignments();
/// The row of a group that was validated.
const AssignmentWord& assignment_of(const GroupSpec& group);
/// Whether an assignment is "exec:COMMAND": a program of the user's shares the queues out, as one of RocketMQ's
/// strategies would.
bool is_program(std::string_view assignment);
/// The COMMAND of such an assignment.
std::string_view command_of(std::string_view assignment);
/// True if the group's members own no queues: each message is handed to one of them by itself.
bool shares_queues(const GroupSpec& group);
/// True if a Kafka coordinator manages the group.
bool has_coordinator(const GroupSpec& group);

}  // namespace brokersim::scenario
