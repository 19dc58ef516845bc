#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

/// The auditor's own reading of RocketMQ's bytes: one record of a CommitLog, one unit of a ConsumeQueue.
namespace brokersim::scenario::audit {

/// A record's parts; the views point into the log.
struct Record {
    std::int32_t size = 0;
    std::int32_t body_crc = 0;
    std::int32_t queue_id = 0;
    std::int64_t queue_offset = 0;
    std::int64_t physical_offset = 0;
    std::int32_t sys_flag = 0;
    std::int64_t store_timestamp = 0;
    std::int32_t reconsume_times = 0;
    std::span<const std::byte> body;
    std::string_view topic;
    std::string_view properties;

    /// Prepared and rolled-back records of transactions take no place in a queue.
    bool in_queue() const { return (sys_flag & 0xC) != 0x4 && (sys_flag & 0xC) != 0xC; }
};

enum class RecordEnd : std::uint8_t {
    nothing,  // zeros: nothing was written here
    broken,   // something else than a record
};
struct ReadFailure {
    RecordEnd end = RecordEnd::nothing;
    std::string why;  // for people, if broken
};

/// What stands in one file of the log: a record, or the blank that fills the end of a file without room for the next
/// record (only `size` is set).
struct RecordOrBlank {
    Record record;
    bool blank = false;
};
/// Reads what stands at `at`. A record is returned if its lengths fit together; its CRC and its offsets are for the
/// caller to look at.
std::expected<RecordOrBlank, ReadFailure> read_record(std::span<const std::byte> file, std::size_t at);

/// CRC-32 of the stored body without its top bit, as records carry it; 0 for an empty body.
std::int32_t body_crc(std::span<const std::byte> body);

/// A property's value; empty if there is none. Of two with one name the later counts.
std::string_view property(std::string_view properties, std::string_view name);

/// Java's String.hashCode of a text in UTF-8.
std::int32_t java_hash(std::string_view text);

struct Unit {
    std::int64_t physical_offset = 0;
    std::int32_t size = 0;
    std::int64_t tags_code = 0;

    bool operator==(const Unit&) const = default;
    /// Fills the part of a file before a queue's first unit.
    bool filler() const { return physical_offset == 0 && size == INT32_MAX; }
};
inline constexpr std::size_t unit_bytes = 20;
/// `at` and the unit must lie inside.
Unit read_unit(std::span<const std::byte> file, std::size_t at);

}  // namespace brokersim::scenario::audit
