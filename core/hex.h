#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <boost/endian/conversion.hpp>

namespace brokersim {

/// Writes the low `Bytes` bytes (2, 4 or 8) of `value` as upper-case hex, two digits for each; returns the end.
template <int Bytes>
char* put_hex(char* at, std::uint64_t value) {
    static_assert(Bytes == 2 || Bytes == 4 || Bytes == 8);
    if constexpr (Bytes == 8) return put_hex<4>(put_hex<4>(at, value >> 32), value);
    // Eight digits at once, one in each byte of a word, the first in the highest.
    std::uint64_t digits = Bytes == 2 ? (value & 0xFFFF) << 16 : value & 0xFFFFFFFF;
    digits = (digits | digits << 16) & 0x0000FFFF0000FFFF;
    digits = (digits | digits << 8) & 0x00FF00FF00FF00FF;
    digits = (digits | digits << 4) & 0x0F0F0F0F0F0F0F0F;
    const std::uint64_t letters = (digits + 0x0606060606060606) >> 4 & 0x0101010101010101;
    digits += 0x3030303030303030 + letters * ('A' - '9' - 1);
    const std::uint64_t text = boost::endian::native_to_big(digits);
    std::memcpy(at, &text, 2 * Bytes);
    return at + 2 * Bytes;
}

}  // namespace brokersim
