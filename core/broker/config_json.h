#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "core/protocol/json_reader.h"
#include "core/protocol/messages.h"

/// The JSON of RocketMQ's config files: what fastjson 1.2 writes with PrettyFormat (indented with tabs, integer keys
/// without quotes), and reading of the same.
namespace brokersim::broker {

/// Builds the text of one object, key by key in the order of the calls.
class ConfigText {
public:
    ConfigText() : text_("{") {}

    void number(std::string_view key, std::int64_t value);
    void flag(std::string_view key, bool value);
    void string(std::string_view key, std::string_view value);
    void empty_object(std::string_view key);
    /// An entry of a map with integer keys.
    void number(std::int64_t key, std::int64_t value);
    void version(const protocol::DataVersion& version);
    /// Begins an object that is the value of `key`; close() ends it.
    void open(std::string_view key);
    void close();
    /// Ends the outermost object; the builder is used up.
    std::string finish();

private:
    void key(std::string_view name);
    void quoted(std::string_view text);
    void begin_entry();
    void new_line();

    std::string text_;
    int depth_ = 1;
    bool first_ = true;
};

/// Reads a config file's text; anything but one object is an error.
std::expected<protocol::JsonValue, std::string> read_config(std::string_view text);

/// Members of an object, or what stands in for those that are missing or of another type.
std::span<const protocol::JsonMember> members_at(const protocol::JsonValue& object, std::string_view key);
bool flag_at(const protocol::JsonValue& object, std::string_view key, bool otherwise);
template <class Int>
Int number_at(const protocol::JsonValue& object, std::string_view key, Int otherwise) {
    const protocol::JsonValue* found = object.find(key);
    if (found == nullptr) return otherwise;
    const auto value = found->as_int64();
    return value && std::in_range<Int>(*value) ? static_cast<Int>(*value) : otherwise;
}
protocol::DataVersion version_at(const protocol::JsonValue& root, const protocol::DataVersion& otherwise);

}  // namespace brokersim::broker
