#include "cli/progress.h"

#include <cstdio>

#include <unistd.h>

#include <fmt/format.h>

#include "cli/commands.h"

namespace brokersim::cli {

Progress::Progress(std::string variant, std::uint64_t seed)
    : what_(fmt::format("{}, seed {}", variant, seed)),
      began_(std::chrono::steady_clock::now()),
      shown_(began_),
      terminal_(isatty(STDERR_FILENO) == 1) {}

void Progress::show(Duration passed, Duration most) {
    if (!terminal_) return;
    const auto now = std::chrono::steady_clock::now();
    if (now - began_ < std::chrono::seconds(1) || now - shown_ < std::chrono::milliseconds(200)) return;
    shown_ = now;
    visible_ = true;
    const double share = static_cast<double>(passed.count()) / static_cast<double>(most.count());
    const double spent = std::chrono::duration<double>(now - began_).count();
    fmt::print(stderr, "\r\x1b[K{}: {:.0f} s of virtual time, {:.0f} % of the most it can take, about {:.0f} s to go",
               what_, static_cast<double>(passed.count()) / 1e9, share * 100, share > 0 ? spent / share - spent : 0.0);
    std::fflush(stderr);
}

void Progress::clear() {
    if (visible_) fmt::print(stderr, "\r\x1b[K");
    visible_ = false;
}

std::pair<scenario::RunResult, report::HostFacts> run_with_progress(const scenario::Variant& variant,
                                                                    std::uint64_t seed,
                                                                    const scenario::StageOptions& stage) {
    Progress progress(variant.name, seed);
    const auto watch = [&](Duration passed, Duration most) {
        if (interrupted()) throw Interrupted{};
        progress.show(passed, most);
    };
    const auto began = std::chrono::steady_clock::now();
    scenario::RunResult result = scenario::run(variant, seed, {.stage = stage, .progress = watch});
    const report::HostFacts host{(std::chrono::steady_clock::now() - began).count()};
    progress.clear();
    return {std::move(result), host};
}

}  // namespace brokersim::cli
