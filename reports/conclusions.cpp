#include "reports/conclusions.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "reports/event_blocks.h"
#include "reports/numbers.h"

namespace brokersim::report {
namespace {

using scenario::GroupEventReport;
using scenario::RunResult;

struct Case {
    const RunResult* result;
    const GroupEventReport* report;
};

std::vector<Case> cases_of(std::span<const RunResult> results, const GroupEventReport& like) {
    std::vector<Case> cases;
    for (const RunResult& result : results)
        if (const GroupEventReport* report = same_block(result, like)) cases.push_back({&result, report});
    return cases;
}

std::string agreement(std::vector<Case> cases) {
    std::erase_if(cases, [](const Case& each) { return !each.report->owns; });
    if (cases.empty()) return {};
    const auto sooner = [](const Case& a, const Case& b) {
        return a.report->agreed_after.value_or(INT64_MAX) < b.report->agreed_after.value_or(INT64_MAX);
    };
    const Case& first = *std::min_element(cases.begin(), cases.end(), sooner);
    const Case& last = *std::max_element(cases.begin(), cases.end(), sooner);
    if (!first.report->agreed_after) return "no variant agreed before the next event. ";
    if (!last.report->agreed_after)
        return fmt::format("{} agreed after {}; {} did not before the next event. ", first.result->variant,
                           duration_text(*first.report->agreed_after), last.result->variant);
    if (!sooner(first, last)) return fmt::format("all agreed after {}. ", duration_text(*first.report->agreed_after));
    return fmt::format("{} agreed first ({}), {} last ({}). ", first.result->variant,
                       duration_text(*first.report->agreed_after), last.result->variant,
                       duration_text(*last.report->agreed_after));
}

/// How each variant fared in all repetitions of an event.
std::string agreements(std::span<const RunResult> results, const std::vector<Case>& cases) {
    std::string text;
    for (const RunResult& result : results) {
        std::int64_t soonest = INT64_MAX, latest = 0;
        std::size_t times = 0, agreed = 0;
        for (const Case& each : cases) {
            if (each.result != &result || !each.report->owns) continue;
            ++times;
            if (!each.report->agreed_after) continue;
            ++agreed;
            soonest = std::min(soonest, *each.report->agreed_after);
            latest = std::max(latest, *each.report->agreed_after);
        }
        if (times == 0) continue;
        text += fmt::format("{}{} ", text.empty() ? "" : ", ", result.variant);
        if (agreed == 0) {
            text += "never agreed before the next event";
            continue;
        }
        text += agreed == times ? "agreed" : fmt::format("agreed {} of {} times", agreed, times);
        text += duration_text(soonest) == duration_text(latest)
                    ? fmt::format(" after {}", duration_text(soonest))
                    : fmt::format(" after {} to {}", duration_text(soonest), duration_text(latest));
    }
    return text.empty() ? text : text + ". ";
}

std::string cost(const std::vector<Case>& cases) {
    const auto still = std::max_element(cases.begin(), cases.end(), [](const Case& a, const Case& b) {
        return a.report->worst_still < b.report->worst_still;
    });
    const Case* most = nullptr;
    std::map<const RunResult*, std::uint64_t> twice;
    for (const Case& each : cases) {
        twice[each.result] += each.report->came_twice;
        if (most == nullptr || twice[each.result] > twice[most->result]) most = &each;
    }
    std::string text = fmt::format("The longest stop of a queue was {} ({}", duration_text(still->report->worst_still),
                                   still->result->variant);
    if (!still->report->worst_queue.empty()) text += fmt::format(", {}", still->report->worst_queue);
    text += ");";
    if (twice[most->result] == 0) return text + " no message came twice.";
    return text + fmt::format(" most messages came twice under {} ({}).", most->result->variant,
                              count_text(static_cast<std::int64_t>(twice[most->result])));
}

/// The block and the later ones of the same events and group, which repeat it.
std::vector<EventBlock> repetitions(const std::vector<EventBlock>& blocks, const EventBlock& first) {
    std::vector<EventBlock> same;
    for (const EventBlock& block : blocks)
        if (block.names == first.names && block.report->group == first.report->group && block.at >= first.at)
            same.push_back(block);
    return same;
}

}  // namespace

std::string_view event_legend() {
    return "somebody was missed: when and why a broker, or Kafka's coordinator, first struck a member off its list.\n"
           "agreed after: from the event until each queue had exactly one living owner, for the rest of its window "
           "(to\n"
           "the next event). queues moved: that got another owner; in brackets the fewest that balance needs. queue\n"
           "time: summed over queues. stood still: the longest that a queue had messages waiting and none was handed "
           "to\n"
           "a handler; of the whole group all such times together, from 100 ms on. came twice: deliveries of a "
           "message\n"
           "that the group had been handed before; in brackets those that another owner had been handed. most over\n"
           "mean: queues of the member that has most; time in handlers of the busiest, over its even share.\n";
}

std::vector<std::string> conclusions(std::span<const RunResult> results) {
    std::vector<std::string> sentences;
    if (results.size() < 2) return sentences;
    const std::vector<EventBlock> blocks = event_blocks(results);
    for (auto block = blocks.begin(); block != blocks.end(); ++block) {
        const auto told = [&](const EventBlock& before) {
            return before.names == block->names && before.report->group == block->report->group;
        };
        if (std::any_of(blocks.begin(), block, told)) continue;
        const std::vector<EventBlock> all = repetitions(blocks, *block);
        std::vector<Case> cases;
        for (const EventBlock& one : all)
            for (const Case& each : cases_of(results, *one.report)) cases.push_back(each);
        if (cases.size() < 2 * all.size()) continue;
        const std::string group =
            reader_names(results).size() > 1 ? fmt::format(", group {}", block->report->group) : "";
        if (all.size() == 1)
            sentences.push_back(fmt::format("{}{}: {}{}", block->names, group, agreement(cases), cost(cases)));
        else
            sentences.push_back(fmt::format("{}{}, {} times: {}{}", block->names, group, all.size(),
                                            agreements(results, cases), cost(cases)));
    }
    return sentences;
}

std::string wanted_text(const scenario::ExpectationSpec& spec) {
    switch (spec.comparison) {
        case scenario::Comparison::equals:
            return rational_text(spec.value);
        case scenario::Comparison::at_least:
            return "at least " + rational_text(spec.value);
        case scenario::Comparison::at_most:
            return "at most " + rational_text(spec.value);
        case scenario::Comparison::between:
            return fmt::format("between {} and {}", rational_text(spec.value), rational_text(spec.upper));
    }
    return "";
}

std::string failed_text(const scenario::ExpectationResult& expectation) {
    const scenario::ExpectationSpec& spec = expectation.spec;
    if (spec.metric.empty())
        return fmt::format("expectation in line {}: promise {} did not break", spec.line, spec.promise);
    return fmt::format("expectation in line {}: {} is {}, wanted {}", spec.line, spec.metric,
                       expectation.got ? rational_text(*expectation.got) : "not measured", wanted_text(spec));
}

}  // namespace brokersim::report
