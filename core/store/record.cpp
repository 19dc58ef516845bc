#include "core/store/record.h"

#include <algorithm>
#include <cstring>

#include "core/check.h"
#include "core/crc32.h"
#include "core/protocol/codes.h"
#include "core/store/properties.h"

namespace brokersim::store {
namespace {

constexpr std::int32_t fixed_size = 48 + 8 + 16;  // up to the born host; its store time; what follows the store host
constexpr std::size_t crc_digits = 10;
constexpr std::size_t property_crc_size = 20;  // name, 0x01, ten digits, 0x02

std::int32_t host_size(std::int32_t sys_flag, std::int32_t bit) { return (sys_flag & bit) != 0 ? 20 : 8; }

RecordHost load_host(const std::byte* at, bool v6) {
    RecordHost host;
    host.v6 = v6;
    const std::size_t ip_size = v6 ? 16 : 4;
    std::memcpy(host.ip.data(), at, ip_size);
    host.port = load_big<std::int32_t>(at + ip_size);
    return host;
}

std::byte* save_host(std::byte* at, const RecordHost& host) {
    if (host.v6) {
        std::memcpy(at, host.ip.data(), 16);
        save_big(at + 16, host.port);
        return at + 20;
    }
    std::memcpy(at, host.ip.data(), 4);
    save_big(at + 4, host.port);
    return at + 8;
}

std::byte* save_bytes(std::byte* at, const void* from, std::size_t size) {
    if (size > 0) std::memcpy(at, from, size);
    return at + size;
}

/// The ten digits of a property CRC: least significant first, zeros behind. Empty if there is another character.
std::optional<std::int32_t> parse_reversed(std::string_view digits) {
    std::int64_t value = 0;
    for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
        if (*digit < '0' || *digit > '9') return std::nullopt;
        value = value * 10 + (*digit - '0');
    }
    if (value > INT32_MAX) return std::nullopt;
    return static_cast<std::int32_t>(value);
}

/// Fills in the ten digits that end a record: least significant first, zeros behind.
void save_property_crc(std::span<std::byte> record) {
    std::uint32_t value = crc32(record.first(record.size() - property_crc_size)) & 0x7FFFFFFFU;
    std::byte* digits = record.data() + record.size() - crc_digits - 1;
    for (std::size_t i = 0; i < crc_digits; ++i, value /= 10) digits[i] = static_cast<std::byte>('0' + value % 10);
}

}  // namespace

RecordHost::RecordHost(Address address) : port(address.port) {
    save_big(ip.data(), static_cast<std::int32_t>(address.ip));
}

std::optional<Address> RecordHost::ipv4() const {
    if (v6) return std::nullopt;
    return Address{static_cast<std::uint32_t>(load_big<std::int32_t>(ip.data())), static_cast<std::uint16_t>(port)};
}

RecordHost RecordView::born_host() const {
    return load_host(at_ + 48, (sys_flag() & protocol::sys_flag::born_host_v6) != 0);
}

RecordHost RecordView::store_host() const {
    return load_host(at_ + store_time_at_ + 8, (sys_flag() & protocol::sys_flag::store_host_v6) != 0);
}

RecordFields RecordView::fields() const {
    return {.magic = magic(),
            .body_crc = body_crc(),
            .queue_id = queue_id(),
            .flag = flag(),
            .queue_offset = queue_offset().value,
            .physical_offset = physical_offset().value,
            .sys_flag = sys_flag(),
            .born_timestamp = born_timestamp(),
            .born_host = born_host(),
            .store_timestamp = store_timestamp(),
            .store_host = store_host(),
            .reconsume_times = reconsume_times(),
            .prepared_transaction_offset = prepared_transaction_offset(),
            .body = body(),
            .topic = topic(),
            .properties = properties()};
}

std::expected<RecordView, RecordError> decode_record(std::span<const std::byte> bytes) {
    if (bytes.size() < static_cast<std::size_t>(blank_size)) return std::unexpected(RecordError::truncated);
    RecordView record;
    record.at_ = bytes.data();
    const std::int32_t magic = record.magic();
    if (magic == magic_blank) return std::unexpected(RecordError::blank);
    if (magic != magic_v1 && magic != magic_v2) return std::unexpected(RecordError::bad_magic);

    const auto room = static_cast<std::int64_t>(bytes.size());
    std::int64_t at = 40;
    if (at > room) return std::unexpected(RecordError::truncated);
    record.store_time_at_ = 48 + host_size(record.sys_flag(), protocol::sys_flag::born_host_v6);
    record.body_at_ = record.store_time_at_ + 8 + host_size(record.sys_flag(), protocol::sys_flag::store_host_v6) + 16;
    at = record.body_at_;
    if (at > room) return std::unexpected(RecordError::truncated);
    // A body or properties of negative size count as absent, as in the real reader.
    record.body_size_ = std::max(0, load_big<std::int32_t>(record.at_ + at - 4));
    at += record.body_size_;

    const std::int64_t length_size = magic == magic_v1 ? 1 : 2;
    if (at + length_size > room) return std::unexpected(RecordError::truncated);
    record.topic_size_ =
        magic == magic_v1 ? load_big<std::int8_t>(record.at_ + at) : load_big<std::int16_t>(record.at_ + at);
    if (record.topic_size_ < 0) return std::unexpected(RecordError::bad_size);
    at += length_size;
    record.topic_at_ = static_cast<std::int32_t>(at);
    at += record.topic_size_ + 2;
    if (at > room) return std::unexpected(RecordError::truncated);
    record.properties_size_ = std::max<std::int32_t>(0, load_big<std::int16_t>(record.at_ + at - 2));
    at += record.properties_size_;
    if (at > room) return std::unexpected(RecordError::truncated);
    if (at != record.size()) return std::unexpected(RecordError::bad_size);
    return record;
}

