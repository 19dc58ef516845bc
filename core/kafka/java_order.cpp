#include "core/kafka/java_order.h"

#include <algorithm>

namespace brokersim::kafka {

int java_compare(std::string_view a, std::string_view b) {
    const std::size_t common = std::min(a.size(), b.size());
    for (std::size_t i = 0; i < common; ++i) {
        if (a[i] == b[i]) continue;
        const auto left = static_cast<unsigned char>(a[i]);
        const auto right = static_cast<unsigned char>(b[i]);
        // A four-byte character is a surrogate pair in UTF-16 (0xD800...), which sorts before U+E000..U+FFFF, whose
        // UTF-8 begins with 0xEE or 0xEF.
        constexpr unsigned char four_bytes = 0xF0;
        constexpr unsigned char private_use = 0xEE;
        if (left >= private_use && right >= private_use && (left >= four_bytes) != (right >= four_bytes))
            return left >= four_bytes ? -1 : 1;
        return left < right ? -1 : 1;
    }
    return a.size() == b.size() ? 0 : a.size() < b.size() ? -1 : 1;
}

}  // namespace brokersim::kafka
