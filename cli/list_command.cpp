#include <array>
#include <string>

#include <fmt/format.h>

#include "cli/commands.h"
#include "faults/fault.h"
#include "scenarios/assign/algorithms.h"
#include "scenarios/keys.h"
#include "scenarios/metric_names.h"
#include "scenarios/operations.h"
#include "scenarios/profiles.h"
#include "scenarios/units.h"
#include "scenarios/words.h"

namespace brokersim::cli {
namespace {

void list_faults() {
    for (const auto& kind : faults::catalogue()) fmt::print("{}\n  {}\n  {}\n", kind.name, kind.about, kind.heals);
}

void list_promises() {
    for (const auto& promise : scenario::promise_names())
        fmt::print("{}\n  broken when {}\n", promise.name, promise.broken_when);
}

void list_profiles() {
    fmt::print("[hardware] profile (disks)\n  {:14}{:>12}  {:>14}  {:>12}  {:>8}  {:>12}  {:>8}\n", "", "sequential",
               "random write", "random read", "flush", "operations", "channels");
    for (const auto& profile : scenario::disk_profiles()) {
        const sim::DiskSpec& disk = profile.disk;
        fmt::print("  {:14}{:>10}/s  {:>14}  {:>12}  {:>8}  {:>12}  {:>8}\n", profile.name,
                   scenario::size_text(disk.bytes_per_second), scenario::duration_text(disk.random_write),
                   scenario::duration_text(disk.read), scenario::duration_text(disk.flush),
                   disk.operations_per_second == 0 ? "no cap" : fmt::format("{}/s", disk.operations_per_second),
                   disk.channels);
    }
    for (const auto& profile : scenario::disk_profiles()) fmt::print("  {:14}{}\n", profile.name, profile.about);
    fmt::print("  {:14}the figures of [disk]\n  {:14}a file of figures, as `brokersim calibrate` writes\n",
               scenario::own_profile, "FILE.toml");
    fmt::print("[hardware] network\n");
    for (const auto& profile : scenario::network_profiles()) fmt::print("  {:14}{}\n", profile.name, profile.about);
}

void list_strategies() {
    fmt::print("[[group]] assignment\n");
    for (const auto& word : scenario::assignment_words()) fmt::print("  {}\n", word);
    fmt::print("brokersim assign, algo\n");
    for (const auto& algorithm : scenario::assign::algorithms())
        fmt::print("  {:36}{}\n", algorithm.name, algorithm.about);
}

void list_metrics() {
    for (const auto& metric : scenario::metric_names())
        fmt::print("{} ({})\n  {}\n", metric.pattern, metric.unit, metric.about);
}

void list_keys() { fmt::print("{}", scenario::keys_reference()); }

struct Topic {
    const char* name;
    const char* about;
    void (*print)();
};

constexpr std::array topics{
    Topic{"faults", "what can go wrong", list_faults},
    Topic{"keys", "every key of a scenario file", list_keys},
    Topic{"metrics", "what is measured, by the names that [[expect]] takes", list_metrics},
    Topic{"profiles", "disks and networks by name", list_profiles},
    Topic{"promises", "what every run is judged by", list_promises},
    Topic{"strategies", "how queues can be assigned", list_strategies},
};

}  // namespace

void add_list(CLI::App& app, report::ExitCode& code) {
    CLI::App* command =
        app.add_subcommand("list", "Show what there is: faults, keys, metrics, profiles, promises, strategies");
    command->require_subcommand(1);
    for (const Topic& topic : topics)
        command->add_subcommand(topic.name, topic.about)->callback([&code, print = topic.print] {
            print();
            code = report::ExitCode::held;
        });
}

}  // namespace brokersim::cli
