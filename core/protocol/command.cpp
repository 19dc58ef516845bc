#include "core/protocol/command.h"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

#include "core/protocol/header.h"
#include "core/protocol/json_reader.h"
#include "core/protocol/wire_reader.h"

namespace brokersim::protocol {

namespace {

constexpr std::array<std::string_view, 14> language_names = {"JAVA",   "CPP",  "DOTNET", "PYTHON", "DELPHI",
                                                             "ERLANG", "RUBY", "OTHER",  "HTTP",   "GO",
                                                             "PHP",    "OMS",  "RUST",   "NODE_JS"};

std::unexpected<DecodeError> bad_header(std::string what) {
    return std::unexpected(DecodeError{DecodeErrorCode::bad_header, std::move(what)});
}

std::uint8_t language_of(const JsonValue& value) {
    const auto name = std::find(language_names.begin(), language_names.end(), value.text);
    return name == language_names.end() ? language_other : static_cast<std::uint8_t>(name - language_names.begin());
}

/// Reads an optional integer of the header; false if it is there and is none.
bool read_integer(const JsonValue& header, std::string_view key, std::int32_t& out) {
    const JsonValue* value = header.find(key);
    if (value == nullptr) return true;
    const auto number = value->as_int32();
    if (number) out = *number;
    return number.has_value();
}

std::expected<void, DecodeError> read_json_header(std::string_view text, Command& command) {
    const auto header = read_json(text);
    if (!header || header->kind != JsonValue::Kind::object) return bad_header("the header is not a JSON object");
    command.version = 0;
    if (header->find("code") == nullptr) return bad_header("the header has no code");
    if (!read_integer(*header, "code", command.code) || !read_integer(*header, "version", command.version) ||
        !read_integer(*header, "opaque", command.opaque) || !read_integer(*header, "flag", command.flag))
        return bad_header("code, version, opaque or flag is not a 32-bit integer");
    if (const JsonValue* language = header->find("language")) command.language = language_of(*language);
    if (const JsonValue* remark = header->find("remark")) command.remark = remark->text;
    const JsonValue* fields = header->find("extFields");
    if (fields == nullptr) return {};
    if (fields->kind != JsonValue::Kind::object) return bad_header("extFields is not an object");
    for (const auto& [key, value] : fields->members) {
        if (value.kind == JsonValue::Kind::null) continue;
        if (value.kind == JsonValue::Kind::array || value.kind == JsonValue::Kind::object)
            return bad_header(fmt::format("ext field {} is not a scalar", key.text));
        command.ext_fields.emplace_back(key.text, value.text);
    }
    return {};
}

std::expected<void, DecodeError> read_binary_header(std::span<const std::byte> bytes, Command& command) {
    WireReader reader(bytes);
    command.code = reader.integer<std::int16_t>();
    command.language = reader.integer<std::uint8_t>();
    command.version = reader.integer<std::int16_t>();
    command.opaque = reader.integer<std::int32_t>();
    command.flag = reader.integer<std::int32_t>();
    if (const auto remark = reader.text(reader.integer<std::int32_t>()); !remark.empty()) command.remark = remark;
    WireReader ext(reader.bytes(reader.integer<std::int32_t>()));
    while (ext.ok() && !ext.at_end()) {
        const auto key = ext.text(ext.integer<std::int16_t>());
        const auto value = ext.text(ext.integer<std::int32_t>());
        if (ext.ok()) command.ext_fields.emplace_back(key, value);
    }
    if (!reader.ok() || !ext.ok() || !reader.at_end()) return bad_header("the binary header's lengths do not fit");
    return {};
}

// Writes a command's ext fields in the way of its format.
struct CommandFields {
    template <class Fields>
    void operator()(Fields& fields) const {
        for (const auto& [key, value] : command.ext_fields) fields.put_escaped(key, value);
    }
    const Command& command;
};

}  // namespace

const std::string* Command::ext(std::string_view name) const {
    const auto found =
        std::find_if(ext_fields.rbegin(), ext_fields.rend(), [name](const auto& field) { return field.first == name; });
    return found == ext_fields.rend() ? nullptr : &found->second;
}

std::expected<std::optional<std::size_t>, DecodeError> frame_length(std::span<const std::byte> bytes) {
    WireReader reader(bytes);
    const auto length = reader.integer<std::int32_t>();
    if (!reader.ok()) return std::nullopt;
    if (length < 4) return bad_header(fmt::format("a frame of {} bytes", length));
    if (static_cast<std::size_t>(length) > max_frame_bytes)
        return std::unexpected(DecodeError{DecodeErrorCode::too_large, fmt::format("a frame of {} bytes", length)});
    return 4 + static_cast<std::size_t>(length);
}

std::expected<Command, DecodeError> decode_command(const Slice& bytes) {
    const auto length = frame_length(bytes.bytes);
    if (!length) return std::unexpected(length.error());
    if (!*length || **length > bytes.size())
        return std::unexpected(DecodeError{DecodeErrorCode::truncated, "the frame ends before its length"});
    if (**length < bytes.size()) return bad_header("bytes follow the frame");
    WireReader reader(bytes.bytes.subspan(4));
    const auto mark = reader.integer<std::uint32_t>();
    const auto header = reader.bytes(static_cast<std::int32_t>(mark & 0x00FF'FFFF));
    if (!reader.ok())
        return std::unexpected(DecodeError{DecodeErrorCode::truncated, "the frame ends inside its header"});
    if (mark >> 24 > 1) return bad_header(fmt::format("unknown serialize type {}", mark >> 24));

    Command command;
    command.format = static_cast<HeaderFormat>(mark >> 24);
    const auto read = command.format == HeaderFormat::json
                          ? read_json_header({reinterpret_cast<const char*>(header.data()), header.size()}, command)
                          : read_binary_header(header, command);
    if (!read) return std::unexpected(read.error());
    command.body = {bytes.owner, reader.rest()};
    return command;
}

Slice encode_command(const Command& command) {
    const HeaderStart start{.code = command.code,
                            .language = command.language,
                            .version = command.version,
                            .opaque = command.opaque,
                            .flag = command.flag,
                            .remark = command.remark ? std::optional<std::string_view>(*command.remark) : std::nullopt};
    return write_frame(command.format, start, CommandFields{command},
                       [&](auto& sink) { sink.bytes(command.body.bytes); });
}

std::string_view language_name(std::uint8_t language) {
    return language_names[language < language_names.size() ? language : language_other];
}

}  // namespace brokersim::protocol
