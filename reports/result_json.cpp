#include "reports/result_json.h"

#include <algorithm>
#include <sstream>

#include <toml++/toml.h>

#include "core/check.h"
#include "reports/build_info.h"
#include "reports/numbers.h"
#include "scenarios/writer.h"

namespace brokersim::report {
namespace {

using Json = nlohmann::ordered_json;
using scenario::RunResult;

Json number(const scenario::Rational& value) {
    if (value.den == 1) return value.num;
    return decimal(value);
}

std::string_view op_word(scenario::Comparison comparison) {
    switch (comparison) {
        case scenario::Comparison::equals:
            return "equals";
        case scenario::Comparison::at_least:
            return "at_least";
        case scenario::Comparison::at_most:
            return "at_most";
        case scenario::Comparison::between:
            return "between";
    }
    return "";
}

std::string_view broken_word(scenario::BrokenWhen when) {
    switch (when) {
        case scenario::BrokenWhen::never:
            return "never";
        case scenario::BrokenWhen::in_some_seed:
            return "in some seed";
        case scenario::BrokenWhen::always:
            return "always";
    }
    return "";
}

Json expectation_json(const scenario::ExpectationResult& result) {
    const scenario::ExpectationSpec& spec = result.spec;
    Json json;
    if (!spec.name.empty()) json["name"] = spec.name;
    if (spec.metric.empty()) {
        json["promise"] = spec.promise;
        json["broken"] = broken_word(spec.broken);
    } else {
        json["metric"] = spec.metric;
        json["op"] = op_word(spec.comparison);
        json["want"] = spec.comparison == scenario::Comparison::between
                           ? Json::array({number(spec.value), number(spec.upper)})
                           : number(spec.value);
        json["got"] = result.got ? number(*result.got) : Json(nullptr);
        const auto moment = [](const scenario::Moment& at) {
            return Json{{"event", at.event}, {"offset_ns", at.offset.count()}};
        };
        if (spec.from) json["from"] = moment(*spec.from);
        if (spec.until) json["until"] = moment(*spec.until);
    }
    json["held"] = result.held;
    if (!result.judged) json["judged"] = false;
    return json;
}

std::string_view reason_word(note::LeaveReason reason) {
    switch (reason) {
        case note::LeaveReason::unregistered:
            return "unregistered";
        case note::LeaveReason::connection_closed:
            return "connection closed";
        case note::LeaveReason::expired:
            return "expired";
        case note::LeaveReason::rebalance_timeout:
            return "rebalance timeout";
    }
    return "";
}

Json group_event_json(const scenario::GroupEventReport& report) {
    Json json;
    json["event"] = report.event;
    json["group"] = report.group;
    json["at_ns"] = report.at;
    json["window_end_ns"] = report.window_end;
    json["agreed_after_ns"] = report.agreed_after ? Json(*report.agreed_after) : Json(nullptr);
    json["queues_moved"] = report.owns ? Json(report.queues_moved) : Json(nullptr);
    json["queues_moved_least"] = report.owns ? Json(report.queues_moved_least) : Json(nullptr);
    json["worst_still_ns"] = report.worst_still;
    json["worst_queue"] = report.worst_queue;
    json["came_twice"] = report.came_twice;
    json["handed_twice"] = report.handed_twice;
    json["unowned_ns"] = report.unowned;
    json["double_owned_ns"] = report.doubly_owned;
    json["all_stopped_ns"] = report.all_stopped;
    return json;
}

Json run_json(const RunResult& result, const HostFacts& host) {
    Json json;
    json["variant"] = result.variant;
    json["seed"] = result.seed;
    json["verdict"] = scenario::word(result.outcome);
    if (!result.message.empty()) json["message"] = result.message;
    json["digest"] = digest_text(result.digest);
    json["virtual_ns"] = result.virtual_ns;
    json["events"] = result.events;
    if (result.healed_at) json["healed_ns"] = *result.healed_at;
    json["drained"] = result.drained;
    json["metrics"] = Json::object();
    for (const auto& [name, value] : result.metrics) json["metrics"][name] = number(value);
    json["expectations"] = Json::array();
    for (const auto& expectation : result.expectations) json["expectations"].push_back(expectation_json(expectation));
    json["promises"] = Json::array();
    json["broken"] = Json::array();
    for (const auto& verdict : result.promises) {
        Json promise{{"promise", verdict.promise}, {"held", verdict.held()}};
        if (!verdict.not_judged.empty()) promise["not_judged"] = verdict.not_judged;
        json["promises"].push_back(std::move(promise));
        for (const auto& broken : verdict.broken)
            json["broken"].push_back({{"promise", broken.promise},
                                      {"at_ns", broken.at},
                                      {"what", broken.what},
                                      {"evidence", broken.evidence}});
    }
    json["faults"] = Json::array();
    for (const auto& struck : result.struck)
        json["faults"].push_back({{"at_ns", struck.at},
                                  {"name", struck.name},
                                  {"kind", struck.kind},
                                  {"target", struck.target},
                                  {"fault", struck.fault}});
    json["group_events"] = Json::array();
    for (const auto& report : result.group_events) json["group_events"].push_back(group_event_json(report));
    json["noticed"] = Json::array();
    for (const auto& noticed : result.noticed)
        if (noticed.after)
            json["noticed"].push_back({{"event", noticed.event},
                                       {"group", noticed.group},
                                       {"at_ns", noticed.at},
                                       {"after_ns", *noticed.after},
                                       {"reason", reason_word(noticed.reason)}});
    json["series"] = Json::object();
    for (const auto& [name, series] : result.series)
        json["series"][name] = {{"start_ns", series.start_ns}, {"step_ns", series.step_ns}, {"values", series.values}};
    json["host"] = {{"wall_ns", host.wall_ns}};
    return json;
}

}  // namespace

Json config_json(const scenario::Scenario& scenario) {
    std::ostringstream text;
    text << toml::json_formatter{toml::parse(scenario::write_scenario(scenario))};
    return Json::parse(text.str());
}

Json result_json(std::span<const RunResult> results, std::span<const HostFacts> hosts) {
    BROKERSIM_CHECK(results.size() == hosts.size() && !results.empty(), "{} results", results.size());
    Json json;
    json["version"] = 1;
    json["brokersim"] = version;
    json["build"] = build_name();
    json["scenario"] = results.front().scenario.name;
    json["config"] = Json::object();
    for (const RunResult& result : results)
        if (!json["config"].contains(result.variant)) json["config"][result.variant] = config_json(result.scenario);
    json["runs"] = Json::array();
    for (std::size_t i = 0; i < results.size(); ++i) json["runs"].push_back(run_json(results[i], hosts[i]));
    return json;
}

}  // namespace brokersim::report
