#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "scenarios/metric_names.h"
#include "scenarios/readers.h"
#include "scenarios/resolve.h"
#include "scenarios/section.h"
#include "scenarios/spelling.h"
#include "scenarios/units.h"

namespace brokersim::scenario {

namespace {

struct Operator {
    std::string_view key;
    Comparison comparison;
};
constexpr std::array<Operator, 4> operators{{
    {"equals", Comparison::equals},
    {"at_least", Comparison::at_least},
    {"at_most", Comparison::at_most},
    {"between", Comparison::between},
}};

std::expected<Rational, std::string> in_units(std::expected<std::int64_t, std::string> amount, std::int64_t unit) {
    if (!amount) return std::unexpected(amount.error());
    return *make_rational(*amount, unit);
}

std::expected<std::int64_t, std::string> parse_ns(std::string_view text) {
    const auto duration = parse_duration(text);
    if (!duration) return std::unexpected(duration.error());
    return duration->count();
}

/// A value in the unit of its metric.
std::expected<Rational, std::string> read_value(const Item& item, std::string_view unit) {
    if (item.kind == Item::Kind::integer) return Rational{item.integer, 1};
    if (item.kind == Item::Kind::decimal) return parse_decimal(item.text);
    if (item.kind != Item::Kind::text)
        return std::unexpected(fmt::format("it wants a number, not {}", kind_words(item.kind)));
    if (item.text.ends_with('%')) return parse_percent(item.text);
    if (unit == "ms") return in_units(parse_ns(item.text), 1'000'000);
    if (unit == "s") return in_units(parse_ns(item.text), 1'000'000'000);
    if (unit == "bytes") return in_units(parse_size(item.text), 1);
    return std::unexpected(fmt::format("\"{}\" is a text; this metric is a plain number", item.text));
}

void read_values(Section& section, const Item& table, std::string_view unit, ExpectationSpec& expectation,
                 Findings& findings) {
    std::vector<const Operator*> given;
    for (const Operator& op : operators)
        if (section.has(op.key)) given.push_back(&op);
    if (given.size() != 1) {
        findings.error(given.empty() ? section.place() : section.place(given.back()->key),
                       "a metric has exactly one of `equals`, `at_least`, `at_most` and `between`");
        return;
    }
    const std::string_view key = given.front()->key;
    const Item& item = table.find(key)->item;
    expectation.comparison = given.front()->comparison;
    const bool two = expectation.comparison == Comparison::between;
    if (two && (item.kind != Item::Kind::list || item.list.size() != 2)) {
        section.error(key, "`between` wants a list of two numbers");
        return;
    }
    const auto value = read_value(two ? item.list.front() : item, unit);
    const auto upper = two ? read_value(item.list.back(), unit) : value;
    if (!value || !upper) {
        section.error(key, fmt::format("`{}`: {}", key, !value ? value.error() : upper.error()));
        return;
    }
    expectation.value = *value;
    if (two) expectation.upper = *upper;
    if (two && *value > *upper)
        section.error(key, fmt::format("`between`: {} is more than {}", decimal_text(*value), decimal_text(*upper)));
}

/// "EVENT", "EVENT+10s", "begin+1m", "end-1s", "30s".
std::expected<Moment, std::string> parse_moment(const std::string& text, const Scenario& scenario) {
    std::vector<std::string> names = names_in(scenario.events);
    names.insert(names.end(), {"begin", "end"});
    const auto known = [&](std::string_view name) { return std::ranges::find(names, name) != names.end(); };
    if (known(text)) return Moment{text, {}};
    std::string unknown = text;
    for (std::size_t i = text.size(); i-- > 0;) {
        if (text[i] != '+' && text[i] != '-') continue;
        const auto offset = parse_duration(std::string_view(text).substr(i + 1));
        if (!offset) continue;
        const std::string name = text.substr(0, i);
        if (known(name)) return Moment{name, text[i] == '+' ? *offset : -*offset};
        unknown = name;
    }
    if (const auto time = parse_duration(text)) return Moment{"begin", *time};
    return std::unexpected(fmt::format("no event is named `{}`{}", unknown, suggestion(unknown, names, "moments")));
}

Duration time_of(const Moment& moment, const Scenario& scenario) {
    if (moment.event == "begin") return moment.offset;
    if (moment.event == "end") return scenario.duration + moment.offset;
    const auto event = std::ranges::find(scenario.events, moment.event, &EventSpec::name);
    return event->time + moment.offset;
}

std::optional<Moment> read_moment(Section& section, std::string_view key, const Scenario& scenario) {
    if (!section.has(key)) return std::nullopt;
    const std::string text = section.text(key);
    if (text.empty()) return std::nullopt;
    const auto moment = parse_moment(text, scenario);
    if (!moment) {
        section.error(key, fmt::format("`{}` = \"{}\": {}", key, text, moment.error()));
        return std::nullopt;
    }
    // Offsets are bounded like every duration of a scenario, so that sums of them fit.
    constexpr Duration most = std::chrono::hours(24 * 365);
    if (moment->offset > most || moment->offset < -most || time_of(*moment, scenario) < Duration::zero() ||
        time_of(*moment, scenario) > scenario.duration + scenario.drain) {
        section.error(key, fmt::format("`{}` = \"{}\" lies outside the run", key, text));
        return std::nullopt;
    }
    return *moment;
}

void read_metric(Section& section, const Item& table, const Scenario& scenario, ExpectationSpec& expectation,
                 Findings& findings) {
    expectation.metric = section.text("metric");
    const auto metric = find_metric(expectation.metric, reader_names(scenario));
    if (!metric) section.error("metric", metric.error());
    read_values(section, table, metric ? (*metric)->unit : std::string_view(), expectation, findings);
    expectation.from = read_moment(section, "from", scenario);
    expectation.until = read_moment(section, "until", scenario);
    if (expectation.from && expectation.until &&
        time_of(*expectation.from, scenario) >= time_of(*expectation.until, scenario))
        section.error("until", "`until` does not lie after `from`");
    if (metric && !(*metric)->of_parts && (section.has("from") || section.has("until")))
        section.error(section.has("from") ? "from" : "until",
                      fmt::format("`{}` is measured over the whole run only", expectation.metric));
    if (section.has("broken")) section.error("broken", "`broken` needs `promise`");
}

void read_promise(Section& section, const Scenario& scenario, ExpectationSpec& expectation) {
    expectation.promise = section.word("promise");
    const std::string broken = section.word("broken");
    if (broken == "in some seed") expectation.broken = BrokenWhen::in_some_seed;
    if (broken == "always") expectation.broken = BrokenWhen::always;
    if (scenario.promises_off.contains(expectation.promise))
        section.error("promise", fmt::format("`{}` is switched off in [promises]", expectation.promise));
    for (const std::string_view key : {"equals", "at_least", "at_most", "between", "from", "until"})
        if (section.has(key)) section.error(key, fmt::format("`{}` needs `metric`", key));
}

/// Whether the expectation is about this variant.
bool concerns(Section& section, const VariantSource& source) {
    if (!section.has("variant")) return true;
    const std::vector<std::string> wanted = section.texts("variant");
    for (const std::string& name : wanted)
        if (std::ranges::find(source.variant_names, name) == source.variant_names.end())
            section.error("variant", fmt::format("no variant is named `{}`{}", name,
                                                 suggestion(name, source.variant_names, "variants")));
    return std::ranges::find(wanted, source.variant) != wanted.end();
}

}  // namespace

void resolve_expectations(const VariantSource& source, Scenario& scenario, Findings& findings) {
    NameCheck names("expectations", {}, findings);
    for (const Item& table : section_list(source.root, "expect")) {
        Section section(table, "expect", findings);
        ExpectationSpec expectation;
        expectation.line = table.place.line;
        expectation.name = section.text("name");
        names.add(expectation.name, section.place("name"));
        if (!concerns(section, source)) continue;
        if (section.has("metric") == section.has("promise")) {
            findings.error(section.has("metric") ? section.place("promise") : section.place(),
                           "an expectation has exactly one of `metric` and `promise`");
            continue;
        }
        if (section.has("metric"))
            read_metric(section, table, scenario, expectation, findings);
        else
            read_promise(section, scenario, expectation);
        scenario.expectations.push_back(std::move(expectation));
    }
}

}  // namespace brokersim::scenario
