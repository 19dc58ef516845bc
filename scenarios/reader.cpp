#include "scenarios/reader.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

#include <fmt/format.h>

#include "scenarios/findings.h"
#include "scenarios/resolve.h"
#include "scenarios/variants.h"

namespace brokersim::scenario {

namespace {

/// Findings of the whole file, and of its variants: what is found in every variant is said once.
class FindingsOfVariants {
public:
    explicit FindingsOfVariants(const Findings& file) {
        for (const Finding& finding : file.list()) everywhere_.push_back(finding);
    }

    void add(std::size_t variant, const Findings& findings) {
        for (const Finding& finding : findings.list()) {
            std::vector<std::size_t>& where = where_[finding];
            if (where.empty() || where.back() != variant) where.push_back(variant);
        }
    }

    std::vector<Finding> merged(const std::vector<std::string>& names) const {
        std::vector<Finding> all = everywhere_;
        for (const auto& [finding, where] : where_) {
            all.push_back(finding);
            if (where.size() == names.size()) continue;
            all.back().message += fmt::format(" (in variant `{}`{})", names[where.front()],
                                              where.size() > 1 ? fmt::format(" and {} more", where.size() - 1) : "");
        }
        std::ranges::sort(all);
        const auto repeated = std::ranges::unique(all);
        all.erase(repeated.begin(), repeated.end());
        return all;
    }

private:
    std::vector<Finding> everywhere_;
    std::map<Finding, std::vector<std::size_t>> where_;
};

std::vector<Diagnostic> diagnostics(const std::vector<Finding>& findings, std::string_view file_name,
                                    std::span<const std::string> overrides) {
    std::vector<Diagnostic> list;
    for (const Finding& finding : findings) {
        const auto source = static_cast<std::size_t>(finding.place.source);
        const std::string file = !finding.file.empty() ? finding.file
                                 : source == 0         ? std::string(file_name)
                                                       : fmt::format("--set {}", overrides[source - 1]);
        list.push_back({file, finding.place.line, finding.place.column, finding.message, finding.warning});
    }
    return list;
}

/// One value may be changed by the variant and by --set: --set wins, and the author should know.
void warn_of_replaced_variants(const VariantPlan& plan, const std::vector<Override>& sets, Findings& findings) {
    for (const Override& set : sets)
        for (const Override& change : plan.overrides)
            if (change.path == set.path)
                findings.warning(set.place, fmt::format("this replaces what a variant sets: {}", set.path_text()));
}

Scenario resolve_variant(const Item& base, const VariantPlan& plan, const std::vector<Override>& sets,
                         std::string_view file_name, const std::vector<std::string>& names, Findings& findings) {
    Item root = base;
    for (const Override& change : plan.overrides) apply_override(root, change, findings);
    for (const Override& set : sets) apply_override(root, set, findings);
    warn_of_replaced_variants(plan, sets, findings);
    return resolve({root, file_name, plan.name, names}, findings);
}

std::expected<ScenarioFile, std::vector<Diagnostic>> read_tree(Item root, std::string_view file_name,
                                                               std::span<const std::string> overrides) {
    Findings file_findings;
    normalize_sections(root, file_findings);
    std::vector<Override> sets;
    for (std::size_t i = 0; i < overrides.size(); ++i)
        if (auto set = parse_override(overrides[i], static_cast<std::int32_t>(i + 1), file_findings))
            sets.push_back(*std::move(set));
    const std::vector<VariantPlan> plans = plan_variants(root, file_findings);
    std::erase_if(root.table, [](const Entry& entry) { return entry.key == "variant" || entry.key == "matrix"; });

    std::vector<std::string> names;
    for (const VariantPlan& plan : plans) names.push_back(plan.name);
    ScenarioFile file;
    FindingsOfVariants all(file_findings);
    bool failed = file_findings.has_error();
    for (std::size_t i = 0; i < plans.size(); ++i) {
        Findings findings;
        Scenario scenario = resolve_variant(root, plans[i], sets, file_name, names, findings);
        failed = failed || findings.has_error();
        all.add(i, findings);
        file.variants.push_back({plans[i].name, std::move(scenario)});
    }
    std::vector<Diagnostic> list = diagnostics(all.merged(names), file_name, overrides);
    if (failed) return std::unexpected(std::move(list));
    file.name = file.variants.front().scenario.name;
    file.about = file.variants.front().scenario.about;
    file.warnings = std::move(list);
    return file;
}

std::unexpected<std::vector<Diagnostic>> refused(std::string_view file_name, Place place, std::string message) {
    return std::unexpected(
        std::vector{Diagnostic{std::string(file_name), place.line, place.column, std::move(message), false}});
}

}  // namespace

std::expected<ScenarioFile, std::vector<Diagnostic>> read_scenario(std::string_view text, std::string_view file_name,
                                                                   std::span<const std::string> overrides) {
    if (text.size() > max_scenario_bytes)
        return refused(file_name, {}, fmt::format("the file is longer than {} bytes", max_scenario_bytes));
    auto root = parse_document(text, 0);
    if (!root) return refused(file_name, root.error().place, root.error().message);
    return read_tree(*std::move(root), file_name, overrides);
}

std::expected<ScenarioFile, std::vector<Diagnostic>> read_scenario_file(const std::string& path,
                                                                        std::span<const std::string> overrides) {
    std::ifstream stream(path, std::ios::binary);
    std::string text(max_scenario_bytes + 1, '\0');
    if (!stream) return refused(path, {}, "the file cannot be opened");
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (stream.bad()) return refused(path, {}, "the file cannot be read");
    text.resize(static_cast<std::size_t>(stream.gcount()));
    return read_scenario(text, path, overrides);
}

}  // namespace brokersim::scenario
