#include "scenarios/section.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/check.h"
#include "scenarios/configs.h"
#include "scenarios/spelling.h"
#include "scenarios/units.h"
#include "scenarios/words.h"

namespace brokersim::scenario {

namespace {

constexpr std::size_t longest_name = 127;
constexpr std::size_t longest_list = 4096;
constexpr std::int64_t widest_log_normal = 1000;  // what sim::Distribution samples

bool is_name(std::string_view text) {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               c == '%' || c == '|';
    };
    return !text.empty() && text.size() <= longest_name && std::ranges::all_of(text, allowed);
}

}  // namespace

Section::Section(const Item& table, std::string_view name, Findings& findings)
    : table_(table), name_(name), findings_(findings) {
    BROKERSIM_CHECK(table.kind == Item::Kind::table, "a section is a table");
    if (name_ == "store") return;
    for (const Entry& entry : table_.table) {
        const bool subsection = name_.empty() && find_section(entry.key) != nullptr && !entry.key.empty();
        if (!subsection && find_key(name_, entry.key) == nullptr) unknown_key(entry);
    }
    for (const KeySpec& key : key_specs())
        if (key.section == name_ && key.required && !has(key.key))
            findings_.error(table_.place, fmt::format("{} has no `{}`", section_title(name_), key.key));
}

Place Section::place(std::string_view key) const {
    const Entry* entry = table_.find(key);
    return entry ? entry->item.place : table_.place;
}

void Section::unknown_key(const Entry& entry) {
    std::string homes;
    for (const SectionSpec& section : section_specs()) {
        if (find_key(section.name, entry.key) == nullptr) continue;
        homes += homes.empty() ? "" : " or ";
        homes += section.name.empty() ? "before the first section" : fmt::format("in {}", section_title(section.name));
    }
    if (homes.empty() && !config_home(entry.key, name_).empty())
        homes = fmt::format("under {}", config_home(entry.key, name_));
    if (!homes.empty()) {
        findings_.error(entry.place,
                        fmt::format("`{}` belongs {}{}", entry.key, homes,
                                    name_.empty() ? "" : fmt::format(", not in {}", section_title(name_))));
        return;
    }
    std::vector<std::string> words = keys_of(name_);
    if (name_.empty())
        for (const SectionSpec& section : section_specs())
            if (!section.name.empty()) words.emplace_back(section.name);
    const std::string where = name_.empty() ? "" : fmt::format(" in {}", section_title(name_));
    findings_.error(entry.place,
                    fmt::format("unknown key `{}`{}{}", entry.key, where, suggestion(entry.key, words, "keys")));
}

const KeySpec& Section::spec(std::string_view key, KeyKind kind) const {
    const KeySpec* found = find_key(name_, key);
    BROKERSIM_CHECK(found && found->kind == kind, "{}.{} stands in the table of keys with this kind", name_, key);
    return *found;
}

void Section::wrong_kind(const KeySpec& key, const Item& item) {
    findings_.error(item.place,
                    fmt::format("`{}` wants {}, not {}", key.key, kind_words(key.kind), kind_words(item.kind)));
}

bool Section::in_range(const KeySpec& key, std::int64_t value, Place place, std::string_view written) {
    if (value >= key.min && value <= key.max) return true;
    findings_.error(place, fmt::format("`{}` is {}; its range is {}", key.key, written, range_words(key)));
    return false;
}

std::string Section::text(std::string_view key) {
    const Entry* entry = table_.find(key);
    const KeySpec* found = find_key(name_, key);
    BROKERSIM_CHECK(found, "{}.{} stands in the table of keys", name_, key);
    if (entry == nullptr) return std::string(found->fallback);
    if (entry->item.kind != Item::Kind::text) {
        wrong_kind(*found, entry->item);
        return {};
    }
    if (found->kind == KeyKind::name && !is_name(entry->item.text)) {
        findings_.error(entry->item.place,
                        fmt::format("`{}` = \"{}\" is no name: 1 to {} letters, digits, -, _, % or |", key,
                                    entry->item.text, longest_name));
        return {};
    }
    return entry->item.text;
}

