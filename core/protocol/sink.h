#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "core/bytes.h"
#include "core/check.h"
#include "core/protocol/json_text.h"

/// Where encoders write to. Each encoder is one template over a sink: with a CountingSink it says how many bytes it
/// would write, with a ByteSink it writes them, so that the two cannot disagree.
namespace brokersim::protocol {

inline constexpr std::array<std::uint64_t, 20> powers_of_ten = [] {
    std::array<std::uint64_t, 20> powers{1};
    for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
    return powers;
}();

/// Bytes that `number` takes in decimal, its minus sign included.
constexpr std::size_t decimal_size(std::int64_t number) {
    const bool negative = number < 0;
    const std::uint64_t magnitude =
        (negative ? ~static_cast<std::uint64_t>(number) + 1 : static_cast<std::uint64_t>(number)) | 1;
    // 1233 / 4096 is a little more than log10(2): this is the number of digits, or one less.
    const std::size_t digits = static_cast<std::size_t>(std::bit_width(magnitude)) * 1233 >> 12;
    return digits + (magnitude >= powers_of_ten[digits] ? 1 : 0) + (negative ? 1 : 0);
}

/// Counts what would be written.
class CountingSink {
public:
    std::size_t size() const { return size_; }

    /// So many bytes that were counted before.
    void skip(std::size_t bytes) { size_ += bytes; }
    void text(std::string_view text) { size_ += text.size(); }
    void bytes(std::span<const std::byte> bytes) { size_ += bytes.size(); }
    void decimal(std::int64_t number) { size_ += decimal_size(number); }
    /// The inside of a JSON string.
    void escaped(std::string_view text) { size_ += escaped_size(text); }
    /// A big-endian integer.
    template <std::integral Integer>
    void integer(Integer) {
        size_ += sizeof(Integer);
    }

private:
    std::size_t size_ = 0;
};

/// Writes into memory of the exact size that a CountingSink found.
class ByteSink {
public:
    explicit ByteSink(std::span<std::byte> room) : room_(room) {}
    std::size_t left() const { return room_.size(); }

    void text(std::string_view text) { bytes(as_bytes(text)); }
    void bytes(std::span<const std::byte> bytes) {
        BROKERSIM_CHECK(bytes.size() <= room_.size(), "{} bytes do not fit into {}", bytes.size(), room_.size());
        if (!bytes.empty()) std::memcpy(room_.data(), bytes.data(), bytes.size());
        room_ = room_.subspan(bytes.size());
    }
    void decimal(std::int64_t number);
    void escaped(std::string_view text);
    template <std::integral Integer>
    void integer(Integer value) {
        std::byte raw[sizeof(Integer)];
        for (std::size_t i = sizeof(Integer); i-- > 0;) {
            raw[i] = static_cast<std::byte>(value & 0xFF);
            if constexpr (sizeof(Integer) > 1) value = static_cast<Integer>(value >> 8);
        }
        bytes(raw);
    }

private:
    std::span<std::byte> room_;
};

}  // namespace brokersim::protocol
