#include <cstdio>
#include <memory>
#include <ranges>
#include <string>
#include <vector>

#include <unistd.h>

#include <fmt/format.h>

#include "cli/commands.h"
#include "live/store/dump.h"
#include "live/store/json_line.h"
#include "live/store/recover.h"
#include "live/store/verify.h"
#include "scenarios/spelling.h"

namespace brokersim::cli {
namespace {

using report::ExitCode;

struct Options {
    std::string directory;
    live::StoreSizes sizes;
    std::string delay_levels = store::StoreConfig().messageDelayLevel;
    std::string queue;
    std::string key;
    bool json = false;
    bool dry_run = false;
};

/// What every command begins with.
struct Opened {
    live::StoreLayout layout;
    store::StoreConfig config;
    store::DelayLevels levels;
};

/// Each line of the reason stands alone; names in it may be damaged.
ExitCode refuse(const std::string& why, ExitCode code) {
    for (const auto line : std::views::split(why, '\n'))
        fmt::print(stderr, "{}\n", live::printable(std::string_view(line.begin(), line.end())));
    return code;
}

std::expected<Opened, std::string> open(const Options& options) {
    auto levels = store::DelayLevels::parse(options.delay_levels);
    if (!levels) return std::unexpected("--delay-levels: " + levels.error());
    auto layout = live::read_layout(options.directory, options.sizes);
    if (!layout) return std::unexpected(layout.error());
    auto config = layout->config();
    config.messageDelayLevel = options.delay_levels;
    return Opened{std::move(*layout), std::move(config), std::move(*levels)};
}

/// The queue "TOPIC/ID" of a store; the error names the nearest one.
std::expected<const live::OpenedStore::Queue*, std::string> find_queue(const live::OpenedStore& store,
                                                                       const std::string& text) {
    std::vector<std::string> names;
    for (const auto& queue : store.queues()) {
        names.push_back(fmt::format("{}/{}", queue.topic, queue.id));
        if (names.back() == text) return &queue;
    }
    return std::unexpected(
        fmt::format("--queue {}: the store has no such queue{}", text, scenario::suggestion(text, names, "queues")));
}

ExitCode dump(const Options& options) {
    auto opened = open(options);
    if (!opened) return refuse(opened.error(), ExitCode::bad_input);
    if (!options.key.empty() && options.key.find('#') == std::string::npos)
        return refuse(fmt::format("--index wants TOPIC#KEY, for example orders#17; got \"{}\"", options.key),
                      ExitCode::bad_input);
    auto store = live::OpenedStore::open(opened->layout, opened->config);
    if (!store)
        return refuse(store.error() + "\nno broker opens this store; `brokersim store verify` says more",
                      ExitCode::broken);
    const live::DumpOptions out{
        .delay_levels = opened->levels,
        .out =
            [](std::string_view text) {
                if (interrupted()) throw Interrupted{};
                fmt::print("{}", text);
            },
        .warning = [](const std::string& text) { fmt::print(stderr, "{}\n", live::printable(text)); }};
    bool whole = true;
    if (!options.queue.empty()) {
        const auto queue = find_queue(**store, options.queue);
        if (!queue) return refuse(queue.error(), ExitCode::bad_input);
        whole = live::dump_queue(**store, **queue, out);
    } else if (!options.key.empty()) {
        whole = live::dump_key(**store, options.key, opened->layout.index_slots, out);
    } else {
        whole = live::dump_all(**store, out);
    }
    return whole ? ExitCode::held : ExitCode::broken;
}

std::string count(std::int64_t number, const char* one, const char* many) {
    return fmt::format("{} {}", number, number == 1 ? one : many);
}

void print_summary(const live::VerifyCounts& counts, bool json) {
    if (json) {
        fmt::print("{}\n", live::JsonLine("summary")
                               .number("logFiles", counts.log_files)
                               .number("logBytes", counts.log_bytes)
                               .number("records", counts.records)
                               .number("endMarkers", counts.end_markers)
                               .number("queues", counts.queues)
                               .number("units", counts.units)
                               .number("indexFiles", counts.index_files)
                               .number("indexEntries", counts.entries)
                               .number("configFiles", counts.configs)
                               .number("problems", counts.problems)
                               .finish());
        return;
    }
    fmt::print("{} with {} and {} ({} bytes); {} with {}; {} with {}; {}\n",
               count(counts.log_files, "log file", "log files"), count(counts.records, "record", "records"),
               count(counts.end_markers, "end marker", "end markers"), counts.log_bytes,
               count(counts.queues, "queue", "queues"), count(counts.units, "unit", "units"),
               count(counts.index_files, "index file", "index files"), count(counts.entries, "entry", "entries"),
               count(counts.configs, "config file", "config files"));
    fmt::print("{}\n", counts.problems == 0 ? "nothing wrong" : count(counts.problems, "problem", "problems"));
}

ExitCode verify(const Options& options) {
    auto opened = open(options);
    if (!opened) return refuse(opened.error(), ExitCode::bad_input);
    const bool terminal = isatty(STDERR_FILENO) == 1;
    live::Findings findings([&](const live::Finding& finding) {
        if (terminal) fmt::print(stderr, "\r\x1b[K");
        if (!options.json) return fmt::print("{}\n", finding.text());
        live::JsonLine line("problem");
        line.text("file", finding.path);
        if (finding.offset) line.number("offset", *finding.offset);
        fmt::print("{}\n", line.text("what", finding.what).finish());
    });
    const live::VerifyOptions how{.delay_levels = opened->levels,
                                  .progress = [terminal](std::int64_t done, std::int64_t all) {
                                      if (interrupted()) throw Interrupted{};
                                      if (terminal && all >= (256 << 20))
                                          fmt::print(stderr, "\r\x1b[K{} of {} MiB of the log", done >> 20, all >> 20);
                                  }};
    const live::VerifyCounts counts = live::verify(opened->layout, how, findings);
    if (terminal) fmt::print(stderr, "\r\x1b[K");
    print_summary(counts, options.json);
    return counts.problems == 0 ? ExitCode::held : ExitCode::broken;
}

/// How many problems verify finds in the store as it is now.
std::expected<std::int64_t, std::string> problems_left(const Options& options) {
    const auto opened = open(options);
    if (!opened) return std::unexpected(opened.error());
    live::Findings findings([](const live::Finding&) {});
    const live::VerifyOptions how{.delay_levels = opened->levels, .progress = [](std::int64_t, std::int64_t) {
                                      if (interrupted()) throw Interrupted{};
                                  }};
    return live::verify(opened->layout, how, findings).problems;
}

ExitCode recover(const Options& options) {
    const auto opened = open(options);
    if (!opened) return refuse(opened.error(), ExitCode::bad_input);
    const auto recovered = live::recover(opened->layout, opened->config, options.dry_run);
    if (!recovered) return refuse(recovered.error(), ExitCode::broken);
    fmt::print("{}\nthe log begins at {} and ends at {}\n", recovered->why, recovered->log_begin, recovered->log_end);
    for (const live::RecoveryStep& step : recovered->steps)
        fmt::print("{}\n", live::printable(step.path + ": " + step.what));
    if (recovered->needed && options.dry_run) {
        fmt::print("dry run: nothing was changed\n");
        return ExitCode::held;
    }
    const auto left = problems_left(options);
    if (!left) return refuse(left.error(), ExitCode::broken);
    const char* done = recovered->needed ? "recovered" : "nothing to do";
    if (*left == 0) {
        fmt::print("{}\n", done);
        return ExitCode::held;
    }
    fmt::print("{}, but {} that no recovery mends: brokersim store verify {}\n", done,
               *left == 1 ? "there is a problem left" : fmt::format("there are {} problems left", *left),
               options.directory);
    return ExitCode::broken;
}

/// A subcommand with the options that all of them take.
CLI::App* add(CLI::App& store, const char* name, const char* about, const std::shared_ptr<Options>& options) {
    CLI::App* command = store.add_subcommand(name, about);
    command->add_option("DIR", options->directory, "the store: the directory that holds commitlog/ and consumequeue/")
        ->required();
    const std::string sizes = "Sizes and settings that stand in no file of a store (default: read off its files)";
    const CLI::Range file_size(std::int64_t{20}, std::int64_t{1} << 30);
    const CLI::Range count(std::int64_t{1}, std::int64_t{INT32_MAX});
    command->add_option("--log-file-size", options->sizes.log_file, "bytes of a log file")
        ->check(file_size)
        ->group(sizes);
    command->add_option("--queue-file-size", options->sizes.queue_file, "bytes of a consume queue file")
        ->check(file_size)
        ->group(sizes);
    command->add_option("--slots", options->sizes.index_slots, "hash slots of an index file")
        ->check(count)
        ->group(sizes);
    command->add_option("--index-entries", options->sizes.index_entries, "entries of an index file (maxIndexNum)")
        ->check(count)
        ->group(sizes);
    command
        ->add_option("--delay-levels", options->delay_levels, "messageDelayLevel of the broker, if it is not the usual")
        ->group(sizes);
    return command;
}

}  // namespace

void add_store(CLI::App& app, ExitCode& code) {
    CLI::App* store = app.add_subcommand("store", "Look into a store, ours or RocketMQ's: dump, verify, recover");
    store->require_subcommand(1);
    store->footer(
        "Exit codes: 0 clean, or done; 1 something is wrong (also what recovery leaves), or the store is refused; 2 no "
        "store, bad usage; 4 the output can't be written.");
    auto options = std::make_shared<Options>();
    CLI::App* dumped =
        add(*store, "dump", "Print what a broker finds in it, as lines of JSON; changes nothing", options);
    auto* queue =
        dumped->add_option("--queue", options->queue, "only this queue, TOPIC/ID: its messages, in its order");
    dumped->add_option("--index", options->key, "only the messages that the index has under TOPIC#KEY, newest first")
        ->excludes(queue);
    dumped->callback([options, &code] { code = dump(*options); });
    CLI::App* verified =
        add(*store, "verify", "Check every byte that another one tells of: what is wrong, and where; changes nothing",
            options);
    verified->add_flag("--json", options->json, "lines of JSON: each problem, then a summary");
    verified->callback([options, &code] { code = verify(*options); });
    CLI::App* recovered =
        add(*store, "recover", "Open it as a broker does after a crash, and close it in order", options);
    recovered->add_flag("--dry-run", options->dry_run, "say what would be done, and do nothing");
    recovered->callback([options, &code] { code = recover(*options); });
}

}  // namespace brokersim::cli
