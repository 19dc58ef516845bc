#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace brokersim {

using Millis = std::chrono::milliseconds;

/// One key of a real configuration (RocketMQ's broker, store or client properties, Kafka's, or the kernel's vm.*),
/// under its real name, and the member of `Config` that holds it. Numbers are bounded by [min, max]; Millis are written
/// as plain milliseconds, as the real files have them. A key whose `field` is std::monostate exists in the real system
/// but is not modelled here: setting it is accepted with a warning.
template <class Config>
struct ConfigKey {
    using Field =
        std::variant<std::monostate, std::int64_t Config::*, bool Config::*, std::string Config::*, Millis Config::*>;
    std::string_view name;
    Field field{};
    std::int64_t min = 0;
    std::int64_t max = INT64_MAX;
    std::string_view about{};
};

enum class KeySet { set, unmodelled };
enum class KeyErrorCode { unknown_key, bad_value, out_of_range };
struct KeyError {
    KeyErrorCode code;
    std::string message;  // without the key's name and without a place: the caller knows both
};

namespace detail {
/// Parses a whole decimal number; nothing else may follow.
std::expected<std::int64_t, KeyError> parse_bounded(std::string_view text, std::int64_t min, std::int64_t max);
std::expected<bool, KeyError> parse_bool(std::string_view text);
}  // namespace detail

/// Sets `config`'s member that stands behind the real name `name` from its text form. Returns `unmodelled` (and changes
/// nothing) for a key of the real system that has no effect here; an error for an unknown key or an unusable value.
template <class Config>
std::expected<KeySet, KeyError> set_key(Config& config, std::span<const ConfigKey<Config>> keys, std::string_view name,
                                        std::string_view text) {
    for (const auto& key : keys) {
        if (key.name != name) continue;
        if (std::holds_alternative<std::monostate>(key.field)) return KeySet::unmodelled;
        if (auto* field = std::get_if<bool Config::*>(&key.field)) {
            auto value = detail::parse_bool(text);
            if (!value) return std::unexpected(value.error());
            config.*(*field) = *value;
        } else if (auto* string_field = std::get_if<std::string Config::*>(&key.field)) {
            config.*(*string_field) = std::string(text);
        } else {
            auto value = detail::parse_bounded(text, key.min, key.max);
            if (!value) return std::unexpected(value.error());
            if (auto* number = std::get_if<std::int64_t Config::*>(&key.field))
                config.*(*number) = *value;
            else
                config.*(std::get<Millis Config::*>(key.field)) = Millis(*value);
        }
        return KeySet::set;
    }
    return std::unexpected(KeyError{KeyErrorCode::unknown_key, "unknown key"});
}

}  // namespace brokersim
