#pragma once

#include <cstdint>
#include <functional>

#include "scenarios/result.h"
#include "scenarios/scenario.h"
#include "scenarios/stage.h"

namespace brokersim::scenario {

struct RunOptions {
    StageOptions stage;
    /// Called now and then with the virtual time that has passed and the most that the run can take; may be empty. Has
    /// no influence on the run.
    std::function<void(Duration passed, Duration most)> progress;
};

/// Runs one variant from one seed: sets the cluster up, applies the load for `duration` with its events, ends the load,
/// heals, drains until quiet or until `drain` has passed; then audits the files and judges. Equal arguments give equal
/// results. Never throws for what happens in the world: assertions of core are an outcome.
RunResult run(const Variant& variant, std::uint64_t seed, const RunOptions& options = {});

}  // namespace brokersim::scenario