std::string Section::word(std::string_view key) {
    const KeySpec& found = spec(key, KeyKind::word);
    const Entry* entry = table_.find(key);
    if (entry == nullptr) return std::string(found.fallback);
    if (entry->item.kind != Item::Kind::text) {
        wrong_kind(found, entry->item);
        return std::string(found.fallback);
    }
    const auto words = found.words();
    if (std::ranges::any_of(words, [&](const std::string& word) { return stands_for(word, entry->item.text); }))
        return entry->item.text;
    findings_.error(entry->item.place, fmt::format("`{}` = \"{}\": no such word{}", key, entry->item.text,
                                                   suggestion(entry->item.text, words, "words")));
    return std::string(found.fallback);
}

std::optional<std::int64_t> Section::checked_integer(const KeySpec& key, const Item& item) {
    if (item.kind != Item::Kind::integer) {
        wrong_kind(key, item);
        return std::nullopt;
    }
    if (!in_range(key, item.integer, item.place, fmt::format("{}", item.integer))) return std::nullopt;
    return item.integer;
}

std::optional<std::int64_t> Section::given_integer(std::string_view key) {
    const Entry* entry = table_.find(key);
    const KeySpec& found = spec(key, KeyKind::integer);
    return entry ? checked_integer(found, entry->item) : std::nullopt;
}

std::int64_t Section::integer(std::string_view key) {
    if (const auto given = given_integer(key)) return *given;
    const std::string_view fallback = spec(key, KeyKind::integer).fallback;
    if (fallback.empty()) return 1;
    const auto value = parse_decimal(fallback);
    BROKERSIM_CHECK(value && value->den == 1, "the default of {}.{} is a whole number", name_, key);
    return value->num;
}

std::optional<std::int64_t> Section::amount(const KeySpec& key, const Item& item) {
    if (item.kind != Item::Kind::text) {
        const bool number = item.kind == Item::Kind::integer || item.kind == Item::Kind::decimal;
        const bool time = key.kind == KeyKind::duration || key.kind == KeyKind::times;
        if (number)
            findings_.error(item.place, fmt::format("`{}` has no unit; write a {}", key.key,
                                                    time ? "duration such as \"30s\"" : "size such as \"8GiB\""));
        else
            wrong_kind(key, item);
        return std::nullopt;
    }
    std::expected<std::int64_t, std::string> value;
    if (key.kind == KeyKind::duration || key.kind == KeyKind::times) {
        const auto time = parse_duration(item.text);
        if (time)
            value = time->count();
        else
            value = std::unexpected(time.error());
    } else {
        value = parse_size(item.text);
    }
    if (!value) {
        findings_.error(item.place, fmt::format("`{}`: {}", key.key, value.error()));
        return std::nullopt;
    }
    if (!in_range(key, *value, item.place, fmt::format("\"{}\"", item.text))) return std::nullopt;
    return *value;
}

std::optional<std::int64_t> Section::given_size(std::string_view key) {
    const KeySpec& found = spec(key, KeyKind::size);
    const Entry* entry = table_.find(key);
    return entry ? amount(found, entry->item) : std::nullopt;
}

std::int64_t Section::size(std::string_view key) {
    if (const auto given = given_size(key)) return *given;
    const auto value = parse_size(spec(key, KeyKind::size).fallback);
    BROKERSIM_CHECK(value.has_value(), "the default of {}.{} is a size", name_, key);
    return *value;
}

std::optional<Duration> Section::given_duration(std::string_view key) {
    const KeySpec& found = spec(key, KeyKind::duration);
    const Entry* entry = table_.find(key);
    const auto given = entry ? amount(found, entry->item) : std::nullopt;
    return given ? std::optional(Duration(*given)) : std::nullopt;
}

Duration Section::duration(std::string_view key) {
    if (const auto given = given_duration(key)) return *given;
    const std::string_view fallback = spec(key, KeyKind::duration).fallback;
    // Nothing that is said about times before the end of a run of unknown length is wrong.
    if (fallback.empty()) return Duration(key == "duration" ? spec(key, KeyKind::duration).max : 0);
    const auto value = parse_duration(fallback);
    BROKERSIM_CHECK(value.has_value(), "the default of {}.{} is a duration", name_, key);
    return *value;
}

