#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/scenario_files.h"
#include "reports/capsule.h"
#include "reports/output.h"
#include "reports/result_json.h"
#include "reports/run_report.h"
#include "scenarios/run.h"

namespace brokersim::cli {
namespace {

using report::ExitCode;

struct Options {
    std::vector<std::string> files;
    std::optional<std::uint64_t> seed;
    std::string seeds;
    std::vector<std::string> variants;
    std::vector<std::string> sets;
    std::string out;
    std::string keep_store;
    bool check = false;
};

ExitCode run_seed(const std::vector<scenario::Variant>& variants, std::uint64_t seed, const std::string& file,
                  const Options& options, const std::string& out) {
    std::vector<scenario::RunResult> results;
    std::vector<report::HostFacts> hosts;
    for (const scenario::Variant& variant : variants) {
        scenario::StageOptions stage;
        if (!options.keep_store.empty())
            stage.keep_store = fmt::format("{}/{}", options.keep_store, report::file_name_of(variant.name, seed));
        auto [result, host] = run_with_progress(variant, seed, stage);
        results.push_back(std::move(result));
        hosts.push_back(host);
    }
    std::string result_path;
    if (!out.empty()) {
        result_path = out + "/result.json";
        if (const auto error = report::write_file(result_path, report::result_json(results, hosts).dump(1) + "\n")) {
            fmt::print(stderr, "{}\n", *error);
            return ExitCode::limit;
        }
    }
    fmt::print("{}", report::run_report(results, hosts, {.file = file, .result_path = result_path}));
    for (const scenario::RunResult& result : results) {
        if (result.outcome == scenario::Outcome::held) continue;
        const std::string directory = out.empty() ? "out" : out;
        const std::string capsule =
            fmt::format("{}/{}.capsule.json", directory, report::file_name_of(result.variant, seed));
        const auto error = report::write_file(capsule, report::capsule_text(result));
        if (error) fmt::print(stderr, "{}\n", *error);
        fmt::print("\n{}", report::failure_report(result, error ? "" : capsule));
    }
    std::fflush(stdout);
    return report::exit_code(results);
}

ExitCode run(const Options& options) {
    std::optional<Seeds> seeds;
    if (!options.seeds.empty()) {
        seeds = read_seeds(options.seeds);
        if (!seeds) return ExitCode::bad_input;
    }
    std::vector<std::pair<std::string, std::vector<scenario::Variant>>> all;
    bool bad = false;
    for (const std::string& path : options.files) {
        auto variants = read_variants(path, options.sets, options.variants);
        if (!variants) {
            bad = true;
            continue;
        }
        if (options.check)
            fmt::print("{}: ok, {} variant{}\n", path, variants->size(), variants->size() == 1 ? "" : "s");
        all.emplace_back(path, std::move(*variants));
    }
    if (bad) return ExitCode::bad_input;
    if (options.check) return ExitCode::held;

    ExitCode code = ExitCode::held;
    for (const auto& [path, variants] : all) {
        const std::uint64_t only = options.seed.value_or(variants.front().scenario.seed);
        const Seeds range = seeds.value_or(Seeds{only, only});
        for (std::uint64_t seed = range.first;; ++seed) {
            std::string out = options.out;
            if (!out.empty() && all.size() > 1) out += "/" + report::file_name_of(variants.front().scenario.name);
            if (!out.empty() && seeds) out += fmt::format("/seed-{}", seed);
            code = report::worse(code, run_seed(variants, seed, path, options, out));
            if (seed == range.last) break;
            fmt::print("\n");
        }
    }
    return code;
}

}  // namespace

void add_run(CLI::App& app, ExitCode& code) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("run", "Run scenarios: every variant from one seed, side by side");
    command->add_option("FILE", options->files, "scenario files (TOML)")->required();
    auto* seed = command->add_option("--seed", options->seed, "the seed; default: the scenario's own");
    command->add_option("--seeds", options->seeds, "every seed of A..B (both included), one after the other")
        ->excludes(seed);
    command->add_option("--variant", options->variants, "only this variant (may be repeated)");
    command->add_option("--set", options->sets, "override a key: path=value, for example group.billing.threads=40")
        ->allow_extra_args(false);
    command->add_option("--out", options->out, "directory for result.json and capsules of failing runs");
    command->add_option("--keep-store", options->keep_store,
                        "keep the brokers' files below this directory (in RocketMQ's format); same digests");
    command->add_flag("--check", options->check, "read and validate only");
    command->callback([options, &code] { code = run(*options); });
}

}  // namespace brokersim::cli
