#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/scenario.h"

/// A TOML text as a tree that remembers where everything stood, keeps the file's order, and can be changed and copied.
namespace brokersim::scenario {

/// Where something stands: in the file (source 0) or in the n-th override (source n); counted from 1.
struct Place {
    std::int32_t source = 0;
    std::int32_t line = 1;
    std::int32_t column = 1;

    auto operator<=>(const Place&) const = default;
};

struct Entry;

struct Item {
    enum class Kind : std::uint8_t { integer, decimal, boolean, text, date, list, table };
    Kind kind = Kind::table;
    Place place;
    std::int64_t integer = 0;
    bool boolean = false;
    std::string text;  // of a text; or a decimal's shortest digits
    std::vector<Item> list;
    std::vector<Entry> table;  // keys are unique; in the file's order

    /// The entry of a table; null if there is none (or this is no table).
    Entry* find(std::string_view key);
    const Entry* find(std::string_view key) const;
    /// The text of the entry `key`, or an empty one if it is missing or no text.
    std::string_view text_of(std::string_view key) const;
    /// Whether this is a list of tables only, as [[...]] makes.
    bool is_list_of_tables() const;
};

struct Entry {
    std::string key;
    Place place;  // of the key
    Item item;
};

/// What an author calls a thing of that kind: "a text", "a whole number", ...
std::string_view kind_words(Item::Kind kind);

struct SyntaxError {
    Place place;
    std::string message;
};

/// Parses a TOML document. The error is the first one: what follows a syntax error cannot be trusted. Also refuses what
/// is no text, and nesting deeper than any scenario needs. Places get the number `source`.
std::expected<Item, SyntaxError> parse_document(std::string_view text, std::int32_t source);

/// The value after the `=` of an override: TOML's syntax if it has that, else a text without quotes (`averagely`,
/// `5ms`).
Item parse_override_value(std::string_view text, std::int32_t source);

}  // namespace brokersim::scenario
