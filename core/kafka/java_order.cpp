#include "core/kafka/java_order.h"

#include <algorithm>
#include <bit>
#include <functional>

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

std::vector<std::int32_t> java_set_order(const std::vector<std::int32_t>& numbers) {
    constexpr std::size_t default_capacity = 16;
    const std::size_t capacity = std::bit_ceil(std::max(numbers.size() * 4 / 3 + 1, default_capacity));
    const auto bucket = [capacity](std::int32_t number) {
        const auto hash = static_cast<std::uint32_t>(number);
        return (hash ^ hash >> 16) & (capacity - 1);
    };
    std::vector<std::int32_t> order = numbers;
    if (std::is_sorted(numbers.begin(), numbers.end(), std::less_equal<>()) &&
        (numbers.empty() || (numbers.front() >= 0 && static_cast<std::size_t>(numbers.back()) < capacity)))
        return order;
    std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) { return bucket(a) < bucket(b); });
    // Equal numbers are in one bucket, where the first of them counts.
    std::size_t kept = 0;
    for (const std::int32_t number : order) {
        bool seen = false;
        for (std::size_t i = kept; i > 0 && bucket(order[i - 1]) == bucket(number) && !seen; --i)
            seen = order[i - 1] == number;
        if (!seen) order[kept++] = number;
    }
    order.resize(kept);
    return order;
}

}  // namespace brokersim::kafka
