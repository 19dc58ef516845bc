#include "scenarios/expectations.h"

#include <algorithm>

#include "core/check.h"

namespace brokersim::scenario {
namespace {

bool compare(const ExpectationSpec& spec, const Rational& got) {
    switch (spec.comparison) {
        case Comparison::equals:
            return got == spec.value;
        case Comparison::at_least:
            return got >= spec.value;
        case Comparison::at_most:
            return got <= spec.value;
        case Comparison::between:
            return spec.value <= got && got <= spec.upper;
    }
    BROKERSIM_CHECK(false, "comparison {}", static_cast<int>(spec.comparison));
}

ExpectationResult judge_promise(const ExpectationSpec& spec, const std::vector<Verdict>& promises) {
    const bool broken = std::any_of(promises.begin(), promises.end(), [&](const Verdict& verdict) {
        return verdict.promise == spec.promise && !verdict.held();
    });
    ExpectationResult result{.spec = spec, .got = Rational{broken ? 1 : 0, 1}};
    switch (spec.broken) {
        case BrokenWhen::never:
            result.held = !broken;
            break;
        case BrokenWhen::always:
            result.held = broken;
            break;
        case BrokenWhen::in_some_seed:
            result.held = true;
            result.judged = false;
            break;
    }
    return result;
}

}  // namespace

std::string_view word(Outcome outcome) {
    switch (outcome) {
        case Outcome::held:
            return "held";
        case Outcome::broken:
            return "broken";
        case Outcome::failed:
            return "failed";
        case Outcome::crashed:
            return "crashed";
        case Outcome::timeout:
            return "timeout";
        case Outcome::limit:
            return "limit";
        case Outcome::unanswered:
            return "unanswered";
    }
    BROKERSIM_CHECK(false, "outcome {}", static_cast<int>(outcome));
}

Expectations::Expectations(const Scenario& scenario, History& history, const CheckerContext& context)
    : scenario_(scenario) {
    for (const ExpectationSpec& spec : scenario.expectations)
        if (const auto window = window_of(spec))
            if (std::none_of(parts_.begin(), parts_.end(), [&](const Part& part) {
                    return part.window.from == window->from && part.window.until == window->until;
                }))
                parts_.push_back({*window, std::make_unique<Measures>(history, context, *window)});
}

std::int64_t Expectations::time_of(const Moment& moment) const {
    if (moment.event == "begin") return moment.offset.count();
    if (moment.event == "end") return (scenario_.duration + moment.offset).count();
    for (const EventSpec& event : scenario_.events)
        if (event.name == moment.event) return (event.time + moment.offset).count();
    BROKERSIM_CHECK(false, "no event {}", moment.event);
}

std::optional<Window> Expectations::window_of(const ExpectationSpec& spec) const {
    if (spec.metric.empty() || (!spec.from && !spec.until)) return std::nullopt;
    Window window;
    if (spec.from) window.from = time_of(*spec.from);
    if (spec.until) window.until = time_of(*spec.until);
    return window;
}

std::vector<RecordSink*> Expectations::sinks() const {
    std::vector<RecordSink*> sinks;
    for (const Part& part : parts_) sinks.push_back(part.measures.get());
    return sinks;
}

std::vector<ExpectationResult> Expectations::judge(const RunEnd& end, const Metrics& metrics,
                                                   const std::vector<Verdict>& promises) {
    std::vector<Metrics> of_parts;
    for (const Part& part : parts_) of_parts.push_back(part.measures->finish(end).metrics);
    std::vector<ExpectationResult> results;
    for (const ExpectationSpec& spec : scenario_.expectations) {
        if (spec.metric.empty()) {
            results.push_back(judge_promise(spec, promises));
            continue;
        }
        const Metrics* measured = &metrics;
        if (const auto window = window_of(spec))
            for (std::size_t i = 0; i < parts_.size(); ++i)
                if (parts_[i].window.from == window->from && parts_[i].window.until == window->until)
                    measured = &of_parts[i];
        ExpectationResult result{.spec = spec, .got = std::nullopt};
        if (const auto found = measured->find(spec.metric); found != measured->end()) {
            result.got = found->second;
            result.held = compare(spec, found->second);
        }
        results.push_back(std::move(result));
    }
    return results;
}

}  // namespace brokersim::scenario
