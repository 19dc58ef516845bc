#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// A reader of JSON as fastjson writes it: besides standard JSON, integers without quotes and whole objects may stand
/// in the place of a key. For the edge of the world, where nothing is hot and any bytes may come.
namespace brokersim::protocol {

struct JsonMember;

struct JsonValue {
    enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

    Kind kind = Kind::null;
    std::string text;  // a string's content (UTF-8); a number or boolean as it was written
    std::vector<JsonValue> items;
    std::vector<JsonMember> members;  // in the order of the text

    /// The member of an object with that text as its key; null if there is none, or if its value is null. Of several,
    /// the last.
    const JsonValue* find(std::string_view key) const;
    /// A number (or a string that is one, which fastjson takes too) without fraction that fits.
    std::optional<std::int64_t> as_int64() const;
    std::optional<std::int32_t> as_int32() const;
    std::optional<bool> as_bool() const;
};

struct JsonMember {
    JsonValue key;  // a string, a number or an object
    JsonValue value;
};

/// None if `text` is anything but one value: at most 32 levels deep, at most a million values.
std::optional<JsonValue> read_json(std::string_view text);

}  // namespace brokersim::protocol
