#include "reports/capsule.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "reports/build_info.h"
#include "reports/numbers.h"
#include "scenarios/reader.h"
#include "scenarios/writer.h"

namespace brokersim::report {
namespace {

using Json = nlohmann::ordered_json;

std::uint64_t parse_digest(const std::string& text) {
    std::size_t used = 0;
    const std::uint64_t value = std::stoull(text, &used, 16);
    if (used != text.size()) throw std::invalid_argument("\"" + text + "\" is no digest");
    return value;
}

Json answers_json(const scenario::Answers& answers) {
    Json json = Json::object();
    for (const auto& [question, answer] : answers)
        json[question] = answer ? Json{{"line", *answer}} : Json{{"none", answer.error()}};
    return json;
}

scenario::Answers read_answers(const Json& json) {
    scenario::Answers answers;
    for (const auto& [question, answer] : json.items())
        answers[question] = answer.contains("line") ? scenario::Answer(answer["line"].get<std::string>())
                                                    : std::unexpected(answer.at("none").get<std::string>());
    return answers;
}

}  // namespace

std::vector<std::string> broken_promises(const scenario::RunResult& result) {
    std::vector<std::string> broken;
    for (const auto& verdict : result.promises)
        if (!verdict.held()) broken.push_back(verdict.promise);
    std::sort(broken.begin(), broken.end());
    return broken;
}

std::string capsule_text(const scenario::RunResult& result) {
    Json json;
    json["capsule"] = 1;
    json["build"] = build_name();
    json["variant"] = result.variant;
    json["seed"] = result.seed;
    json["verdict"] = scenario::word(result.outcome);
    json["message"] = result.message;
    json["broken"] = broken_promises(result);
    json["digest"] = digest_text(result.digest);
    json["events"] = result.events;
    json["schedule"] = Json::array();
    for (const auto& struck : result.struck)
        json["schedule"].push_back(
            {{"at_ns", struck.at}, {"name", struck.name}, {"kind", struck.kind}, {"target", struck.target}});
    if (!result.answers.empty()) json["answers"] = answers_json(result.answers);
    json["scenario"] = scenario::write_scenario(result.scenario);
    json["ladder"] = Json::array();
    for (const std::uint64_t step : result.ladder) json["ladder"].push_back(digest_text(step));
    return json.dump(1) + "\n";
}

std::expected<Capsule, std::string> read_capsule(const std::string& text, const std::string& file_name) {
    try {
        const Json json = Json::parse(text);
        if (json.at("capsule") != 1) return std::unexpected(fmt::format("{}: a capsule of another version", file_name));
        Capsule capsule;
        capsule.build = json.at("build").get<std::string>();
        capsule.seed = json.at("seed").get<std::uint64_t>();
        capsule.outcome = json.at("verdict").get<std::string>();
        capsule.broken = json.at("broken").get<std::vector<std::string>>();
        capsule.digest = parse_digest(json.at("digest").get<std::string>());
        for (const auto& step : json.at("ladder")) capsule.ladder.push_back(parse_digest(step.get<std::string>()));
        if (json.contains("answers")) capsule.answers = read_answers(json["answers"]);
        auto file = scenario::read_scenario(json.at("scenario").get<std::string>(), file_name);
        if (!file)
            return std::unexpected(fmt::format("{}: the scenario in it: {}", file_name, file.error().front().message));
        capsule.variant = std::move(file->variants.front());
        capsule.variant.name = json.at("variant").get<std::string>();
        return capsule;
    } catch (const std::exception& error) {
        return std::unexpected(fmt::format("{}: not a capsule: {}", file_name, error.what()));
    }
}

}  // namespace brokersim::report
