#include "sim/checksum.h"

#if defined(__x86_64__)
#include <xxh_x86dispatch.h>  // XXH3_64bits becomes one that looks at the processor once
#else
#include <xxhash.h>
#endif

namespace brokersim::sim {

std::uint64_t checksum(std::span<const std::byte> bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

}  // namespace brokersim::sim