std::optional<std::int64_t> Section::given_share(std::string_view key) {
    const KeySpec& found = spec(key, KeyKind::share);
    const Entry* entry = table_.find(key);
    if (entry == nullptr) return std::nullopt;
    if (entry->item.kind != Item::Kind::text) {
        wrong_kind(found, entry->item);
        return std::nullopt;
    }
    const auto value = parse_share(entry->item.text);
    if (!value) {
        findings_.error(entry->item.place, fmt::format("`{}`: {}", key, value.error()));
        return std::nullopt;
    }
    if (!in_range(found, *value, entry->item.place, fmt::format("\"{}\"", entry->item.text))) return std::nullopt;
    return *value;
}

std::optional<Rate> Section::given_rate(std::string_view key) {
    const KeySpec& found = spec(key, KeyKind::rate);
    const Entry* entry = table_.find(key);
    if (entry == nullptr) return std::nullopt;
    if (entry->item.kind == Item::Kind::integer || entry->item.kind == Item::Kind::decimal) {
        findings_.error(entry->item.place, fmt::format("`{}` has no unit; write a rate such as \"1000/s\"", key));
        return std::nullopt;
    }
    if (entry->item.kind != Item::Kind::text) {
        wrong_kind(found, entry->item);
        return std::nullopt;
    }
    const auto rate = parse_rate(entry->item.text);
    if (!rate) {
        findings_.error(entry->item.place, fmt::format("`{}`: {}", key, rate.error()));
        return std::nullopt;
    }
    return *rate;
}

std::optional<DistributionSpec> Section::distribution_table(const KeySpec& key, const Item& table) {
    static const std::vector<std::string> words{"median", "p99", "min", "max", "mean"};
    for (const Entry& entry : table.table) {
        if (std::ranges::find(words, entry.key) != words.end()) continue;
        findings_.error(entry.place, fmt::format("unknown key `{}` in `{}`{}", entry.key, key.key,
                                                 suggestion(entry.key, words, "keys")));
        return std::nullopt;
    }
    struct Form {
        DistributionSpec::Shape shape;
        std::vector<std::string_view> parts;
    };
    using Shape = DistributionSpec::Shape;
    static const std::array<Form, 3> forms{
        {{Shape::log_normal, {"median", "p99"}}, {Shape::uniform, {"min", "max"}}, {Shape::exponential, {"mean"}}}};
    for (const Form& form : forms) {
        const bool fits = table.table.size() == form.parts.size() &&
                          std::ranges::all_of(form.parts, [&](auto part) { return table.find(part) != nullptr; });
        if (!fits) continue;
        const auto first = amount(key, table.find(form.parts.front())->item);
        const auto second = amount(key, table.find(form.parts.back())->item);
        if (!first || !second) return std::nullopt;
        if (*first > *second || (form.shape != Shape::uniform && *first == 0)) {
            findings_.error(table.place, *first == 0 ? fmt::format("`{}`: {} is zero", key.key, form.parts.front())
                                                     : fmt::format("`{}`: {} is more than {}", key.key,
                                                                   form.parts.front(), form.parts.back()));
            return std::nullopt;
        }
        if (form.shape == Shape::log_normal && *second / *first > widest_log_normal) {
            findings_.error(table.place,
                            fmt::format("`{}`: p99 is more than {} times the median", key.key, widest_log_normal));
            return std::nullopt;
        }
        return DistributionSpec{form.shape, *first, form.parts.size() == 2 ? *second : 0, {}};
    }
    findings_.error(table.place, fmt::format("`{}` wants one of {{median, p99}}, {{min, max}}, {{mean}}", key.key));
    return std::nullopt;
}

