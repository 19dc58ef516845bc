#pragma once

#include <cstdint>
#include <string_view>

namespace brokersim::kafka {

/// Kafka's Utils.murmur2 over the bytes of a key (MurmurHash2, 32 bit, little-endian, seed 0x9747b28c).
std::int32_t murmur2(std::string_view key);
/// Utils.toPositive: drops the sign bit.
constexpr std::int32_t to_positive(std::int32_t number) { return number & 0x7fffffff; }

}  // namespace brokersim::kafka
