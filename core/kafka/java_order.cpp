#include "core/kafka/java_order.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>

namespace brokersim::kafka {
namespace {

constexpr std::size_t default_capacity = 16;

}  // namespace

int java_compare(std::string_view a, std::string_view b) {
    const std::size_t common = std::min(a.size(), b.size());
    std::size_t equal = 0;
    for (std::uint64_t left = 0, right = 0; equal + sizeof(left) <= common; equal += sizeof(left)) {
        std::memcpy(&left, a.data() + equal, sizeof(left));
        std::memcpy(&right, b.data() + equal, sizeof(right));
        if (left != right) break;
    }
    for (std::size_t i = equal; i < common; ++i) {
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

std::vector<std::uint32_t> java_map_order(const std::vector<std::int32_t>& hashes) {
    std::size_t capacity = default_capacity;
    while (hashes.size() > capacity / 4 * 3) capacity *= 2;
    // Growing keeps the order within a bucket, so it is as if the table had had its last size from the beginning.
    std::vector<std::uint32_t> begins(capacity + 1);
    const auto bucket = [capacity](std::int32_t hash) {
        const auto bits = static_cast<std::uint32_t>(hash);
        return (bits ^ bits >> 16) & (capacity - 1);
    };
    for (const std::int32_t hash : hashes) ++begins[bucket(hash) + 1];
    for (std::size_t i = 1; i <= capacity; ++i) begins[i] += begins[i - 1];
    std::vector<std::uint32_t> order(hashes.size());
    for (std::uint32_t place = 0; place < hashes.size(); ++place) order[begins[bucket(hashes[place])]++] = place;
    return order;
}

std::vector<std::int32_t> java_set_order(const std::vector<std::int32_t>& numbers) {
    const std::size_t capacity = std::bit_ceil(std::max(numbers.size() * 4 / 3 + 1, default_capacity));
    // Ascending numbers that are smaller than the table have a bucket each.
    if (std::adjacent_find(numbers.begin(), numbers.end(), std::greater_equal<>()) == numbers.end() &&
        (numbers.empty() || (numbers.front() >= 0 && static_cast<std::size_t>(numbers.back()) < capacity)))
        return numbers;
    struct Entry {
        std::size_t bucket;
        std::size_t place;
    };
    std::vector<Entry> entries;
    for (const std::int32_t number : numbers) {
        const auto hash = static_cast<std::uint32_t>(number);
        entries.push_back({(hash ^ hash >> 16) & (capacity - 1), entries.size()});
    }
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
        return a.bucket != b.bucket ? a.bucket < b.bucket : a.place < b.place;
    });
    std::vector<std::int32_t> order;
    std::size_t bucket_begin = 0;  // where the present bucket begins in `order`
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (i > 0 && entries[i].bucket != entries[i - 1].bucket) bucket_begin = order.size();
        const std::int32_t number = numbers[entries[i].place];
        const auto begin = order.begin() + static_cast<std::ptrdiff_t>(bucket_begin);
        if (std::find(begin, order.end(), number) == order.end()) order.push_back(number);
    }
    return order;
}

}  // namespace brokersim::kafka
