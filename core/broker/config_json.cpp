#include "core/broker/config_json.h"

#include <iterator>

#include <fmt/format.h>

#include "core/check.h"
#include "core/protocol/json_text.h"

namespace brokersim::broker {

using protocol::JsonValue;

void ConfigText::begin_entry() {
    if (!std::exchange(first_, false)) text_ += ',';
    new_line();
}

void ConfigText::new_line() {
    text_ += '\n';
    text_.append(static_cast<std::size_t>(depth_), '\t');
}

void ConfigText::quoted(std::string_view text) {
    text_ += '"';
    const std::size_t begin = text_.size();
    text_.resize(begin + protocol::escaped_size(text));
    protocol::write_escaped(text_.data() + begin, text);
    text_ += '"';
}

void ConfigText::key(std::string_view name) {
    begin_entry();
    quoted(name);
    text_ += ':';
}

void ConfigText::number(std::string_view name, std::int64_t value) {
    key(name);
    fmt::format_to(std::back_inserter(text_), "{}", value);
}

void ConfigText::flag(std::string_view name, bool value) {
    key(name);
    text_ += value ? "true" : "false";
}

void ConfigText::string(std::string_view name, std::string_view value) {
    key(name);
    quoted(value);
}

void ConfigText::empty_object(std::string_view name) {
    key(name);
    text_ += "{}";
}

void ConfigText::number(std::int64_t name, std::int64_t value) {
    begin_entry();
    fmt::format_to(std::back_inserter(text_), "{}:{}", name, value);
}

void ConfigText::version(const protocol::DataVersion& version) {
    open("dataVersion");
    number("counter", version.counter);
    number("stateVersion", version.state_version);
    number("timestamp", version.timestamp);
    close();
}

void ConfigText::open(std::string_view name) {
    key(name);
    text_ += '{';
    ++depth_;
    first_ = true;
}

void ConfigText::close() {
    BROKERSIM_CHECK(depth_ > 0, "an object is closed twice");
    --depth_;
    if (!std::exchange(first_, false)) new_line();
    text_ += '}';
}

std::string ConfigText::finish() {
    close();
    BROKERSIM_CHECK(depth_ == 0, "{} objects are still open", depth_);
    return std::move(text_);
}

std::expected<JsonValue, std::string> read_config(std::string_view text) {
    auto value = protocol::read_json(text);
    if (!value) return std::unexpected("not JSON");
    if (value->kind != JsonValue::Kind::object) return std::unexpected("not a JSON object");
    return std::move(*value);
}

std::span<const protocol::JsonMember> members_at(const JsonValue& object, std::string_view key) {
    const JsonValue* found = object.find(key);
    if (found == nullptr || found->kind != JsonValue::Kind::object) return {};
    return found->members;
}

bool flag_at(const JsonValue& object, std::string_view key, bool otherwise) {
    const JsonValue* found = object.find(key);
    return found == nullptr ? otherwise : found->as_bool().value_or(otherwise);
}

protocol::DataVersion version_at(const JsonValue& root, const protocol::DataVersion& otherwise) {
    const JsonValue* found = root.find("dataVersion");
    if (found == nullptr || found->kind != JsonValue::Kind::object) return otherwise;
    return {.state_version = number_at<std::int64_t>(*found, "stateVersion", 0),
            .timestamp = number_at<std::int64_t>(*found, "timestamp", 0),
            .counter = number_at<std::int64_t>(*found, "counter", 0)};
}

}  // namespace brokersim::broker
