#include <cerrno>
#include <cstdio>
#include <exception>
#include <iostream>
#include <system_error>

#include <fmt/format.h>

#include "cli/commands.h"
#include "reports/build_info.h"

namespace {

using brokersim::report::ExitCode;

/// What was printed may not have arrived: the disk below standard output is full, say. `failed` is the error of a print
/// that has failed already.
ExitCode with_output(ExitCode code, std::error_code failed) {
    errno = 0;
    std::cout.flush();
    const bool flushed = std::fflush(stdout) == 0;
    if (flushed && std::cout && std::ferror(stdout) == 0) return code;
    if (!failed) failed = {errno, std::generic_category()};
    fmt::print(stderr, "standard output: {}\n", failed ? failed.message() : "not all of it could be written");
    return brokersim::report::worse(code, ExitCode::limit);
}

}  // namespace

int main(int argc, char** argv) {
    using namespace brokersim;
    CLI::App app{"brokersim: what will my message brokers do when ...? A real broker core in a simulated world."};
    app.name("brokersim");
    app.set_version_flag("--version", "brokersim " + report::build_name());
    app.require_subcommand(1);
    app.footer(
        "Exit codes: 0 all held; 1 a promise or an expectation broken, an assertion, a livelock; 2 bad input;\n"
        "3 a defect of brokersim, or a digest that differs; 4 this machine's limits; 130 interrupted.");
    auto code = ExitCode::held;
    std::error_code output_failed;
    cli::add_run(app, code);
    cli::add_compare(app, code);
    cli::add_replay(app, code);
    cli::add_assign(app, code);
    cli::add_list(app, code);
    cli::add_store(app, code);
    cli::add_calibrate(app, code);
    cli::watch_for_interrupts();
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        code = app.exit(error) == 0 ? ExitCode::held : ExitCode::bad_input;
    } catch (const cli::Interrupted&) {
        fmt::print(stderr, "interrupted\n");
        return static_cast<int>(ExitCode::interrupted);
    } catch (const std::exception& error) {
        const auto* system = dynamic_cast<const std::system_error*>(&error);
        if (system != nullptr && std::ferror(stdout) != 0) {
            output_failed = system->code();
        } else {
            fmt::print(stderr, "brokersim: a defect of brokersim itself: {}\n", error.what());
            code = ExitCode::defect;
        }
    }
    return static_cast<int>(with_output(code, output_failed));
}
