#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

#include <unistd.h>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/profile_text.h"
#include "cli/trial_table.h"
#include "live/calibrate/calibrate.h"
#include "scenarios/units.h"

namespace brokersim::cli {
namespace {

using report::ExitCode;

struct Options {
    std::string out;
    std::string directory = ".";
    std::string size = "1GiB";
    std::string time = "60s";
};

constexpr std::int64_t least_bytes = 16LL << 20;
constexpr std::int64_t most_bytes = 1LL << 40;

ExitCode refuse(const std::string& why, ExitCode code = ExitCode::bad_input) {
    fmt::print(stderr, "{}\n", why);
    return code;
}

/// A line on a terminal that says what is being done.
class StepLine {
public:
    void show(std::string_view step) {
        if (interrupted()) {
            clear();
            throw Interrupted{};
        }
        if (step == shown_) return;
        shown_ = step;
        if (terminal_)
            fmt::print(stderr, "\r\x1b[Kmeasuring: {}", step);
        else
            fmt::print(stderr, "measuring: {}\n", step);
    }
    void clear() {
        if (terminal_) fmt::print(stderr, "\r\x1b[K");
    }

private:
    std::string shown_;
    bool terminal_ = isatty(STDERR_FILENO) == 1;
};

std::string today() {
    return fmt::format("{:%Y-%m-%d}",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
}

/// The pages that the kernel kept were read from memory: such figures are no disk's.
bool measures_memory(const live::Measured& measured) { return measured.kept > 20 || measured.faults.kept > 20; }

ExitCode calibrate(const Options& options) {
    const auto bytes = scenario::parse_size(options.size);
    if (!bytes) return refuse("--size: " + bytes.error());
    if (*bytes < least_bytes || *bytes > most_bytes) return refuse("--size: 16MiB..1TiB");
    const auto time = scenario::parse_duration(options.time);
    if (!time) return refuse("--time: " + time.error());
    if (*time < std::chrono::seconds(1) || *time > std::chrono::hours(1)) return refuse("--time: 1s..1h");
    if (!options.out.empty() && access(options.out.c_str(), F_OK) == 0)
        return refuse(fmt::format("--out: {} is there already", options.out));

    StepLine line;
    const live::CalibrationOptions how{.directory = options.directory,
                                       .bytes = static_cast<std::uint64_t>(*bytes) >> 20 << 20,
                                       .ns = time->count(),
                                       .tick = [&line](std::string_view step) { line.show(step); }};
    const auto measured = live::calibrate(how);
    line.clear();
    if (!measured)
        return refuse(measured.error().what, measured.error().unusable ? ExitCode::bad_input : ExitCode::limit);
    if (measures_memory(*measured))
        return refuse(
            fmt::format("{}: {} of 1000 pages stayed in memory after posix_fadvise(DONTNEED): reads can't be measured "
                        "on {}, and nothing is written",
                        options.directory, std::max(measured->kept, measured->faults.kept),
                        measured->place.file_system),
            ExitCode::limit);
    const std::string text = profile_text(*measured, options.directory, today());
    if (options.out.empty()) {
        fmt::print("{}", text);
    } else {
        std::ofstream file(options.out);
        file << text;
        file.close();
        if (!file) {
            fmt::print("{}", text);
            return refuse(fmt::format("--out: {} can't be written", options.out), ExitCode::limit);
        }
        fmt::print(stderr, "wrote {}\n", options.out);
    }
    for (const std::string& remark : remarks_on(*measured)) fmt::print(stderr, "note: {}\n", remark);
    const auto trials = run_trials(*measured, how);
    line.clear();
    if (!trials) return refuse(trials.error(), ExitCode::limit);
    fmt::print(stderr, "{}", trial_table(*trials));
    return ExitCode::held;
}

}  // namespace

void add_calibrate(CLI::App& app, ExitCode& code) {
    CLI::App* command =
        app.add_subcommand("calibrate", "Measure this machine's disk and memory, and write a profile for scenarios");
    auto options = std::make_shared<Options>();
    command->add_option("--out", options->out,
                        "the profile, a TOML file that is not there yet (default: it is printed)");
    command->add_option("--dir", options->directory, "a directory on the disk to be measured")->capture_default_str();
    command->add_option("--size", options->size, "of the file that is written, read and removed")
        ->capture_default_str();
    command->add_option("--time", options->time, "for the measurements, about; the trials come on top")
        ->capture_default_str();
    command->footer(
        "Measures sequential and random writes and reads, fdatasync, page faults, and the store's own work; then does\n"
        "some work on the machine and in the model with these figures, and says how far they are apart. The file that\n"
        "it works on has no name and is gone when the program ends, however it ends.\n"
        "Exit codes: 0 done; 2 bad usage, or no disk there; 4 the disk can't be measured; 130 interrupted.");
    command->callback([options, &code] { code = calibrate(*options); });
}

}  // namespace brokersim::cli
