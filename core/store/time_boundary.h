#pragma once

#include <cstdint>

namespace brokersim::store {

/// Which message answers a search by time: the first stored at or after it, or the last stored at or before it.
enum class TimeBoundary : std::uint8_t { lower, upper };

}  // namespace brokersim::store
