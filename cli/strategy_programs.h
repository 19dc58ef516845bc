#pragma once

#include "scenarios/strategy_program.h"

namespace brokersim::cli {

/// Starts the programs of "exec:COMMAND" as processes of this machine, in the working directory; an answer may take ten
/// seconds.
scenario::StartProgram programs_of_this_machine();

}  // namespace brokersim::cli
