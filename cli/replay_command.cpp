#include <algorithm>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/commands.h"
#include "cli/progress.h"
#include "reports/build_info.h"
#include "reports/capsule.h"
#include "reports/numbers.h"
#include "reports/output.h"
#include "reports/run_report.h"
#include "sim/digest.h"

namespace brokersim::cli {
namespace {

using report::ExitCode;

constexpr std::size_t max_capsule_bytes = 64 << 20;

/// The step of the ladder at which two runs first differ; nothing if they do not.
std::optional<std::size_t> first_difference(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
    const auto [at, other] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
    if (at == a.end() && other == b.end()) return std::nullopt;
    return static_cast<std::size_t>(at - a.begin());
}

ExitCode replay(const std::string& path) {
    std::string error;
    const auto text = report::read_file(path, max_capsule_bytes, error);
    if (!text) {
        fmt::print(stderr, "{}\n", error);
        return ExitCode::bad_input;
    }
    const auto capsule = report::read_capsule(*text, path);
    if (!capsule) {
        fmt::print(stderr, "{}\n", capsule.error());
        return ExitCode::bad_input;
    }
    const auto [result, host] = run_with_progress(capsule->variant, capsule->seed, {}, capsule->answers);
    fmt::print("{}\n", report::run_report({&result, 1}, {&host, 1}, {.file = path, .result_path = "", .replay = true}));
    fmt::print("{}", report::failure_report(result, ""));

    const std::vector<std::string> broken = report::broken_promises(result);
    const bool same_build = capsule->build == report::build_name();
    const bool same_digest = result.digest == capsule->digest;
    fmt::print("The capsule: {}, digest {}, made by {}.\n", capsule->outcome, report::digest_text(capsule->digest),
               capsule->build);
    if (same_digest) {
        fmt::print("The same run: digests are equal.\n");
        return report::exit_code(result);
    }
    const auto step = first_difference(result.ladder, capsule->ladder);
    const std::string where = step ? fmt::format("they part between events {} and {}", *step * sim::Digest::ladder_step,
                                                 (*step + 1) * sim::Digest::ladder_step)
                                   : std::string("they part after the last step of the ladder");
    if (same_build) {
        fmt::print("DIFFERENT from the capsule, by the same build: digest {}; {}. This is a defect of brokersim.\n",
                   report::digest_text(result.digest), where);
        return ExitCode::defect;
    }
    fmt::print("Another build: digests differ ({}), the same promises are judged. Broken then: {}. Broken now: {}.\n",
               where, capsule->broken.empty() ? "none" : fmt::format("{}", fmt::join(capsule->broken, ", ")),
               broken.empty() ? "none" : fmt::format("{}", fmt::join(broken, ", ")));
    return report::exit_code(result);
}

}  // namespace

void add_replay(CLI::App& app, ExitCode& code) {
    auto path = std::make_shared<std::string>();
    CLI::App* command = app.add_subcommand("replay", "Make a run again, exactly, from the capsule that it left");
    command->add_option("CAPSULE", *path, "a file that a failing run wrote")->required();
    command->callback([path, &code] { code = replay(*path); });
}

}  // namespace brokersim::cli
