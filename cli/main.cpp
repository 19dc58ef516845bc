#include <exception>

#include <fmt/format.h>

#include "cli/commands.h"
#include "reports/build_info.h"

int main(int argc, char** argv) {
    using namespace brokersim;
    CLI::App app{"brokersim: what will my message brokers do when ...? A real broker core in a simulated world."};
    app.name("brokersim");
    app.set_version_flag("--version", "brokersim " + report::build_name());
    app.require_subcommand(1);
    app.footer(
        "Exit codes: 0 all held; 1 a promise or an expectation broken, an assertion, a livelock; 2 bad input;\n"
        "3 a defect of brokersim, or a digest that differs; 4 this machine's limits; 130 interrupted.");
    auto code = report::ExitCode::held;
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
        return app.exit(error) == 0 ? 0 : static_cast<int>(report::ExitCode::bad_input);
    } catch (const cli::Interrupted&) {
        fmt::print(stderr, "interrupted\n");
        return static_cast<int>(report::ExitCode::interrupted);
    } catch (const std::exception& error) {
        fmt::print(stderr, "brokersim: a defect of brokersim itself: {}\n", error.what());
        return static_cast<int>(report::ExitCode::defect);
    }
    return static_cast<int>(code);
}
