#include "scenarios/checkers/cases.h"

#include <utility>

#include <fmt/format.h>

namespace brokersim::scenario {

std::string seconds_text(std::int64_t ns) {
    const bool negative = ns < 0;
    const std::uint64_t us = (negative ? -static_cast<std::uint64_t>(ns) : static_cast<std::uint64_t>(ns)) / 1000;
    std::string text = fmt::format("{}{}.{:06}", negative ? "-" : "", us / 1'000'000, us % 1'000'000);
    while (text.back() == '0') text.pop_back();
    if (text.back() == '.') text.pop_back();
    return text + " s";
}

std::string message_text(const Roster& roster, MessageId id) {
    if (id.producer >= roster.producers().size()) return "a message of nobody";
    return fmt::format("{} #{}", roster.producers()[id.producer].name, id.sequence);
}

std::string node_text(const Roster& roster, std::uint32_t node) {
    return node < roster.nodes().size() ? roster.nodes()[node].name.text() : "an unknown node";
}

std::string count_text(std::uint64_t count, const char* one, const char* many) {
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

void add_reason(std::string& not_judged, const std::string& reason) {
    if (!not_judged.empty()) not_judged += "; ";
    not_judged += reason;
}

void Cases::tell(Verdict& verdict, std::string what) {
    if (count_ == 0) return;
    verdict.broken.push_back({.promise = verdict.promise,
                              .at = first_at_,
                              .what = std::move(what),
                              .evidence = std::move(lines_),
                              .messages = std::move(messages_)});
}

}  // namespace brokersim::scenario
