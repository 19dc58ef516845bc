#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace brokersim::scenario::audit {

/// Unpacks a body that a client compressed (a zlib stream) into `plain`. False if it is no such stream.
bool inflate_body(std::span<const std::byte> packed, std::vector<std::byte>& plain);

}  // namespace brokersim::scenario::audit
