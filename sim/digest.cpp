#include "sim/digest.h"

#include <type_traits>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace brokersim::sim {

static_assert(std::has_unique_object_representations_v<FoldRecord>, "padding would be folded");

void Digest::fold(const FoldRecord& record) { value_ = XXH3_64bits_withSeed(&record, sizeof record, value_); }

}  // namespace brokersim::sim
