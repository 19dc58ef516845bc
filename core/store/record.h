#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/store/big_endian.h"
#include "core/types.h"

/// One message as it lies in the CommitLog, in a pull's answer and in RocketMQ's own files, byte for byte (CommitLog,
/// MessageExtEncoder, MessageDecoder).
namespace brokersim::store {

inline constexpr std::int32_t magic_v1 = static_cast<std::int32_t>(0xDAA320A7U);     // topic length is 1 byte
inline constexpr std::int32_t magic_v2 = static_cast<std::int32_t>(0xDAA320ABU);     // topic length is 2 bytes
inline constexpr std::int32_t magic_blank = static_cast<std::int32_t>(0xCBD43194U);  // rest of a file is unused
inline constexpr std::int32_t blank_size = 8;  // what an end-of-file marker needs: size and magic
inline constexpr std::int32_t max_properties_size = 32'767;

/// The end point that a record names: 4 or 16 address bytes and a port.
struct RecordHost {
    std::array<std::byte, 16> ip{};  // network order; the first 4 for IPv4
    std::int32_t port = 0;
    bool v6 = false;

    RecordHost() = default;
    RecordHost(Address address);
    std::int32_t encoded_size() const { return v6 ? 20 : 8; }
    /// The address, if it is an IPv4 one.
    std::optional<Address> ipv4() const;
};

/// All fields of a record, to be encoded. The views must live until encode_record returns. Bits 0x10 and 0x20 of
/// `sys_flag` follow from the hosts and are set by the encoder.
struct RecordFields {
    std::int32_t magic = magic_v1;
    std::int32_t body_crc = 0;
    std::int32_t queue_id = 0;
    std::int32_t flag = 0;
    std::int64_t queue_offset = 0;
    std::int64_t physical_offset = 0;
    std::int32_t sys_flag = 0;
    std::int64_t born_timestamp = 0;
    RecordHost born_host;
    std::int64_t store_timestamp = 0;
    RecordHost store_host;
    std::int32_t reconsume_times = 0;
    std::int64_t prepared_transaction_offset = 0;
    std::span<const std::byte> body;
    std::string_view topic;
    std::string_view properties;
    bool property_crc = false;  // `properties` end with room for it (reserve_property_crc), and it is to be filled in
};

enum class RecordError : std::uint8_t {
    blank,      // not a message: the end-of-file marker
    truncated,  // it does not lie inside the bytes
    bad_magic,  // neither a message nor a marker (zeroed bytes, for one)
    bad_size,   // its parts do not add up to its size
};

/// A record in place: accessors read from the bytes, nothing is copied. Made by decode_record only, which has checked
/// that all of it lies inside the bytes. Valid as long as the bytes are.
class RecordView {
public:
    std::span<const std::byte> bytes() const { return {at_, static_cast<std::size_t>(size())}; }
    std::int32_t size() const { return load_big<std::int32_t>(at_); }
    std::int32_t magic() const { return load_big<std::int32_t>(at_ + 4); }
    std::int32_t body_crc() const { return load_big<std::int32_t>(at_ + 8); }
    std::int32_t queue_id() const { return load_big<std::int32_t>(at_ + 12); }
    std::int32_t flag() const { return load_big<std::int32_t>(at_ + 16); }
    QueueOffset queue_offset() const { return {load_big<std::int64_t>(at_ + 20)}; }
    PhysicalOffset physical_offset() const { return {load_big<std::int64_t>(at_ + 28)}; }
    std::int32_t sys_flag() const { return load_big<std::int32_t>(at_ + 36); }
    std::int64_t born_timestamp() const { return load_big<std::int64_t>(at_ + 40); }
    RecordHost born_host() const;
    std::int64_t store_timestamp() const { return load_big<std::int64_t>(at_ + store_time_at_); }
    RecordHost store_host() const;
    std::int32_t reconsume_times() const { return load_big<std::int32_t>(at_ + body_at_ - 16); }
    std::int64_t prepared_transaction_offset() const { return load_big<std::int64_t>(at_ + body_at_ - 12); }
    std::span<const std::byte> body() const { return {at_ + body_at_, static_cast<std::size_t>(body_size_)}; }
    std::string_view topic() const { return text(topic_at_, topic_size_); }
    std::string_view properties() const { return text(topic_at_ + topic_size_ + 2, properties_size_); }

    /// The same as fields, to be encoded again.
    RecordFields fields() const;

private:
    friend std::expected<RecordView, RecordError> decode_record(std::span<const std::byte>);
    RecordView() = default;
    std::string_view text(std::int32_t from, std::int32_t size) const {
        return {reinterpret_cast<const char*>(at_ + from), static_cast<std::size_t>(size)};
    }

    const std::byte* at_ = nullptr;
    std::int32_t store_time_at_ = 0;
    std::int32_t body_at_ = 0;
    std::int32_t body_size_ = 0;
    std::int32_t topic_at_ = 0;
    std::int32_t topic_size_ = 0;
    std::int32_t properties_size_ = 0;
};

/// Reads the record that begins `bytes` (which may go on behind it). Never reads outside `bytes`, whatever they hold.
/// Does not look at the checksum. The rules are those of CommitLog.checkMessageAndReturnSize.
std::expected<RecordView, RecordError> decode_record(std::span<const std::byte> bytes);

/// RocketMQ's body checksum: CRC-32 of the stored body with the top bit cleared, 0 for an empty one.
std::int32_t body_crc(std::span<const std::byte> body);
/// Whether the body is what its checksum says. A record without body has nothing to check.
bool body_intact(const RecordView& record);

/// The checksum over the whole record that a broker with enabledAppendPropCRC puts last into the properties; empty if
/// the record has none.
std::optional<std::int32_t> property_crc(const RecordView& record);
/// Appends the pair that is to hold that checksum to a properties string.
void reserve_property_crc(std::string& properties);
/// Whether that checksum fits the record; true if it has none.
bool property_crc_intact(const RecordView& record);

/// Size of the record that encode_record would write.
std::int32_t encoded_size(const RecordFields& fields);
/// Writes a record into `out`, whose size is encoded_size(fields). The topic's length must fit its magic's field, the
/// properties' size must not exceed max_properties_size.
void encode_record(const RecordFields& fields, std::span<std::byte> out);
/// Writes the end-of-file marker into `out` (8 bytes); `rest` bytes are left of the file, these eight among them.
void encode_blank(std::span<std::byte> out, std::int32_t rest);

}  // namespace brokersim::store
