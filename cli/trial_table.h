#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "live/calibrate/calibrate.h"

namespace brokersim::cli {

/// The same work on the machine and in the model.
struct TrialOutcome {
    std::string work;
    std::uint64_t bytes;
    std::int64_t machine_ns;
    std::int64_t model_ns;
};

struct Trials {
    std::vector<TrialOutcome> outcomes;
    std::vector<std::string> remarks;
};

/// Does it, with the model's disk as measured and its page cache as this machine's kernel is set. An error is the
/// kernel's, of this machine.
std::expected<Trials, std::string> run_trials(const live::Measured& measured, const live::CalibrationOptions& options);

/// For people: each work's rate on both sides, and how far the model is off.
std::string trial_table(const Trials& trials);

}  // namespace brokersim::cli
