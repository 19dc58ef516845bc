#include "scenarios/configs.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "core/check.h"
#include "scenarios/engines.h"
#include "scenarios/spelling.h"
#include "scenarios/units.h"

namespace brokersim::scenario {

namespace {

/// Calls `visit` with each table of keys that counts at `place`.
template <class Visitor>
void for_each_table(ConfigPlace place, Visitor&& visit) {
    switch (place) {
        case ConfigPlace::vm:
            visit(vm_config_keys());
            return;
        case ConfigPlace::broker:
            visit(broker::broker_config_keys());
            visit(store::store_config_keys());
            visit(kafka::coordinator_config_keys());
            return;
        case ConfigPlace::namesrv:
            visit(namesrv::name_server_config_keys());
            return;
        case ConfigPlace::store:
            visit(store::store_config_keys());
            return;
        case ConfigPlace::producer:
            visit(client::client_config_keys());
            return;
        case ConfigPlace::consumer:
            visit(client::client_config_keys());
            visit(kafka::member_config_keys());
            return;
    }
    BROKERSIM_CHECK(false, "a key has a place");
}

/// Keys that a word of the scenario sets.
std::string_view own_word_for(ConfigPlace place, std::string_view key) {
    if (place != ConfigPlace::consumer) return {};
    if (key == "consumeThreadMin" || key == "consumeThreadMax") return "threads";
    if (key == "consumeFromWhere") return "from";
    if (key == "group.instance.id") return "membership";
    if (key == "client.rack") return "rack";
    if (key == "messageModel") return "model";
    return {};
}

/// The values of keys whose table says only that they are words; empty if anything goes.
std::vector<std::string> words_for(std::string_view key) {
    if (key == "flushDiskType") return {"ASYNC_FLUSH", "SYNC_FLUSH"};
    return {};
}

bool has_unit(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789-") != text.npos; }

/// The value as the real configuration file would have it.
std::expected<std::string, std::string> plain_text(const Item& value, bool is_time, bool is_number) {
    switch (value.kind) {
        case Item::Kind::integer:
            return fmt::format("{}", value.integer);
        case Item::Kind::boolean:
            return std::string(value.boolean ? "true" : "false");
        case Item::Kind::text:
            break;
        default:
            return std::unexpected(fmt::format("it wants a single value, not {}", kind_words(value.kind)));
    }
    if (is_time && has_unit(value.text)) {
        const auto duration = parse_duration(value.text);
        if (!duration) return std::unexpected(duration.error());
        const auto millis = std::chrono::duration_cast<Millis>(*duration);
        if (millis != *duration) return std::unexpected(fmt::format("\"{}\" is not a whole number of ms", value.text));
        return fmt::format("{}", millis.count());
    }
    if (is_number && has_unit(value.text)) {
        const auto size = parse_size(value.text);
        if (!size) return std::unexpected(size.error());
        return fmt::format("{}", *size);
    }
    return value.text;
}

/// Checks a value against its row of a table.
template <class Config>
std::expected<ConfigValue, std::string> check_value(const ConfigKey<Config>& row, const Item& value) {
    const bool is_time = std::holds_alternative<Millis Config::*>(row.field);
    const bool is_number = std::holds_alternative<std::int64_t Config::*>(row.field);
    const auto text = plain_text(value, is_time, is_number);
    if (!text) return std::unexpected(fmt::format("`{}`: {}", row.name, text.error()));
    Config scratch;
    const auto set = set_key(scratch, std::span(&row, 1), row.name, *text);
    if (!set) return std::unexpected(fmt::format("`{}`: {}", row.name, set.error().message));
    const auto words = words_for(row.name);
    if (!words.empty() && std::ranges::find(words, *text) == words.end())
        return std::unexpected(
            fmt::format("`{}` = \"{}\": no such word{}", row.name, *text, suggestion(*text, words, "words")));
    return ConfigValue{*text, *set == KeySet::set};
}

std::vector<std::string> keys_at(ConfigPlace place) {
    std::vector<std::string> keys;
    for_each_table(place, [&](const auto& table) {
        for (const auto& row : table)
            if (own_word_for(place, row.name).empty()) keys.emplace_back(row.name);
    });
    return keys;
}

template <class Config>
bool knows(std::span<const ConfigKey<Config>> table, std::string_view key) {
    return std::ranges::any_of(table, [&](const auto& row) { return row.name == key; });
}

/// Sets those of `texts` that `table` knows; the others belong to another table.
template <class Config>
void apply(Config& config, std::span<const ConfigKey<Config>> table, const ConfigTexts& texts) {
    for (const auto& [key, text] : texts) {
        if (!knows(table, key)) continue;
        const auto set = set_key(config, table, key, text);
        BROKERSIM_CHECK(set.has_value(), "the reader let {} = {} through", key, text);
    }
}

}  // namespace

std::expected<ConfigValue, std::string> check_config(ConfigPlace place, const std::string& key, const Item& value) {
    if (const auto word = own_word_for(place, key); !word.empty())
        return std::unexpected(fmt::format("`{}` is set by `{}`", key, word));
    std::optional<std::expected<ConfigValue, std::string>> result;
    for_each_table(place, [&](const auto& table) {
        for (const auto& row : table)
            if (!result && row.name == key) result = check_value(row, value);
    });
    if (result) return *std::move(result);
    if (const auto home = config_home(key, {}); !home.empty())
        return std::unexpected(fmt::format("`{}` belongs under {}", key, home));
    const auto near = nearest_word(key, keys_at(place));
    return std::unexpected(
        fmt::format("unknown key `{}`{}", key, near ? fmt::format("; did you mean `{}`?", *near) : ""));
}

std::string config_home(const std::string& key, std::string_view section) {
    static constexpr std::array<std::pair<ConfigPlace, std::string_view>, 6> homes{{
        {ConfigPlace::store, "store"},
        {ConfigPlace::broker, "cluster.broker"},
        {ConfigPlace::namesrv, "cluster.namesrv"},
        {ConfigPlace::consumer, "group.NAME.client"},
        {ConfigPlace::producer, "producer.NAME.client"},
        {ConfigPlace::vm, "hardware.vm"},
    }};
    std::string home;
    for (const auto& [place, path] : homes) {
        bool known = false;
        for_each_table(place, [&](const auto& table) { known = known || knows(table, key); });
        if (known && (home.empty() || path.substr(0, path.find('.')) == section))
            home = fmt::format("{}.{}", path, key);
    }
    return home;
}

broker::BrokerConfig broker_config(const Scenario& scenario) {
    broker::BrokerConfig config;
    apply(config, broker::broker_config_keys(), scenario.cluster.broker);
    return config;
}

store::StoreConfig store_config(const Scenario& scenario) {
    store::StoreConfig config;
    apply(config, store::store_config_keys(), scenario.cluster.broker);
    return config;
}

store::StoreCosts store_costs(const Scenario& scenario) {
    const CostSpec& given = scenario.hardware.costs;
    store::StoreCosts costs = find_engine(scenario.cluster.engine)->store;
    costs.encode_per_kib = given.crc_per_kib.value_or(costs.encode_per_kib);
    costs.append_base = given.append.value_or(costs.append_base);
    costs.append_per_kib = given.append_per_kib.value_or(costs.append_per_kib);
    return costs;
}

kafka::CoordinatorConfig coordinator_config(const Scenario& scenario) {
    kafka::CoordinatorConfig config;
    apply(config, kafka::coordinator_config_keys(), scenario.cluster.broker);
    return config;
}

namesrv::NameServerConfig name_server_config(const Scenario& scenario) {
    namesrv::NameServerConfig config;
    apply(config, namesrv::name_server_config_keys(), scenario.cluster.name_server);
    return config;
}

VmConfig vm_config(const Scenario& scenario) {
    VmConfig config;
    apply(config, vm_config_keys(), scenario.hardware.vm);
    return config;
}

client::ClientConfig client_config(const ProducerSpec& producer) {
    client::ClientConfig config;
    apply(config, client::client_config_keys(), producer.client);
    return config;
}

client::ClientConfig client_config(const GroupSpec& group) {
    client::ClientConfig config;
    apply(config, client::client_config_keys(), group.client);
    config.consumeThreadMin = group.threads;
    config.consumeThreadMax = group.threads;
    config.consumeFromWhere = group.from == StartFrom::first ? "CONSUME_FROM_FIRST_OFFSET" : "CONSUME_FROM_LAST_OFFSET";
    return config;
}

kafka::MemberConfig member_config(const GroupSpec& group) {
    kafka::MemberConfig config;
    apply(config, kafka::member_config_keys(), group.client);
    return config;
}

}  // namespace brokersim::scenario
