#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "reports/result_json.h"
#include "scenarios/result.h"

namespace brokersim::report {

struct RunReportOptions {
    std::string file;         // as the user named it, for the command to type next
    std::string result_path;  // where result.json was written; empty: nowhere
    bool replay = false;      // `file` is a capsule: there is no other seed to try
};

/// What `brokersim run` prints for the variants of one scenario and one seed: a table with a column for each variant, a
/// block of rows for each named event, the whole run, what follows from it, the promises, the expectations, the speed,
/// and the next command to type. `results` share scenario and seed, and are not empty.
std::string run_report(std::span<const scenario::RunResult> results, std::span<const HostFacts> hosts,
                       const RunReportOptions& options);

/// What broke or failed in one run: the promise, the events that prove it, the command that replays it. Empty if
/// everything held. `capsule` is the path of the run's capsule; empty: there is none.
std::string failure_report(const scenario::RunResult& result, const std::string& capsule);

}  // namespace brokersim::report
