#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "scenarios/event.h"

/// Bodies of messages. They are made from (producer, sequence), so that whoever receives one can tell who sent it, when
/// it should have been sent, and whether every byte is as it was.
///
/// Layout, little-endian: u32 producer, u32 length xor magic, u64 sequence, i64 intended time (ns), then the 64-bit
/// words key + n * step, n = 0, 1, ..., with a key made of all that came before; the last word is cut to fit.
namespace brokersim::scenario {

/// No body is shorter than what identifies it.
inline constexpr std::size_t min_body_bytes = 24;

struct BodyIdentity {
    MessageId id;
    std::int64_t intended = 0;
};

/// Fills `body` (at least min_body_bytes).
void make_body(MessageId id, std::int64_t intended, std::span<std::byte> body);

/// Writes the first min_body_bytes only: for bodies whose rest is a hole.
void make_body_head(MessageId id, std::int64_t intended, std::span<std::byte> body);

/// Whom the first bytes name, without looking at the rest; nothing if they are not the beginning of a body of this
/// length.
std::optional<BodyIdentity> read_body_head(std::span<const std::byte> body);

/// Whom the body names, if every byte is as make_body wrote it. A changed name in a body of less than 32 bytes may go
/// unnoticed.
std::optional<BodyIdentity> check_body(std::span<const std::byte> body);

}  // namespace brokersim::scenario
