#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The one table of everything that a scenario may say. The reader takes kinds, defaults and ranges from it, the
/// reference is printed from it: what is not here does not exist.
namespace brokersim::scenario {

enum class KeyKind : std::uint8_t {
    text,
    name,  // letters, digits, '-', '_', '%', '|', as RocketMQ allows for topics and groups
    integer,
    duration,
    size,
    rate,
    word,  // one of `words`
    node,
    sides,    // [A, B], each a text or a list of texts
    share,    // a part of a whole, "5%"; its range in millionths
    times,    // a distribution of durations
    sizes,    // a distribution of sizes
    number,   // exact decimal, perhaps with a unit
    range,    // list of two numbers
    moment,   // "EVENT", "EVENT+10s", "begin+1m", "end-1s", "30s"
    names,    // a text or a list of texts
    counts,   // table: name = whole number
    reasons,  // table: word = text
    config,   // table of real configuration keys
};

struct SectionSpec {
    std::string_view name;  // empty for keys before the first section
    bool list;              // written [[name]]; its elements are found by their names
    std::string_view about;
};

struct KeySpec {
    std::string_view section;
    std::string_view key;
    KeyKind kind;
    std::string_view about;
    std::string_view fallback = "";  // as a file would have it; empty: none
    bool required = false;
    std::int64_t min = 0;  // of integers; of durations in ns, of sizes in bytes, of shares in millionths
    std::int64_t max = INT64_MAX;
    std::vector<std::string> (*words)() = nullptr;
};

std::span<const SectionSpec> section_specs();
/// Null if there is no such section.
const SectionSpec* find_section(std::string_view name);

std::span<const KeySpec> key_specs();
/// Whether the key's value is a table whose entries are values of their own, which paths can reach.
bool holds_table(const KeySpec& key);
/// Null if the section has no such key.
const KeySpec* find_key(std::string_view section, std::string_view key);
std::vector<std::string> keys_of(std::string_view section);

/// "[hardware]", "[[topic]]", or "the scenario" for the keys before the first section.
std::string section_title(std::string_view section);
/// "a whole number", "a duration such as \"30s\"", ...
std::string_view kind_words(KeyKind kind);
/// "1..64", "1ms..30d", "256MiB or more"; empty where anything goes.
std::string range_words(const KeySpec& key);

/// The reference of all keys, actions, promises and words as Markdown.
std::string keys_reference();

}  // namespace brokersim::scenario
