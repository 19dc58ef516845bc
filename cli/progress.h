#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "core/types.h"
#include "reports/result_json.h"
#include "scenarios/run.h"

namespace brokersim::cli {

/// A line on standard error that says how far a long run is; shows nothing where that is no terminal, nor in the first
/// second.
class Progress {
public:
    explicit Progress(std::string what);
    void show(Duration passed, Duration most);     // of one run's virtual time
    void show(std::size_t done, std::size_t all);  // runs
    void clear();

private:
    bool due();
    double seconds_to_go(double share) const;

    std::string what_;
    std::chrono::steady_clock::time_point began_;
    std::chrono::steady_clock::time_point shown_;
    bool terminal_;
    bool visible_ = false;
};

/// Runs one variant from one seed, showing progress, and says what it cost this machine. Programs that assign queues
/// are started, unless their answers are `recorded`. Throws Interrupted if the user asks to stop.
std::pair<scenario::RunResult, report::HostFacts> run_with_progress(
    const scenario::Variant& variant, std::uint64_t seed, const scenario::StageOptions& stage = {},
    std::optional<scenario::Answers> recorded = std::nullopt);

}  // namespace brokersim::cli
