#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace brokersim {

/// CRC-32 (IEEE 802.3, as zlib's) of bytes, by ISA-L.
std::uint32_t crc32(std::span<const std::byte> bytes);

}  // namespace brokersim
