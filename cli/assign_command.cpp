#include <memory>
#include <string>

#include <fmt/format.h>

#include "cli/commands.h"
#include "reports/assignment_table.h"
#include "scenarios/assign/algorithms.h"
#include "scenarios/assign/line_reader.h"

namespace brokersim::cli {
namespace {

using report::ExitCode;

/// Answers the lines one by one; a line that cannot be used is named, and the others are answered all the same.
ExitCode assign(const std::string& path, bool table) {
    auto lines = scenario::assign::LineReader::open(path);
    if (!lines) {
        fmt::print(stderr, "{}: {}\n", path, lines.error());
        return ExitCode::bad_input;
    }
    ExitCode code = ExitCode::held;
    while (true) {
        if (interrupted()) throw Interrupted{};
        const auto line = lines->next();
        if (!line) {
            fmt::print(stderr, "{}: {}\n", path, line.error());
            return ExitCode::bad_input;
        }
        if (!*line) return code;
        if ((*line)->find_first_not_of(" \t\r") == std::string::npos) continue;
        const auto answered = scenario::assign::answer(**line);
        if (!answered) {
            fmt::print(stderr, "{}:{}: {}\n", path, lines->number(), answered.error());
            code = ExitCode::bad_input;
        } else if (table) {
            fmt::print("{}\n", report::assignment_table(*answered));
        } else {
            fmt::print("{}\n", answered->dump());
        }
    }
}

}  // namespace

void add_assign(CLI::App& app, ExitCode& code) {
    auto path = std::make_shared<std::string>();
    auto table = std::make_shared<bool>(false);
    CLI::App* command = app.add_subcommand(
        "assign", "What a strategy makes of a group: JSON lines in, the same with their output added out");
    command->add_option("FILE", *path, "lines with `algo` and `input`, plain or gzip; - reads standard input")
        ->required();
    command->add_flag("--table", *table, "print tables for people");
    command->footer("`brokersim list strategies` names the algorithms.");
    command->callback([path, table, &code] { code = assign(*path, *table); });
}

}  // namespace brokersim::cli