std::int32_t body_crc(std::span<const std::byte> body) {
    return static_cast<std::int32_t>(body.empty() ? 0 : crc32(body) & 0x7FFFFFFFU);
}

bool body_intact(const RecordView& record) {
    return record.body().empty() || body_crc(record.body()) == record.body_crc();
}

std::optional<std::int32_t> property_crc(const RecordView& record) {
    const auto properties = record.properties();
    if (properties.size() < property_crc_size || properties.back() != '\x02') return std::nullopt;
    const auto last = properties.substr(properties.size() - property_crc_size);
    if (!last.starts_with(property::crc) || last[property::crc.size()] != '\x01') return std::nullopt;
    return parse_reversed(last.substr(property::crc.size() + 1, 10));
}

bool property_crc_intact(const RecordView& record) {
    const auto stored = property_crc(record);
    if (!stored) return true;
    const auto covered = record.bytes().first(record.bytes().size() - property_crc_size);
    return static_cast<std::int32_t>(crc32(covered) & 0x7FFFFFFFU) == *stored;
}

void reserve_property_crc(std::string& properties) {
    append_property(properties, property::crc, std::string_view("0000000000", crc_digits));
}

std::int32_t encoded_size(const RecordFields& fields) {
    return fixed_size + fields.born_host.encoded_size() + fields.store_host.encoded_size() +
           static_cast<std::int32_t>(fields.body.size()) + (fields.magic == magic_v2 ? 2 : 1) +
           static_cast<std::int32_t>(fields.topic.size()) + 2 + static_cast<std::int32_t>(fields.properties.size());
}

void encode_record(const RecordFields& fields, std::span<std::byte> out) {
    const auto size = static_cast<std::int32_t>(out.size());
    BROKERSIM_CHECK(size == encoded_size(fields), "{} bytes for a record of {}", size, encoded_size(fields));
    const bool v2 = fields.magic == magic_v2;
    BROKERSIM_CHECK(fields.topic.size() <= (v2 ? 32'767U : 127U), "a topic of {} bytes", fields.topic.size());
    BROKERSIM_CHECK(fields.properties.size() <= static_cast<std::size_t>(max_properties_size), "properties of {} bytes",
                    fields.properties.size());
    std::int32_t sys_flag = fields.sys_flag & ~(protocol::sys_flag::born_host_v6 | protocol::sys_flag::store_host_v6);
    if (fields.born_host.v6) sys_flag |= protocol::sys_flag::born_host_v6;
    if (fields.store_host.v6) sys_flag |= protocol::sys_flag::store_host_v6;

    std::byte* at = out.data();
    save_big(at, size);
    save_big(at + 4, fields.magic);
    save_big(at + 8, fields.body_crc);
    save_big(at + 12, fields.queue_id);
    save_big(at + 16, fields.flag);
    save_big(at + 20, fields.queue_offset);
    save_big(at + 28, fields.physical_offset);
    save_big(at + 36, sys_flag);
    save_big(at + 40, fields.born_timestamp);
    at = save_host(at + 48, fields.born_host);
    save_big(at, fields.store_timestamp);
    at = save_host(at + 8, fields.store_host);
    save_big(at, fields.reconsume_times);
    save_big(at + 4, fields.prepared_transaction_offset);
    save_big(at + 12, static_cast<std::int32_t>(fields.body.size()));
    at = save_bytes(at + 16, fields.body.data(), fields.body.size());
    if (v2)
        save_big(at, static_cast<std::int16_t>(fields.topic.size()));
    else
        save_big(at, static_cast<std::int8_t>(fields.topic.size()));
    at = save_bytes(at + (v2 ? 2 : 1), fields.topic.data(), fields.topic.size());
    save_big(at, static_cast<std::int16_t>(fields.properties.size()));
    save_bytes(at + 2, fields.properties.data(), fields.properties.size());
    if (fields.property_crc) save_property_crc(out);
}

void encode_blank(std::span<std::byte> out, std::int32_t rest) {
    BROKERSIM_CHECK(out.size() == static_cast<std::size_t>(blank_size) && rest >= blank_size, "no room for a marker");
    save_big(out.data(), rest);
    save_big(out.data() + 4, magic_blank);
}

}  // namespace brokersim::store
