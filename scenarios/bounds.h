#pragma once

#include "scenarios/checkers/context.h"
#include "scenarios/stage.h"

namespace brokersim::scenario {

/// What the checkers must know of a run, from its scenario: durability, and each group's bounds by its protocol and its
/// configured times. `stage` must outlive the context.
CheckerContext checker_context(const Scenario& scenario, const Stage& stage);

/// The most messages that a consumer may hold: each queue (of a group that shares queues: each broker) up to its
/// flow-control threshold, and one batch more,
/// since the threshold is looked at before a pull.
std::int64_t most_cached(const GroupSpec& group, std::size_t owned_queues);

}  // namespace brokersim::scenario
