#include "scenarios/variants.h"

#include <set>
#include <utility>

#include <fmt/format.h>

#include "scenarios/keys.h"

namespace brokersim::scenario {

namespace {

constexpr std::size_t longest_variant_name = 200;

/// Takes the overrides out of the nested tables of a [[variant]] or of [matrix].
class OverrideCollector {
public:
    explicit OverrideCollector(Findings& findings) : findings_(findings) {}

    std::vector<Override> collect(const Item& root, bool skip_name) {
        for (const Entry& entry : root.table) {
            if (skip_name && entry.key == "name") continue;
            const SectionSpec* section = find_section(entry.key);
            if (section == nullptr || entry.key.empty())
                add({entry.key}, entry);
            else if (entry.item.kind != Item::Kind::table)
                findings_.error(entry.place, fmt::format("`{}` is a section; write {}.{}KEY = ...", entry.key,
                                                         entry.key, section->list ? "NAME." : ""));
            else if (section->list)
                collect_list(entry);
            else
                collect_keys(entry.item, entry.key, {entry.key});
        }
        return std::move(overrides_);
    }

private:
    void collect_list(const Entry& section) {
        for (const Entry& element : section.item.table) {
            if (element.item.kind == Item::Kind::table)
                collect_keys(element.item, section.key, {section.key, element.key});
            else
                findings_.error(element.place,
                                fmt::format("`{}` is no path; write {}.NAME.KEY = ...",
                                            fmt::format("{}.{}", section.key, element.key), section.key));
        }
    }

    void collect_keys(const Item& table, std::string_view section, const std::vector<std::string>& prefix) {
        const auto extended = [](std::vector<std::string> path, const std::string& part) {
            path.push_back(part);
            return path;
        };
        if (section == "store") {
            for (const Entry& entry : flattened(table)) add(extended(prefix, entry.key), entry);
            return;
        }
        for (const Entry& entry : table.table) {
            const std::vector<std::string> path = extended(prefix, entry.key);
            const KeySpec* key = find_key(section, entry.key);
            if (key && holds_table(*key) && entry.item.kind == Item::Kind::table)
                for (const Entry& part : flattened(entry.item)) add(extended(path, part.key), part);
            else
                add(path, entry);
        }
    }

    void add(std::vector<std::string> path, const Entry& entry) {
        overrides_.push_back({std::move(path), entry.place, entry.item});
    }

    Findings& findings_;
    std::vector<Override> overrides_;
};

/// A value of [matrix] as a part of its variant's name.
std::string value_name(const Override& dimension, const Item& value, std::size_t index) {
    const std::string& key = dimension.path.back();
    switch (value.kind) {
        case Item::Kind::text:
            return value.text;
        case Item::Kind::integer:
            return fmt::format("{} {}", key, value.integer);
        case Item::Kind::boolean:
            return fmt::format("{} {}", key, value.boolean);
        case Item::Kind::decimal:
            return fmt::format("{} {}", key, value.text);
        default:
            return fmt::format("{} #{}", key, index + 1);
    }
}

std::vector<VariantPlan> named_variants(const Item& root, Findings& findings) {
    std::vector<VariantPlan> plans;
    const Entry* section = root.find("variant");
    if (section == nullptr) return plans;
    for (const Item& variant : section->item.list) {
        const Entry* name = variant.find("name");
        if (name == nullptr) {
            findings.error(variant.place, "[[variant]] has no `name`");
        } else if (name->item.kind != Item::Kind::text) {
            findings.error(name->item.place, fmt::format("`name` wants a text, not {}", kind_words(name->item.kind)));
        } else if (name->item.text.empty() || name->item.text.size() > longest_variant_name) {
            findings.error(name->item.place, fmt::format("a variant's name has 1 to {} bytes", longest_variant_name));
        }
        plans.push_back(
            {std::string(variant.text_of("name")), variant.place, OverrideCollector(findings).collect(variant, true)});
        for (const Override& change : plans.back().overrides)
            if (change.path.size() == 1 && find_key("", change.path.front()) && change.path.front() != "duration" &&
                change.path.front() != "drain")
                findings.error(change.place, fmt::format("`{}` is the same in every variant", change.path.front()));
    }
    return plans;
}

/// Multiplies the plans by one list of values.
std::vector<VariantPlan> multiplied(const std::vector<VariantPlan>& plans, const Override& dimension) {
    std::vector<VariantPlan> product;
    for (const VariantPlan& plan : plans) {
        for (std::size_t i = 0; i < dimension.value.list.size(); ++i) {
            const Item& value = dimension.value.list[i];
            VariantPlan next = plan;
            next.name += (next.name.empty() ? "" : ", ") + value_name(dimension, value, i);
            next.place = value.place;
            next.overrides.push_back({dimension.path, value.place, value});
            product.push_back(std::move(next));
        }
    }
    return product;
}

void multiply_by_matrix(std::vector<VariantPlan>& plans, const Item& root, Findings& findings) {
    const Entry* matrix = root.find("matrix");
    if (matrix == nullptr) return;
    for (const Override& dimension : OverrideCollector(findings).collect(matrix->item, false)) {
        if (dimension.value.kind != Item::Kind::list || dimension.value.list.empty()) {
            findings.error(dimension.place, fmt::format("`{}` wants a list of values", dimension.path_text()));
            continue;
        }
        if (plans.size() * dimension.value.list.size() > max_variants) {
            findings.error(dimension.place, fmt::format("that makes {} variants; at most {} are possible",
                                                        plans.size() * dimension.value.list.size(), max_variants));
            continue;
        }
        plans = multiplied(plans, dimension);
    }
}

}  // namespace

std::vector<VariantPlan> plan_variants(const Item& root, Findings& findings) {
    std::vector<VariantPlan> plans = named_variants(root, findings);
    if (plans.size() > max_variants) {
        findings.error(root.find("variant")->item.list[max_variants].place,
                       fmt::format("there are {} variants; at most {} are possible", plans.size(), max_variants));
        plans.resize(max_variants);
    }
    if (plans.empty()) plans.emplace_back();
    multiply_by_matrix(plans, root, findings);
    if (plans.size() == 1 && plans.front().name.empty()) plans.front().name = "base";
    std::set<std::string_view> names;
    for (const VariantPlan& plan : plans)
        if (!plan.name.empty() && !names.insert(plan.name).second)
            findings.error(plan.place, fmt::format("two variants are named `{}`", plan.name));
    return plans;
}

}  // namespace brokersim::scenario
