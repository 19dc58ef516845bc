#include "reports/conclusions.h"

#include <algorithm>

#include <fmt/format.h>

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
        for (const GroupEventReport& report : result.group_events)
            if (report.event == like.event && report.group == like.group && report.at == like.at)
                cases.push_back({&result, &report});
    return cases;
}

std::string agreement(std::vector<Case> cases) {
    std::erase_if(cases, [](const Case& each) { return !each.report->owns; });
    if (cases.empty()) return "nobody owns queues.";
    const auto sooner = [](const Case& a, const Case& b) {
        return a.report->agreed_after.value_or(INT64_MAX) < b.report->agreed_after.value_or(INT64_MAX);
    };
    const Case& first = *std::min_element(cases.begin(), cases.end(), sooner);
    const Case& last = *std::max_element(cases.begin(), cases.end(), sooner);
    if (!first.report->agreed_after) return "no variant agreed before the next event.";
    if (!last.report->agreed_after)
        return fmt::format("{} agreed after {}; {} did not before the next event.", first.result->variant,
                           duration_text(*first.report->agreed_after), last.result->variant);
    if (!sooner(first, last)) return fmt::format("all agreed after {}.", duration_text(*first.report->agreed_after));
    return fmt::format("{} agreed first ({}), {} last ({}).", first.result->variant,
                       duration_text(*first.report->agreed_after), last.result->variant,
                       duration_text(*last.report->agreed_after));
}

std::string cost(const std::vector<Case>& cases) {
    const auto still = std::max_element(cases.begin(), cases.end(), [](const Case& a, const Case& b) {
        return a.report->worst_still < b.report->worst_still;
    });
    const auto twice = std::max_element(cases.begin(), cases.end(), [](const Case& a, const Case& b) {
        return a.report->came_twice < b.report->came_twice;
    });
    std::string text = fmt::format(" The longest stop of a queue was {} ({}", duration_text(still->report->worst_still),
                                   still->result->variant);
    if (!still->report->worst_queue.empty()) text += fmt::format(", {}", still->report->worst_queue);
    text += ");";
    if (twice->report->came_twice == 0) return text + " no message came twice.";
    return text + fmt::format(" most messages came twice under {} ({}).", twice->result->variant,
                              count_text(static_cast<std::int64_t>(twice->report->came_twice)));
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
    for (const GroupEventReport& like : results.front().group_events) {
        const std::vector<Case> cases = cases_of(results, like);
        if (cases.size() < 2) continue;
        const std::string group =
            results.front().scenario.groups.size() > 1 ? fmt::format(", group {}", like.group) : "";
        sentences.push_back(fmt::format("{}{}: {}{}", like.event, group, agreement(cases), cost(cases)));
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

}  // namespace brokersim::report
