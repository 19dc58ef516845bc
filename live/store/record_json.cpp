#include "live/store/record_json.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/protocol/codes.h"
#include "core/store/properties.h"
#include "core/store/queue_builder.h"
#include "live/store/decompress.h"
#include "live/store/json_line.h"
#include "live/store/sha1.h"

namespace brokersim::live {
namespace {

constexpr std::size_t longest_hex_body = 64;  // bytes

std::string hex(std::span<const std::byte> bytes, bool upper) {
    std::string text;
    for (const std::byte byte : bytes)
        text += upper ? fmt::format("{:02X}", static_cast<unsigned>(byte))
                      : fmt::format("{:02x}", static_cast<unsigned>(byte));
    return text;
}

/// As Java prints a socket address: IPv6 in brackets, eight groups, none left out; an IPv4 address that is written as
/// an IPv6 one is IPv4 to it.
std::string host_text(const store::RecordHost& host) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned>(host.ip[i]); };
    const auto ipv4 = [&](std::size_t i) {
        return fmt::format("{}.{}.{}.{}:{}", byte(i), byte(i + 1), byte(i + 2), byte(i + 3), host.port);
    };
    if (!host.v6) return ipv4(0);
    const bool mapped = std::all_of(host.ip.begin(), host.ip.begin() + 10, [](auto b) { return b == std::byte{0}; }) &&
                        byte(10) == 0xFF && byte(11) == 0xFF;
    if (mapped) return ipv4(12);
    std::string text = "[";
    for (std::size_t i = 0; i < 16; i += 2)
        text += fmt::format("{}{:x}", i == 0 ? "" : ":", byte(i) << 8 | byte(i + 1));
    return fmt::format("{}]:{}", text, host.port);
}

/// Store host and position, in hexadecimal: the id by which a broker finds the record again.
std::string offset_id(const store::RecordHost& host, std::int64_t at) {
    return fmt::format("{}{:08X}{:016X}", hex(std::span(host.ip).first(host.v6 ? 16 : 4), true),
                       static_cast<std::uint32_t>(host.port), static_cast<std::uint64_t>(at));
}

std::string properties_json(std::string_view properties) {
    std::map<std::string_view, std::string_view> sorted;
    for (const auto& [name, value] : store::decode_properties(properties)) sorted.emplace(name, value);
    std::string text = "{";
    for (const auto& [name, value] : sorted)
        text += fmt::format("{}{}: {}", text.size() > 1 ? ", " : "", json_string(name), json_string(value));
    return text + "}";
}

/// Adds what the body unpacks to; false if it does not.
bool add_unpacked(JsonLine& line, const store::RecordView& record) {
    Sha1 sha1;
    std::int64_t size = 0;
    const bool unpacked = decompress(record.sys_flag(), record.body(), [&](std::span<const std::byte> piece) {
        sha1.add(piece);
        size += static_cast<std::int64_t>(piece.size());
    });
    if (unpacked)
        line.number("decompressedLen", size).text("decompressedSha1", sha1.hex());
    else
        line.null("decompressed");
    return unpacked;
}

/// An empty text counts as none.
void add_text_or_null(JsonLine& line, std::string_view key, std::string_view value) {
    if (value.empty())
        line.null(key);
    else
        line.text(key, value);
}

}  // namespace

std::string record_json(const store::RecordView& record, std::int64_t at, const store::DelayLevels& levels) {
    const std::string_view unique = store::find_property(record.properties(), store::property::uniq_key);
    const std::string id = offset_id(record.store_host(), at);
    JsonLine line("msg");
    line.number("phyOffset", at)
        .number("size", record.size())
        .text("magic", fmt::format("{:#x}", static_cast<std::uint32_t>(record.magic())))
        .text("topic", record.topic())
        .number("queueId", record.queue_id())
        .number("queueOffset", record.queue_offset().value)
        .number("physicalOffsetField", record.physical_offset().value)
        .number("flag", record.flag())
        .number("sysFlag", record.sys_flag())
        .number("bornTimestamp", record.born_timestamp())
        .text("bornHost", host_text(record.born_host()))
        .number("storeTimestamp", record.store_timestamp())
        .text("storeHost", host_text(record.store_host()))
        .number("bodyCRC", record.body_crc())
        .number("reconsumeTimes", record.reconsume_times())
        .number("preparedTransactionOffset", record.prepared_transaction_offset())
        .number("bodyLen", static_cast<std::int64_t>(record.body().size()))
        .text("bodySha1", sha1_hex(record.body()));
    if (record.body().size() <= longest_hex_body) line.text("bodyHex", hex(record.body(), false));
    const bool compressed = (record.sys_flag() & protocol::sys_flag::compressed) != 0 && !record.body().empty();
    const bool readable = !compressed || add_unpacked(line, record);
    line.raw("properties", properties_json(record.properties()));
    add_text_or_null(line, "propertiesString", record.properties());
    line.text("recordSha1", sha1_hex(record.bytes())).text("offsetMsgId", id);
    if (readable)
        line.text("msgId", unique.empty() ? std::string_view(id) : unique);
    else
        line.null("msgId");  // RocketMQ's client cannot decode it
    line.number("dispatchTagsCode", store::tags_code_of(record, levels));
    if (record.properties().empty())
        line.text("dispatchKeys", "");  // the dispatcher's text before it looks into properties
    else
        add_text_or_null(line, "dispatchKeys", store::find_property(record.properties(), store::property::keys));
    add_text_or_null(line, "dispatchUniqKey", unique);
    return line.finish();
}

}  // namespace brokersim::live
