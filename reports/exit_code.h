#pragma once

#include <span>

#include "scenarios/result.h"

namespace brokersim::report {

/// Exit codes of the program; what each means is part of its interface.
enum class ExitCode : int {
    held = 0,          // every promise and expectation
    broken = 1,        // a promise, an expectation, an assertion in core, a livelock
    bad_input = 2,     // a scenario, an option, a store that cannot be used
    defect = 3,        // of brokersim itself, or a digest that differs where it must not
    limit = 4,         // this machine's memory or disk
    interrupted = 130  // by the user
};

/// The worse of two: 3 before 1 before 4 before 2 before 0.
ExitCode worse(ExitCode a, ExitCode b);
/// The code of one run, and the worst of several.
ExitCode exit_code(const scenario::RunResult& result);
ExitCode exit_code(std::span<const scenario::RunResult> results);

}  // namespace brokersim::report
