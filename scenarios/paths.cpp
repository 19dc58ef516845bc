#include "scenarios/paths.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/check.h"
#include "scenarios/keys.h"
#include "scenarios/spelling.h"

namespace brokersim::scenario {

namespace {

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

void flatten_keys(Item& table, std::string_view section) {
    if (section == "store") table.table = flattened(table);
    for (Entry& entry : table.table) {
        const KeySpec* key = find_key(section, entry.key);
        if (key && holds_table(*key) && entry.item.kind == Item::Kind::table) entry.item.table = flattened(entry.item);
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

std::vector<Entry> flattened(const Item& table) {
    std::vector<Entry> flat;
    flatten(table, "", flat);
    return flat;
}

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
