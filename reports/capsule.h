#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "scenarios/result.h"

/// A capsule: one small file from which a run can be made again, exactly. It holds the scenario of the one variant,
/// resolved with all its defaults, the seed, the schedule as it was carried out, the answers of programs that assigned
/// queues, the build, and the ladder of digests.
namespace brokersim::report {

struct Capsule {
    std::string build;
    scenario::Variant variant;
    std::uint64_t seed = 0;
    std::uint64_t digest = 0;
    std::vector<std::uint64_t> ladder;
    std::string outcome;              // word of the run's outcome
    std::vector<std::string> broken;  // promises that broke, sorted
    scenario::Answers answers;        // of programs that assign queues
};

std::string capsule_text(const scenario::RunResult& result);
/// Reads a capsule; the error names `file_name` and says what is wrong with it. Never throws on any input.
std::expected<Capsule, std::string> read_capsule(const std::string& text, const std::string& file_name);

/// Promises that did not hold, sorted.
std::vector<std::string> broken_promises(const scenario::RunResult& result);

}  // namespace brokersim::report
