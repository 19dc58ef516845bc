#include "sim/checksum.h"

// By SSE2 alone: the library's kernels for wider registers leave their upper halves in use, which makes the SSE
// instructions that follow several times as slow; and clearing them costs what they save on a few hundred bytes.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace brokersim::sim {

std::uint64_t checksum(std::span<const std::byte> bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

}  // namespace brokersim::sim
