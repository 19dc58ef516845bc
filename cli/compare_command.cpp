#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <unistd.h>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/scenario_files.h"
#include "cli/strategy_programs.h"
#include "cli/workers.h"
#include "reports/capsule.h"
#include "reports/comparison.h"
#include "reports/exit_code.h"
#include "reports/output.h"
#include "scenarios/run.h"

namespace brokersim::cli {
namespace {

using report::ExitCode;

constexpr std::uint64_t seeds_unless_told = 20;
constexpr std::uint64_t most_seeds = 10'000;

struct Options {
    std::string file;
    std::string seeds;
    std::size_t jobs = 0;
    std::vector<std::string> variants;
    std::vector<std::string> sets;
    std::string out;
};

std::string capsule_path(const Options& options, const std::string& variant, std::uint64_t seed) {
    return fmt::format("{}/{}.capsule.json", options.out.empty() ? "out" : options.out,
                       report::file_name_of(variant, seed));
}

/// In a process of its own: one run, and its capsule if it failed.
std::string run_one(const scenario::Variant& variant, std::uint64_t seed, const Options& options) {
    const auto began = std::chrono::steady_clock::now();
    const auto watch = [](Duration, Duration) {
        if (interrupted()) throw Interrupted{};
    };
    const scenario::RunResult result =
        scenario::run(variant, seed, {.start_program = programs_of_this_machine(), .progress = watch});
    if (result.outcome != scenario::Outcome::held)
        if (const auto error =
                report::write_file(capsule_path(options, variant.name, seed), report::capsule_text(result)))
            fmt::print(stderr, "{}\n", *error);
    const std::int64_t wall_ns = (std::chrono::steady_clock::now() - began).count();
    return report::compared_run_text(report::compared_run(result, wall_ns));
}

report::ComparedRun run_of(const WorkResult& worked) {
    std::optional<report::ComparedRun> run;
    if (worked.done) run = report::read_compared_run(worked.text);
    if (run) return std::move(*run);
    report::ComparedRun failed;
    failed.message = worked.done ? "its process gave no result" : worked.text;
    return failed;
}

/// Runs every variant from every seed.
report::Comparison run_all(std::vector<scenario::Variant> variants, Seeds seeds, const Options& options) {
    report::Comparison comparison{.variants = std::move(variants)};
    for (std::uint64_t seed = seeds.first;; ++seed) {
        comparison.seeds.push_back(seed);
        if (seed == seeds.last) break;
    }
    const std::size_t variant_count = comparison.variants.size();
    const auto began = std::chrono::steady_clock::now();
    Progress progress("compare");
    const auto worked = in_processes(
        comparison.seeds.size() * variant_count, options.jobs == 0 ? processors() : options.jobs,
        [&](std::size_t piece) {
            return run_one(comparison.variants[piece % variant_count], comparison.seeds[piece / variant_count],
                           options);
        },
        [&](std::size_t done) { progress.show(done, comparison.seeds.size() * variant_count); });
    progress.clear();
    comparison.runs.resize(variant_count);
    for (std::size_t piece = 0; piece < worked.size(); ++piece)
        comparison.runs[piece % variant_count].push_back(run_of(worked[piece]));
    comparison.wall_ns = (std::chrono::steady_clock::now() - began).count();
    return comparison;
}

ExitCode print_failures(const report::Comparison& comparison, const Options& options) {
    ExitCode code = ExitCode::held;
    for (std::size_t variant = 0; variant < comparison.variants.size(); ++variant)
        for (std::size_t seed = 0; seed < comparison.seeds.size(); ++seed) {
            const report::ComparedRun& run = comparison.runs[variant][seed];
            if (run.verdict == "held") continue;
            code = report::worse(code, static_cast<ExitCode>(run.exit_code));
            const std::string& name = comparison.variants[variant].name;
            fmt::print("\nFAILED: variant \"{}\", seed {}: {}\n", name, comparison.seeds[seed], run.verdict);
            if (!run.message.empty()) fmt::print("  {}\n", run.message);
            for (const std::string& promise : run.broken) fmt::print("  promise {} broken\n", promise);
            for (const auto& failed : run.failed) fmt::print("  expectation failed: {}\n", failed.expectation);
            const std::string capsule = capsule_path(options, name, comparison.seeds[seed]);
            if (access(capsule.c_str(), R_OK) == 0) fmt::print("  Again, exactly: brokersim replay {}\n", capsule);
        }
    return code;
}

ExitCode compare(const Options& options) {
    auto variants = read_variants(options.file, options.sets, options.variants);
    if (!variants) return ExitCode::bad_input;
    const std::uint64_t first = variants->front().scenario.seed;
    std::optional<Seeds> seeds = Seeds{first, first + seeds_unless_told - 1};
    if (!options.seeds.empty()) seeds = read_seeds(options.seeds);
    if (!seeds) return ExitCode::bad_input;
    if (seeds->last - seeds->first >= most_seeds) {
        fmt::print(stderr, "--seeds: at most {} of them\n", most_seeds);
        return ExitCode::bad_input;
    }
    const report::Comparison comparison = run_all(std::move(*variants), *seeds, options);
    const auto metrics = report::compare_metrics(comparison);
    fmt::print("{}", report::comparison_report(comparison, metrics));
    if (!options.out.empty()) {
        const std::string path = options.out + "/compare.json";
        if (const auto error = report::write_file(path, report::comparison_json(comparison, metrics).dump(1) + "\n")) {
            fmt::print(stderr, "{}\n", *error);
            return ExitCode::limit;
        }
        fmt::print("Everything as JSON: {}\n", path);
    }
    const ExitCode code = print_failures(comparison, options);
    std::fflush(stdout);
    return code;
}

}  // namespace

void add_compare(CLI::App& app, ExitCode& code) {
    auto options = std::make_shared<Options>();
    CLI::App* command =
        app.add_subcommand("compare", "Variants side by side over many seeds: medians, intervals, what is significant");
    command->add_option("FILE", options->file, "a scenario file (TOML)")->required();
    command->add_option("--seeds", options->seeds,
                        "every seed of A..B (both included); default: 20 from the scenario's own on");
    command->add_option("--jobs", options->jobs, "runs at a time; default: one for each processor")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1024}));
    command->add_option("--variant", options->variants, "only this variant (may be repeated)");
    command->add_option("--set", options->sets, "override a key: path=value, for example group.billing.threads=40")
        ->allow_extra_args(false);
    command->add_option("--out", options->out, "directory for compare.json and capsules of failing runs");
    command->callback([options, &code] { code = compare(*options); });
}

}  // namespace brokersim::cli
