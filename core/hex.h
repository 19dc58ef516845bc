#pragma once

#include <array>
#include <cstdint>
#include <cstring>

namespace brokersim {

/// "00", "01" ... "FF", one after the other.
inline constexpr std::array<char, 512> hex_bytes = [] {
    constexpr char digits[] = "0123456789ABCDEF";
    std::array<char, 512> pairs{};
    for (std::size_t byte = 0; byte < 256; ++byte) {
        pairs[2 * byte] = digits[byte >> 4];
        pairs[2 * byte + 1] = digits[byte & 0xF];
    }
    return pairs;
}();

/// Writes the low `Bytes` bytes of `value` as upper-case hex, two digits for each; returns the end.
template <int Bytes>
char* put_hex(char* at, std::uint64_t value) {
    for (int byte = Bytes; byte-- > 0; at += 2) std::memcpy(at, &hex_bytes[2 * (value >> (8 * byte) & 0xFF)], 2);
    return at;
}

}  // namespace brokersim
