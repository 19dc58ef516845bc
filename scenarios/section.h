#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/document.h"
#include "scenarios/findings.h"
#include "scenarios/keys.h"
#include "scenarios/scenario.h"

namespace brokersim::scenario {

/// One table of a scenario, read by the table of keys: kinds, defaults and ranges come from there. A value that cannot
/// be used is a finding, and reads as its default, or as nothing, so that reading goes on.
class Section {
public:
    /// `table` and `findings` must outlive this. Unknown and missing keys are found at once. With `name` "store", keys
    /// are RocketMQ's, and nobody's business here.
    Section(const Item& table, std::string_view name, Findings& findings);

    bool has(std::string_view key) const { return table_.find(key) != nullptr; }
    /// Where the value of `key` stands, or this table if it has none.
    Place place(std::string_view key) const;
    Place place() const { return table_.place; }

    /// Empty if it is missing.
    std::string text(std::string_view key);
    /// A word of the key's list; its default, or empty, if it is missing.
    std::string word(std::string_view key);
    std::int64_t integer(std::string_view key);
    std::int64_t size(std::string_view key);
    std::optional<std::int64_t> given_size(std::string_view key);
    Duration duration(std::string_view key);
    std::optional<std::int64_t> given_integer(std::string_view key);
    std::optional<Duration> given_duration(std::string_view key);
    /// In millionths.
    std::optional<std::int64_t> given_share(std::string_view key);
    std::optional<Rate> given_rate(std::string_view key);
    /// Of times in ns, or sizes in bytes.
    DistributionSpec distribution(std::string_view key);
    std::vector<std::string> texts(std::string_view key);
    /// The texts of the two sides, none of them empty, with their places; nothing if it is missing or wrong.
    struct PlacedText {
        std::string text;
        Place place;
    };
    std::optional<std::array<std::vector<PlacedText>, 2>> sides(std::string_view key);
    /// An exact number without a unit; 0 if it is missing.
    Rational number(std::string_view key);

    /// Calls `each` with the entries of a table; does nothing if it is missing. Entries have names and any values.
    void for_each(std::string_view key, const std::function<void(const Entry&)>& each);
    /// Checks that a whole number lies in the key's range.
    std::optional<std::int64_t> checked_integer(const KeySpec& key, const Item& item);
    void error(std::string_view key, std::string message) { findings_.error(place(key), std::move(message)); }

private:
    const KeySpec& spec(std::string_view key, KeyKind kind) const;
    /// Reports that `item` is none of what the key wants.
    void wrong_kind(const KeySpec& key, const Item& item);
    bool in_range(const KeySpec& key, std::int64_t value, Place place, std::string_view written);
    void unknown_key(const Entry& entry);
    /// One time or size; nothing after a finding.
    std::optional<std::int64_t> amount(const KeySpec& key, const Item& item);
    std::optional<DistributionSpec> distribution_of(const KeySpec& key, const Item& item);
    std::optional<DistributionSpec> distribution_table(const KeySpec& key, const Item& table);

    const Item& table_;
    std::string name_;
    Findings& findings_;
};

}  // namespace brokersim::scenario
