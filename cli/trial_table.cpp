#include "cli/trial_table.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/profile_text.h"
#include "live/calibrate/trials.h"
#include "scenarios/mapping_trial.h"

namespace brokersim::cli {
namespace {

constexpr std::uint64_t flushed_at_once = 16 << 20;
constexpr std::uint64_t most_random_pages = 4000;

/// A machine of the model with this machine's disk, memory and kernel settings.
scenario::TrialMachine model_of(const live::Measured& measured) {
    scenario::TrialMachine machine;
    machine.figures = figures_of(measured);
    const live::MemoryFacts& memory = measured.memory;
    if (memory.total > 0 && memory.available > 0) {
        machine.memory_bytes = static_cast<std::uint64_t>(memory.total);
        machine.cache.other_bytes = static_cast<std::uint64_t>(memory.total - memory.available);
    }
    if (memory.background_ratio >= 0) machine.cache.background_ratio = memory.background_ratio;
    if (memory.background_bytes >= 0) machine.cache.background_bytes = memory.background_bytes;
    if (memory.hard_ratio >= 0) machine.cache.hard_ratio = memory.hard_ratio;
    if (memory.hard_bytes >= 0) machine.cache.hard_bytes = memory.hard_bytes;
    if (measured.place.readahead >= 0)
        machine.cache.readahead_bytes = static_cast<std::uint64_t>(measured.place.readahead);
    return machine;
}

/// Shares of the time of all measurements, in hundredths; the pages of random reads that fit into one.
std::uint64_t random_pages_in(const live::Measured& measured, std::int64_t ns, std::uint64_t pages) {
    const std::int64_t each = std::max<std::int64_t>(measured.random_read.typical, 1);
    return std::clamp<std::uint64_t>(static_cast<std::uint64_t>(ns / 10 / each), 8, std::min(most_random_pages, pages));
}

std::string rate(std::uint64_t bytes, std::int64_t ns) {
    return fmt::format("{:.1f} MB/s",
                       static_cast<double>(bytes) * 1e3 / static_cast<double>(std::max<std::int64_t>(ns, 1)));
}

class TrialRun {
public:
    TrialRun(const live::Measured& measured, const live::CalibrationOptions& options)
        : measured_(measured), options_(options), machine_(model_of(measured)) {}

    std::expected<Trials, std::string> run() {
        for (const auto step : {&TrialRun::read, &TrialRun::append})
            if (const auto failed = (this->*step)(); !failed.empty()) return std::unexpected(failed);
        return std::move(trials_);
    }

private:
    live::Pace pace(std::string_view step) const {
        return {options_.ns, [this, step] { options_.tick(step); }};
    }

    /// Disks that are shared, or may be fast for a while only, are not the same from one minute to the next.
    void remark_on_change(std::int64_t now) {
        const std::int64_t then = measured_.sequential_write.bytes_per_second;
        if (now <= then * 5 / 4 && now >= then * 4 / 5) return;
        trials_.remarks.push_back(fmt::format(
            "the disk itself has changed: it wrote {} MB/s when it was measured and {} MB/s before the trials; as far "
            "as that, no model can be right",
            then / 1'000'000, now / 1'000'000));
    }

    std::string read() {
        auto file = live::ProbeFile::make(options_.directory);
        if (!file) return file.error();
        const std::uint64_t bytes = measured_.sequential_write.bytes;  // what the disk has taken in the time
        const auto filled = live::write_sequentially(*file, bytes, pace("a file for trials"));
        if (!filled) return filled.error();
        remark_on_change(filled->bytes_per_second);
        const auto in_order = live::touch_in_order(*file, pace("trial: cold pages in order"));
        if (!in_order) return in_order.error();
        const std::uint64_t size = file->pages() * live::ProbeFile::page;
        trials_.outcomes.push_back(
            {"cold pages of a mapping, in order", size, *in_order, scenario::touch_in_order(machine_, size).count()});
        const auto pages = live::random_pages(*file, random_pages_in(measured_, options_.ns, file->pages()));
        const auto random = live::touch_at_random(*file, pages.size(), pace("trial: cold pages at random"));
        if (!random) return random.error();
        trials_.outcomes.push_back({"cold pages of a mapping, at random", pages.size() * live::ProbeFile::page, *random,
                                    scenario::touch_at_random(machine_, size, pages).count()});
        return {};
    }

    std::string append() {
        const std::uint64_t bytes = measured_.sequential_write.bytes / flushed_at_once * flushed_at_once;
        const std::int64_t limit = measured_.memory.dirty_limit();
        const bool past = limit > 0 && bytes / 2 >= static_cast<std::uint64_t>(limit);
        if (!past)
            trials_.remarks.push_back(fmt::format(
                "{} may be dirty on this machine before a writer is blocked, and twice that is more than the {} MiB "
                "that were written (--size): the append is kept in balance by a flush of each {} MiB instead",
                limit > 0 ? fmt::format("{} MiB", limit >> 20) : "an unknown amount", bytes >> 20,
                flushed_at_once >> 20));
        const std::uint64_t flush = past ? 0 : flushed_at_once;
        const auto appended = live::append(options_.directory, bytes, flush, pace("trial: append"));
        if (!appended) return appended.error();
        trials_.outcomes.push_back({past ? "append to a mapping, past the dirty limit" : "append to a mapping, flushed",
                                    bytes, *appended,
                                    scenario::append(machine_, bytes, live::append_piece, flush).count()});
        return {};
    }

    const live::Measured& measured_;
    const live::CalibrationOptions& options_;
    scenario::TrialMachine machine_;
    Trials trials_;
};

}  // namespace

std::expected<Trials, std::string> run_trials(const live::Measured& measured, const live::CalibrationOptions& options) {
    return TrialRun(measured, options).run();
}

std::string trial_table(const Trials& trials) {
    std::string text = fmt::format("{:44}{:>16}{:>16}{:>10}\n", "the same work here and in the model", "this machine",
                                   "the model", "time off");
    for (const TrialOutcome& outcome : trials.outcomes) {
        const double off =
            100.0 * (static_cast<double>(outcome.model_ns) / static_cast<double>(outcome.machine_ns) - 1);
        text += fmt::format("  {:42}{:>16}{:>16}{:>+9.1f}%\n", outcome.work, rate(outcome.bytes, outcome.machine_ns),
                            rate(outcome.bytes, outcome.model_ns), off);
    }
    for (const std::string& remark : trials.remarks) text += fmt::format("note: {}\n", remark);
    return text;
}

}  // namespace brokersim::cli
