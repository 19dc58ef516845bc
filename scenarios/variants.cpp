#include "scenarios/variants.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/check.h"
#include "scenarios/keys.h"
#include "scenarios/spelling.h"

namespace brokersim::scenario {

namespace {

constexpr std::size_t longest_variant_name = 200;

bool holds_table(const KeySpec& key) {
    return key.kind == KeyKind::config || key.kind == KeyKind::counts || key.kind == KeyKind::reasons;
}

std::string joined(const std::vector<std::string>& parts, std::size_t from) {
    std::string text;
    for (std::size_t i = from; i < parts.size(); ++i) text += (i == from ? "" : ".") + parts[i];
    return text;
}

void flatten(const Item& table, const std::string& prefix, std::vector<Entry>& flat) {
    for (const Entry& entry : table.table) {
        const std::string key = prefix.empty() ? entry.key : fmt::format("{}.{}", prefix, entry.key);
        if (entry.item.kind == Item::Kind::table && !entry.item.table.empty())
            flatten(entry.item, key, flat);
        else
            flat.push_back({key, entry.place, entry.item});
    }
}

/// Each value of nested tables once, its name joined by dots, as Kafka's real keys have them.
std::vector<Entry> flattened(const Item& table) {
    std::vector<Entry> flat;
    flatten(table, "", flat);
    return flat;
}

void flatten_keys(Item& table, std::string_view section) {
    if (section == "store") table.table = flattened(table);
    for (Entry& entry : table.table) {
        const KeySpec* key = find_key(section, entry.key);
        if (key && holds_table(*key) && entry.item.kind == Item::Kind::table) entry.item.table = flattened(entry.item);
    }
}

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

std::vector<std::string> element_names(std::string_view section, const Item& list) {
    std::vector<std::string> names;
    for (const Item& element : list.list) names.push_back(element_name(section, element));
    return names;
}

/// The entry `key` of a table, made if it is missing.
Item& made(Item& table, const std::string& key, Place place) {
    if (Entry* entry = table.find(key)) return entry->item;
    Item item;
    item.place = place;
    table.table.push_back({key, place, std::move(item)});
    return table.table.back().item;
}

void set_entry(Item& table, const std::string& key, const Override& change) {
    if (Entry* entry = table.find(key)) {
        entry->place = change.place;
        entry->item = change.value;
        return;
    }
    table.table.push_back({key, change.place, change.value});
}

/// Sets the key at path[at] of the table, or a part of what it holds.
void set_key_at(Item& table, std::string_view section, const Override& change, std::size_t at, Findings& findings) {
    if (change.path.size() == at) {
        findings.error(change.place, fmt::format("`{}` is no path: a key is missing", change.path_text()));
        return;
    }
    if (section == "store") {
        set_entry(table, joined(change.path, at), change);
        return;
    }
    const KeySpec* key = find_key(section, change.path[at]);
    if (key && key->key == "name" && !section.empty()) {
        findings.error(change.place, fmt::format("`{}`: names cannot be changed", change.path_text()));
    } else if (change.path.size() == at + 1) {
        set_entry(table, change.path[at], change);
        flatten_keys(table, section);
    } else if (key && holds_table(*key)) {
        Item& inner = made(table, change.path[at], change.place);
        if (inner.kind == Item::Kind::table) set_entry(inner, joined(change.path, at + 1), change);
    } else if (key) {
        findings.error(change.place,
                       fmt::format("`{}` is no path: `{}` is set as a whole", change.path_text(), key->key));
    } else {
        findings.error(change.place, fmt::format("unknown key `{}` in {}{}", change.path[at], section_title(section),
                                                 suggestion(change.path[at], keys_of(section), "keys")));
    }
}

void set_in_list(Item& root, const SectionSpec& section, const Override& change, Findings& findings) {
    if (change.path.size() < 3) {
        findings.error(change.place,
                       fmt::format("`{}` is no path; write {}.NAME.KEY", change.path_text(), section.name));
        return;
    }
    Entry* entry = root.find(section.name);
    Item none;
    Item& list = entry ? entry->item : none;
    const std::vector<std::string> names = element_names(section.name, list);
    const auto found = std::ranges::find(names, change.path[1]);
    if (found == names.end() || found->empty()) {
        std::vector<std::string> given = names;
        std::erase(given, "");
        findings.error(change.place, fmt::format("no {} is named `{}`{}", section_title(section.name), change.path[1],
                                                 suggestion(change.path[1], given, "names")));
        return;
    }
    set_key_at(list.list[static_cast<std::size_t>(found - names.begin())], section.name, change, 2, findings);
}

void place_everything(Item& item, Place place) {
    item.place = place;
    for (Item& element : item.list) place_everything(element, place);
    for (Entry& entry : item.table) {
        entry.place = place;
        place_everything(entry.item, place);
    }
}

}  // namespace

std::string Override::path_text() const { return joined(path, 0); }

void normalize_sections(Item& root, Findings& findings) {
    std::erase_if(root.table, [&](Entry& entry) {
        const SectionSpec* section = find_section(entry.key);
        if (section == nullptr || entry.key.empty()) return false;
        if (section->list ? entry.item.is_list_of_tables() : entry.item.kind == Item::Kind::table) return false;
        findings.error(entry.place, section->list
                                        ? fmt::format("`{}` is a list of tables: write [[{}]]", entry.key, entry.key)
                                        : fmt::format("`{}` is one table: write [{}]", entry.key, entry.key));
        return true;
    });
    for (Entry& entry : root.table) {
        if (entry.key == "variant" || entry.key == "matrix" || !find_section(entry.key)) continue;
        if (entry.item.kind == Item::Kind::table) flatten_keys(entry.item, entry.key);
        for (Item& element : entry.item.list) flatten_keys(element, entry.key);
    }
}

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

std::optional<Override> parse_override(std::string_view text, std::int32_t source, Findings& findings) {
    const Place place{source, 1, 1};
    const std::size_t equals = text.find('=');
    const auto trimmed = [](std::string_view part) {
        const std::size_t begin = std::min(part.find_first_not_of(" \t"), part.size());
        const std::size_t end = part.find_last_not_of(" \t");
        return begin == part.size() ? std::string_view() : part.substr(begin, end - begin + 1);
    };
    std::string_view path = trimmed(text.substr(0, equals));
    if (equals == std::string_view::npos || path.empty()) {
        findings.error(place, "write PATH=VALUE");
        return std::nullopt;
    }
    Override change{{}, place, parse_override_value(trimmed(text.substr(equals + 1)), source)};
    place_everything(change.value, place);
    while (true) {
        const std::size_t dot = path.find('.');
        change.path.emplace_back(path.substr(0, dot));
        if (change.path.back().empty()) {
            findings.error(place, fmt::format("`{}` is no path", trimmed(text.substr(0, equals))));
            return std::nullopt;
        }
        if (dot == std::string_view::npos) return change;
        path.remove_prefix(dot + 1);
    }
}

void apply_override(Item& root, const Override& change, Findings& findings) {
    BROKERSIM_CHECK(!change.path.empty(), "a path has parts");
    const std::string& first = change.path.front();
    const SectionSpec* section = first.empty() ? nullptr : find_section(first);
    if (first == "variant" || first == "matrix") {
        findings.error(change.place,
                       fmt::format("`{}`: paths do not lead into {}", change.path_text(), section_title(first)));
    } else if (section == nullptr && change.path.size() > 1) {
        std::vector<std::string> words;
        for (const SectionSpec& spec : section_specs())
            if (!spec.name.empty()) words.emplace_back(spec.name);
        findings.error(change.place, fmt::format("`{}` is no path: no section is named `{}`{}", change.path_text(),
                                                 first, suggestion(first, words, "sections")));
    } else if (section == nullptr) {
        set_key_at(root, "", change, 0, findings);
    } else if (section->list) {
        set_in_list(root, *section, change, findings);
    } else {
        set_key_at(made(root, first, change.place), section->name, change, 1, findings);
    }
}

std::string element_name(std::string_view section, const Item& element) {
    for (const std::string_view key : {"name",
                                       section == "producer" ? "topic"
                                       : section == "at"     ? "do"
                                                             : "name",
                                       section == "at" ? "fault" : "name"})
        if (const std::string_view text = element.text_of(key); !text.empty()) return std::string(text);
    return {};
}

}  // namespace brokersim::scenario
