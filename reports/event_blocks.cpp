#include "reports/event_blocks.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "reports/numbers.h"
#include "scenarios/readers.h"

namespace brokersim::report {
namespace {

using scenario::GroupEventReport;
using scenario::RunResult;

/// The window of an event that another one followed at once is empty: the last one's tells of all.
bool followed_at_once(const RunResult& result, const GroupEventReport& report) {
    return report.window_end == report.at &&
           std::ranges::any_of(result.group_events, [&](const GroupEventReport& other) {
               return &other > &report && other.group == report.group && other.at == report.at;
           });
}

/// Whether the events did nothing to the group in any variant.
bool untouched(std::span<const RunResult> results, const EventBlock& block) {
    return std::ranges::all_of(results, [&](const RunResult& result) {
        const GroupEventReport* report = same_block(result, *block.report);
        if (report == nullptr) return true;
        const bool at_rest = report->owns ? report->agreed_after == 0 : report->all_stopped == 0;
        return at_rest && report->queues_moved == 0 && report->came_twice == 0;
    });
}

std::string names_at(const RunResult& result, std::int64_t at) {
    std::vector<std::string> names;
    for (const scenario::Struck& struck : result.struck)
        if (struck.at == at && (names.empty() || names.back() != struck.name)) names.push_back(struck.name);
    return fmt::format("{}", fmt::join(names, ", "));
}

/// "power-cut broker/1, billing/1; start billing/3": each action once, with its targets.
std::string actions_at(const RunResult& result, std::int64_t at) {
    std::string text;
    const std::string* kind = nullptr;
    for (const scenario::Struck& struck : result.struck) {
        if (struck.at != at) continue;
        const bool again = kind != nullptr && *kind == struck.kind;
        text +=
            again ? ", " + struck.target : fmt::format("{}{} {}", text.empty() ? "" : "; ", struck.kind, struck.target);
        kind = &struck.kind;
    }
    return text;
}

}  // namespace

std::vector<EventBlock> event_blocks(std::span<const RunResult> results) {
    std::vector<EventBlock> blocks;
    for (const RunResult& result : results)
        for (const GroupEventReport& report : result.group_events) {
            const bool known = std::ranges::any_of(blocks, [&](const EventBlock& block) {
                return block.report->event == report.event && block.report->group == report.group &&
                       block.at == report.at;
            });
            if (!known && !followed_at_once(result, report))
                blocks.insert(std::ranges::upper_bound(blocks, report.at, {}, &EventBlock::at),
                              {report.at, names_at(result, report.at), &report});
        }
    std::vector<EventBlock> telling;
    for (const EventBlock& block : blocks) {
        const auto touches_another = [&](const EventBlock& other) {
            return other.at == block.at && !untouched(results, other);
        };
        if (!untouched(results, block) || std::ranges::none_of(blocks, touches_another)) telling.push_back(block);
    }
    return telling;
}

const GroupEventReport* same_block(const RunResult& result, const GroupEventReport& like) {
    for (const GroupEventReport& report : result.group_events)
        if (report.event == like.event && report.group == like.group && report.at == like.at &&
            !followed_at_once(result, report))
            return &report;
    return nullptr;
}

std::vector<std::string> reader_names(std::span<const RunResult> results) {
    std::vector<std::string> names;
    for (const RunResult& result : results)
        for (const std::string& name : scenario::reader_names(result.scenario))
            if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    return names;
}

std::string block_title(std::span<const RunResult> results, const EventBlock& block) {
    const std::string common = actions_at(results.front(), block.at);
    std::string text = fmt::format("{}: {} at {}", block.names, common, duration_text(block.at));
    for (const RunResult& result : results)
        if (const std::string own = actions_at(result, block.at); own != common && !own.empty())
            text += fmt::format(" ({}: {})", result.variant, own);
    return text;
}

}  // namespace brokersim::report
