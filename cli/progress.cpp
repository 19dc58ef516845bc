#include "cli/progress.h"

#include <cstdio>

#include <unistd.h>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/strategy_programs.h"

namespace brokersim::cli {

Progress::Progress(std::string what)
    : what_(std::move(what)),
      began_(std::chrono::steady_clock::now()),
      shown_(began_),
      terminal_(isatty(STDERR_FILENO) == 1) {}

/// Whether it is time to show something (again).
bool Progress::due() {
    if (!terminal_) return false;
    const auto now = std::chrono::steady_clock::now();
    if (now - began_ < std::chrono::seconds(1) || now - shown_ < std::chrono::milliseconds(200)) return false;
    shown_ = now;
    visible_ = true;
    return true;
}

double Progress::seconds_to_go(double share) const {
    const double spent = std::chrono::duration<double>(shown_ - began_).count();
    return share > 0 ? spent / share - spent : 0.0;
}

void Progress::show(Duration passed, Duration most) {
    if (!due()) return;
    const double share = static_cast<double>(passed.count()) / static_cast<double>(most.count());
    fmt::print(stderr, "\r\x1b[K{}: {:.0f} s of virtual time, {:.0f} % of the most it can take, about {:.0f} s to go",
               what_, static_cast<double>(passed.count()) / 1e9, share * 100, seconds_to_go(share));
    std::fflush(stderr);
}

void Progress::show(std::size_t done, std::size_t all) {
    if (!due()) return;
    const double share = static_cast<double>(done) / static_cast<double>(all);
    fmt::print(stderr, "\r\x1b[K{}: {} of {} runs", what_, done, all);
    if (done > 0) fmt::print(stderr, ", about {:.0f} s to go", seconds_to_go(share));
    std::fflush(stderr);
}

void Progress::clear() {
    if (visible_) fmt::print(stderr, "\r\x1b[K");
    visible_ = false;
}

std::pair<scenario::RunResult, report::HostFacts> run_with_progress(const scenario::Variant& variant,
                                                                    std::uint64_t seed,
                                                                    const scenario::StageOptions& stage,
                                                                    std::optional<scenario::Answers> recorded) {
    Progress progress(fmt::format("{}, seed {}", variant.name, seed));
    const auto watch = [&](Duration passed, Duration most) {
        if (interrupted()) throw Interrupted{};
        progress.show(passed, most);
    };
    const auto began = std::chrono::steady_clock::now();
    scenario::RunResult result = scenario::run(variant, seed,
                                               {.stage = stage,
                                                .start_program = programs_of_this_machine(),
                                                .recorded = std::move(recorded),
                                                .progress = watch});
    const report::HostFacts host{(std::chrono::steady_clock::now() - began).count()};
    progress.clear();
    return {std::move(result), host};
}

}  // namespace brokersim::cli
