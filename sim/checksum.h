#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace brokersim::sim {

/// 64-bit checksum of bytes (XXH3).
std::uint64_t checksum(std::span<const std::byte> bytes);

}  // namespace brokersim::sim