std::optional<DistributionSpec> Section::distribution_of(const KeySpec& key, const Item& item) {
    if (item.kind == Item::Kind::table) return distribution_table(key, item);
    if (item.kind != Item::Kind::list) {
        const auto value = amount(key, item);
        if (!value) return std::nullopt;
        return DistributionSpec{DistributionSpec::Shape::constant, *value, 0, {}};
    }
    if (item.list.empty() || item.list.size() > longest_list) {
        findings_.error(item.place, fmt::format("`{}` wants a list of 1..{} values", key.key, longest_list));
        return std::nullopt;
    }
    DistributionSpec distribution{DistributionSpec::Shape::list, 0, 0, {}};
    for (const Item& element : item.list)
        if (const auto value = amount(key, element)) distribution.values.push_back(*value);
    if (distribution.values.size() != item.list.size()) return std::nullopt;
    return distribution;
}

DistributionSpec Section::distribution(std::string_view key) {
    const KeySpec* found = find_key(name_, key);
    BROKERSIM_CHECK(found && (found->kind == KeyKind::times || found->kind == KeyKind::sizes), "{}.{} is distributed",
                    name_, key);
    const Entry* entry = table_.find(key);
    if (const auto given = entry ? distribution_of(*found, entry->item) : std::nullopt) return *given;
    Item fallback;
    fallback.kind = Item::Kind::text;
    fallback.text = found->fallback;
    const auto value = distribution_of(*found, fallback);
    BROKERSIM_CHECK(value.has_value(), "the default of {}.{} is an amount", name_, key);
    return *value;
}

std::vector<std::string> Section::texts(std::string_view key) {
    const KeySpec& found = spec(key, KeyKind::names);
    const Entry* entry = table_.find(key);
    if (entry == nullptr) return {};
    if (entry->item.kind == Item::Kind::text) return {entry->item.text};
    std::vector<std::string> list;
    for (const Item& item : entry->item.list)
        if (item.kind == Item::Kind::text) list.push_back(item.text);
    if (entry->item.kind != Item::Kind::list || list.empty() || list.size() != entry->item.list.size()) {
        wrong_kind(found, entry->item);
        return {};
    }
    return list;
}

std::optional<std::array<std::vector<Section::PlacedText>, 2>> Section::sides(std::string_view key) {
    const KeySpec& found = spec(key, KeyKind::sides);
    const Entry* entry = table_.find(key);
    if (entry == nullptr) return std::nullopt;
    if (entry->item.kind != Item::Kind::list || entry->item.list.size() != 2) {
        wrong_kind(found, entry->item);
        return std::nullopt;
    }
    std::array<std::vector<PlacedText>, 2> both;
    for (std::size_t side = 0; side < both.size(); ++side) {
        const Item& item = entry->item.list[side];
        const bool one = item.kind == Item::Kind::text;
        if (!one && (item.kind != Item::Kind::list || item.list.empty())) {
            wrong_kind(found, item);
            return std::nullopt;
        }
        for (const Item& element : one ? std::vector<Item>{item} : item.list) {
            if (element.kind != Item::Kind::text) {
                wrong_kind(found, element);
                return std::nullopt;
            }
            both[side].push_back({element.text, element.place});
        }
    }
    return both;
}

Rational Section::number(std::string_view key) {
    const KeySpec& found = spec(key, KeyKind::number);
    const Entry* entry = table_.find(key);
    if (entry == nullptr) return {0, 1};
    if (entry->item.kind == Item::Kind::integer) return {entry->item.integer, 1};
    if (entry->item.kind == Item::Kind::decimal)
        if (const auto value = parse_decimal(entry->item.text)) return *value;
    wrong_kind(found, entry->item);
    return {0, 1};
}

void Section::for_each(std::string_view key, const std::function<void(const Entry&)>& each) {
    const KeySpec* found = find_key(name_, key);
    BROKERSIM_CHECK(found, "{}.{} stands in the table of keys", name_, key);
    const Entry* entry = table_.find(key);
    if (entry == nullptr) return;
    if (entry->item.kind != Item::Kind::table) {
        wrong_kind(*found, entry->item);
        return;
    }
    for (const Entry& part : entry->item.table) each(part);
}

}  // namespace brokersim::scenario
