#pragma once

#include <cstdint>
#include <string_view>

#include "core/java_hash.h"

/// The bytes of an IndexFile: a header, `slots` hash slots of 4 bytes, then entries of 20 bytes. Entry 0 is never used,
/// and a slot or a link of 0 means "none".
namespace brokersim::store::index_format {

inline constexpr std::int64_t header_size = 40;
inline constexpr std::int64_t begin_time_at = 0;     // i64, ms
inline constexpr std::int64_t end_time_at = 8;       // i64, ms
inline constexpr std::int64_t begin_offset_at = 16;  // i64, in the CommitLog
inline constexpr std::int64_t end_offset_at = 24;    // i64
inline constexpr std::int64_t slots_used_at = 32;    // i32
inline constexpr std::int64_t count_at = 36;         // i32: number of the next free entry, so it starts at 1

inline constexpr std::int64_t slot_size = 4;  // i32: the newest entry whose hash falls here

inline constexpr std::int64_t entry_size = 20;
inline constexpr std::int64_t entry_hash_at = 0;       // i32
inline constexpr std::int64_t entry_offset_at = 4;     // i64, in the CommitLog
inline constexpr std::int64_t entry_seconds_at = 12;   // i32, since the file's begin time
inline constexpr std::int64_t entry_previous_at = 16;  // i32: the next older entry of the slot

constexpr std::int64_t slot_at(std::int64_t slot) { return header_size + slot * slot_size; }
constexpr std::int64_t entry_at(std::int64_t slots, std::int64_t entry) {
    return header_size + slots * slot_size + entry * entry_size;
}
/// Bytes of a file with `slots` slots and room for entries 0 .. `entries` - 1.
constexpr std::int64_t file_size(std::int64_t slots, std::int64_t entries) { return entry_at(slots, entries); }

/// What the index keeps of Java's hash of a key string ("topic#key"): its absolute value, 0 for the one that has none.
constexpr std::int32_t stored_hash(std::int32_t hash) { return hash == INT32_MIN ? 0 : hash < 0 ? -hash : hash; }
inline std::int32_t key_hash(std::string_view key) { return stored_hash(java_hash(key)); }

}  // namespace brokersim::store::index_format
