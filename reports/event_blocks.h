#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "scenarios/result.h"

namespace brokersim::report {

/// Named events of a run that came at one instant, which reports tell as one: what happened then to one group, until
/// the next instant with a named event.
struct EventBlock {
    std::int64_t at = 0;
    std::string names;  // "kill"; of several events "a, b"
    const scenario::GroupEventReport* report = nullptr;
};

/// By time, then in the order of the reports, into which they point: of the first result that has such a block. Of
/// several groups, those to which the events did nothing are left out if they did something to another one.
std::vector<EventBlock> event_blocks(std::span<const scenario::RunResult> results);
/// What another result has for the block of `like`; null if that is nothing.
const scenario::GroupEventReport* same_block(const scenario::RunResult& result, const scenario::GroupEventReport& like);

/// The readers of all variants: one of them may broadcast where another one shares.
std::vector<std::string> reader_names(std::span<const scenario::RunResult> results);

/// "west-dark: power-cut broker/1, billing/1 at 60.0 s": names, what was done to whom, and when. Where variants differ,
/// each says what is its own.
std::string block_title(std::span<const scenario::RunResult> results, const EventBlock& block);

}  // namespace brokersim::report
