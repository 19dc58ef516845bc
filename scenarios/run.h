#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "scenarios/result.h"
#include "scenarios/scenario.h"
#include "scenarios/stage.h"
#include "scenarios/strategy_program.h"

namespace brokersim::scenario {

struct RunOptions {
    StageOptions stage;
    /// For groups with an assignment "exec:COMMAND". Without it such a program cannot be started.
    StartProgram start_program;
    /// What programs answered in the run that is made again: they are not started. Empty: there was no such run.
    std::optional<Answers> recorded;
    /// Called now and then with the virtual time that has passed and the most that the run can take; may be empty. Has
    /// no influence on the run.
    std::function<void(Duration passed, Duration most)> progress;
};

/// Runs one variant from one seed: sets the cluster up, applies the load for `duration` with its events, ends the load,
/// heals, drains until quiet or until `drain` has passed; then audits the files and judges. Equal arguments give equal
/// results. Never throws for what happens in the world: assertions of core are an outcome.
RunResult run(const Variant& variant, std::uint64_t seed, const RunOptions& options = {});

}  // namespace brokersim::scenario
