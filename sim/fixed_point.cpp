#include "sim/fixed_point.h"

#include <algorithm>
#include <array>
#include <bit>

#include "core/check.h"
#include "sim/normal_table.h"

namespace brokersim::sim {
namespace {

using Wide = unsigned __int128;

constexpr int node_bits = 10;
constexpr std::uint64_t nodes = 1ULL << node_bits;
constexpr std::uint64_t ln2_q32 = 2'977'044'472;  // 0.693147180560 * 2^32
constexpr std::int64_t largest = 1LL << 62;

constexpr std::uint64_t square_root(Wide value) {
    Wide low = 0;
    Wide high = Wide{1} << 64;
    while (high - low > 1) {
        const Wide middle = (low + high) / 2;
        (middle * middle <= value ? low : high) = middle;
    }
    return static_cast<std::uint64_t>(low);
}

/// 2^(i / nodes), 32 fraction bits, i in [0, nodes]: products of 2^(1/2), 2^(1/4), ... (62 fraction bits).
constexpr std::array<std::uint64_t, nodes + 1> make_powers() {
    std::array<std::uint64_t, node_bits> roots{};
    std::uint64_t root = 2ULL << 62;
    for (auto& kept : roots) {
        root = square_root(Wide{root} << 62);
        kept = root;
    }
    std::array<std::uint64_t, nodes + 1> powers{};
    for (std::uint64_t i = 0; i < nodes; ++i) {
        Wide product = Wide{1} << 62;
        for (int bit = 0; bit < node_bits; ++bit)
            if ((i >> (node_bits - 1 - bit) & 1) != 0) product = product * roots[static_cast<std::size_t>(bit)] >> 62;
        powers[i] = static_cast<std::uint64_t>((product + (Wide{1} << 29)) >> 30);
    }
    powers[nodes] = 2ULL << 32;
    return powers;
}

/// log2(1 + i / nodes), 32 fraction bits: one binary digit for each squaring.
constexpr std::array<std::uint64_t, nodes + 1> make_logarithms() {
    std::array<std::uint64_t, nodes + 1> logarithms{};
    for (std::uint64_t i = 1; i < nodes; ++i) {
        std::uint64_t x = (1ULL << 62) + (i << (62 - node_bits));
        std::uint64_t digits = 0;
        for (int bit = 0; bit < 33; ++bit) {
            const Wide squared = Wide{x} * x >> 62;
            const bool above = squared >= Wide{2} << 62;
            x = static_cast<std::uint64_t>(above ? squared >> 1 : squared);
            digits = digits << 1 | (above ? 1 : 0);
        }
        logarithms[i] = (digits + 1) >> 1;
    }
    logarithms[nodes] = 1ULL << 32;
    return logarithms;
}

constexpr std::array<std::uint64_t, nodes + 1> powers = make_powers();
constexpr std::array<std::uint64_t, nodes + 1> logarithms = make_logarithms();

/// Between table[i] and table[i + 1], at `fraction` / 2^32 of the way.
constexpr std::uint64_t between(const std::array<std::uint64_t, nodes + 1>& table, std::uint64_t i,
                                std::uint64_t fraction) {
    return table[i] + ((table[i + 1] - table[i]) * fraction >> 32);
}

}  // namespace

std::int64_t log2_q32(std::uint64_t value) {
    BROKERSIM_CHECK(value != 0, "logarithm of 0");
    const int zeros = std::countl_zero(value);
    const std::uint64_t mantissa = value << zeros << 1;  // the leading one is gone
    const std::uint64_t fraction = mantissa >> (32 - node_bits) & 0xFFFFFFFFU;
    const std::uint64_t part = between(logarithms, mantissa >> (64 - node_bits), fraction);
    return (static_cast<std::int64_t>(63 - zeros) << 32) + static_cast<std::int64_t>(part);
}

std::int64_t times_exp2(std::int64_t scale, std::int64_t exponent_q32) {
    BROKERSIM_CHECK(scale >= 0 && scale <= 1LL << 55, "scale {}", scale);
    const auto low = static_cast<std::uint64_t>(exponent_q32) & 0xFFFFFFFFU;
    const std::int64_t whole = exponent_q32 >> 32;
    const std::uint64_t power = between(powers, low >> (32 - node_bits), low << node_bits & 0xFFFFFFFFU);
    const std::int64_t shift = 32 - whole;
    if (scale < 1LL << 30 && shift > 0 && shift < 64) {  // the product is below 2^63, and what is added too
        const std::uint64_t product = static_cast<std::uint64_t>(scale) * power;
        return static_cast<std::int64_t>((product + (1ULL << (shift - 1))) >> shift);
    }
    const Wide product = Wide{static_cast<std::uint64_t>(scale)} * power;  // below 2^89
    if (whole >= 32)
        return whole - 32 > 38 || product << (whole - 32) >= largest
                   ? (product == 0 ? 0 : largest)
                   : static_cast<std::int64_t>(product << (whole - 32));
    if (shift > 96) return 0;
    const Wide rounded = (product + (Wide{1} << (shift - 1))) >> shift;
    return rounded >= largest ? largest : static_cast<std::int64_t>(rounded);
}

std::int64_t normal_quantile_q32(std::uint64_t draw) {
    const bool upper = draw >> 63 != 0;
    const std::uint64_t tail = upper ? ~draw + 1 : draw + 1;  // probability beyond, in 2^-64; [1, 2^63]
    std::int64_t quantile = 0;
    if (tail < 1ULL << 32) {
        quantile = normal_tail.front();
    } else if (tail < 1ULL << 63) {
        const int exponent = 63 - std::countl_zero(tail);
        const std::uint64_t mantissa = tail << (63 - exponent) << 1;
        const std::size_t node = static_cast<std::size_t>(exponent - 32) * 64 + (mantissa >> 58);
        const std::int64_t fraction = static_cast<std::int64_t>(mantissa >> 26 & 0xFFFFFFFFU);
        const std::int64_t fall = normal_tail[node] - normal_tail[node + 1];
        quantile = normal_tail[node] - (fall * fraction >> 32);
    }
    return (upper ? quantile : -quantile) * 16;  // 28 to 32 fraction bits
}

std::uint64_t exponential_quantile_q32(std::uint64_t draw) {
    if (draw == 0) return 0;
    const std::int64_t doublings = (64LL << 32) - log2_q32(~draw + 1);  // -log2(1 - q), q = draw / 2^64
    return static_cast<std::uint64_t>(Wide{static_cast<std::uint64_t>(doublings)} * ln2_q32 >> 32);
}

}  // namespace brokersim::sim
