#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

namespace brokersim::live {

/// Bodies that unpack to more than this are given up on.
inline constexpr std::int64_t largest_unpacked = 256LL << 20;

/// Unpacks a message's body as its sysFlag says: bits 0x700 name zlib (0 and 3), LZ4 frames (1) or Zstandard (2). The
/// pieces go to `out` in order. False if the body is not of that kind, is cut short, or is too large unpacked.
bool decompress(std::int32_t sys_flag, std::span<const std::byte> body,
                const std::function<void(std::span<const std::byte>)>& out);

}  // namespace brokersim::live
