#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/bytes.h"

/// RocketMQ's RemotingCommand: what every frame of the 4.x remoting wire format is before one knows what its fields
/// mean. `codec.h` turns commands into the structs of messages.h and back.
namespace brokersim::protocol {

/// What stands in the top byte of a frame's header length (SerializeType).
enum class HeaderFormat : std::uint8_t { json = 0, binary = 1 };

/// Codes of client languages (LanguageCode) that are written here; any other is kept as it came.
inline constexpr std::uint8_t language_java = 0;
inline constexpr std::uint8_t language_other = 7;

/// MQVersion ordinals that make a difference.
inline constexpr std::int32_t version_4_9_4 = 401;  // from here on, clients get standard JSON for routes
inline constexpr std::int32_t version_4_9_8 = 409;  // what this project says that it is

/// Bits of a command's flag.
inline constexpr std::int32_t flag_response = 1;
inline constexpr std::int32_t flag_one_way = 2;

/// NettyDecoder's limit for a frame, without its length field.
inline constexpr std::size_t max_frame_bytes = 16'777'216;

enum class DecodeErrorCode : std::uint8_t {
    truncated,        // the lengths say more than there is
    too_large,        // beyond max_frame_bytes
    bad_header,       // not a header of its format
    unknown_request,  // a code that is not modelled: answer REQUEST_CODE_NOT_SUPPORTED
    bad_field,        // a required header field is missing, or does not read as its type
    bad_body,         // the body is not what the code promises
    crc_mismatch,     // bodyCrc32 of a registration says otherwise
    unsupported,      // legal, but not modelled (SQL filters, IPv6 addresses, pop consumers ...)
};

struct DecodeError {
    DecodeErrorCode code;
    std::string what;  // for people
};

struct Command {
    HeaderFormat format = HeaderFormat::json;
    std::int32_t code = 0;
    std::uint8_t language = language_java;
    std::int32_t version = version_4_9_8;
    std::int32_t opaque = 0;
    std::int32_t flag = 0;
    std::optional<std::string> remark;
    std::vector<std::pair<std::string, std::string>> ext_fields;  // in the order of the wire
    Slice body;

    bool response() const { return (flag & flag_response) != 0; }
    bool one_way() const { return !response() && (flag & flag_one_way) != 0; }
    /// The value of an ext field, null if it is absent. Of a field that stands there twice, the last.
    const std::string* ext(std::string_view name) const;
};

/// Length of the frame that `bytes` begins with, its length field included; none while fewer than four bytes are
/// there. `too_large` or `bad_header` (a negative or senseless length) mean that the connection must be closed.
std::expected<std::optional<std::size_t>, DecodeError> frame_length(std::span<const std::byte> bytes);

/// Reads exactly one frame; the body shares the memory of `bytes`. Ext field values that are JSON numbers or booleans
/// become their text, nulls are absent, as the real decoder has it. Never reads outside `bytes`, whatever they are.
std::expected<Command, DecodeError> decode_command(const Slice& bytes);

/// Writes a command as RemotingCommand.encode() does, in its own format (keys of the JSON header in alphabetical order,
/// ext fields in theirs). In the binary format code and version lose what does not fit into 16 bits.
Slice encode_command(const Command& command);

}  // namespace brokersim::protocol
