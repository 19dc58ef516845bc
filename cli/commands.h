#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "reports/exit_code.h"

/// The subcommands of the program. Each adds itself to `app`; when it was called on the command line, it runs after the
/// parsing and leaves its exit code in `code`.
namespace brokersim::cli {

void add_run(CLI::App& app, report::ExitCode& code);
void add_compare(CLI::App& app, report::ExitCode& code);
void add_replay(CLI::App& app, report::ExitCode& code);
void add_assign(CLI::App& app, report::ExitCode& code);
void add_list(CLI::App& app, report::ExitCode& code);
void add_store(CLI::App& app, report::ExitCode& code);
void add_calibrate(CLI::App& app, report::ExitCode& code);

/// True once the user asked to stop (SIGINT, SIGTERM).
bool interrupted();
/// Begins to watch for that.
void watch_for_interrupts();
/// Thrown from a run's progress when the user asked to stop.
struct Interrupted {};

}  // namespace brokersim::cli
