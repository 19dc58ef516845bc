#include "core/crc32.h"

#include <isa-l/crc.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace brokersim {

#ifdef __x86_64__
namespace {

/// ISA-L leaves the upper halves of the vector registers in use, and as long as they are, SSE instructions (most of
/// what a compiler makes of this program) cost several times as much.
__attribute__((target("avx"))) void clear_upper_halves() { _mm256_zeroupper(); }

}  // namespace
#endif

std::uint32_t crc32(std::span<const std::byte> bytes) {
    const std::uint32_t crc = crc32_gzip_refl(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
#ifdef __x86_64__
    static const bool avx = __builtin_cpu_supports("avx") != 0;
    if (avx) clear_upper_halves();
#endif
    return crc;
}

}  // namespace brokersim
