#pragma once

#include <cstdint>
#include <span>
#include <string>

#include <nlohmann/json.hpp>

#include "scenarios/result.h"

/// result.json, version 1: what machines read. Keys keep their order and meaning; new ones may be added. Everything
/// about the computer that ran it lies under "host" of each run, so that equal runs give equal bytes elsewhere.
namespace brokersim::report {

struct HostFacts {
    std::int64_t wall_ns = 0;  // real time of the run
};

/// A scenario as it was run, with every key.
nlohmann::ordered_json config_json(const scenario::Scenario& scenario);

/// `hosts` stands beside `results`. "config" holds each variant's scenario as it was run, with every key.
nlohmann::ordered_json result_json(std::span<const scenario::RunResult> results, std::span<const HostFacts> hosts);

}  // namespace brokersim::report
