#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/checkers/checker.h"
#include "scenarios/measures/measures.h"
#include "scenarios/measures/noticing.h"
#include "scenarios/scenario.h"
#include "scenarios/strategy_program.h"

/// What came of one run: everything that reports print, and nothing about the machine that ran it.
namespace brokersim::scenario {

enum class Outcome : std::uint8_t {
    held,        // every promise and every expectation
    broken,      // a promise
    failed,      // an expectation
    crashed,     // an assertion
    timeout,     // a livelock: events at one instant without end
    limit,       // this machine's memory or disk, or the limit on the store's bytes
    unanswered,  // a program that assigns queues gave no answer, or one that cannot be used
};

/// The words that result.json uses: "held", "broken" ...
std::string_view word(Outcome outcome);

struct ExpectationResult {
    ExpectationSpec spec;
    std::optional<Rational> got;  // nothing: it was not measured in this run
    bool held = false;
    bool judged = true;  // false: only several seeds together can tell
};

/// A fault or an action of an operator as it was carried out.
struct Struck {
    std::int64_t at = 0;  // ns since the beginning of the load
    std::string name;     // of the [[at]] entry
    std::string kind;     // "kill", "start" ...
    std::string target;
    bool fault = false;
};

struct RunResult {
    std::string variant;
    std::uint64_t seed = 0;
    Scenario scenario;  // as it was run
    Outcome outcome = Outcome::held;
    std::string message;  // crashed, timeout, limit, unanswered: what happened, when, where
    std::uint64_t digest = 0;
    std::vector<std::uint64_t> ladder;
    std::int64_t virtual_ns = 0;  // from the beginning of the load to the end
    std::uint64_t events = 0;
    std::optional<std::int64_t> healed_at;  // ns, when the last fault that must heal had; nothing: the run ended before
    bool drained = false;
    Metrics metrics;
    std::map<std::string, Series> series;
    std::vector<GroupEventReport> group_events;
    std::vector<Noticed> noticed;
    std::vector<ExpectationResult> expectations;
    std::vector<Verdict> promises;  // of all that were judged
    std::vector<Struck> struck;
    Answers answers;  // of programs that assign queues
};

}  // namespace brokersim::scenario
