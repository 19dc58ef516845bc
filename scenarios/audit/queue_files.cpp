#include "scenarios/audit/queue_files.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace brokersim::scenario::audit {
namespace {

/// Bytes up to the end of the last unit that is not all zeros: most of a queue's file was never written.
std::size_t used(std::span<const std::byte> bytes) {
    std::size_t end = bytes.size();
    while (end >= sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data() + end - sizeof word, sizeof word);
        if (word != 0) break;
        end -= sizeof word;
    }
    return std::min((end + unit_bytes - 1) / unit_bytes * unit_bytes, bytes.size());
}

}  // namespace

std::optional<std::int64_t> start_of(std::string_view name) {
    std::int64_t start = 0;
    if (name.size() != 20) return std::nullopt;
    const auto [rest, error] = std::from_chars(name.data(), name.data() + name.size(), start);
    if (error != std::errc() || rest != name.data() + name.size() || start < 0) return std::nullopt;
    return start;
}

void QueueFiles::complete() { std::ranges::sort(parts_, {}, &Part::start); }

std::optional<Unit> QueueFiles::unit(std::int64_t queue_offset) const {
    const std::int64_t at = queue_offset * static_cast<std::int64_t>(unit_bytes);
    const auto after = std::ranges::upper_bound(parts_, at, {}, &Part::start);
    if (after == parts_.begin()) return std::nullopt;
    const Part& part = *(after - 1);
    if (at + static_cast<std::int64_t>(unit_bytes) > part.end()) return std::nullopt;
    return read_unit(part.bytes, static_cast<std::size_t>(at - part.start));
}

std::int64_t QueueFiles::last_unit(std::int64_t from) const {
    std::int64_t last = -1;
    for (const Part& part : parts_) {
        const std::int64_t begin = std::max(part.start, from * static_cast<std::int64_t>(unit_bytes));
        const std::int64_t end =
            part.start + static_cast<std::int64_t>(used(part.bytes.first(std::min(part.written, part.bytes.size()))));
        for (std::int64_t at = begin; at + static_cast<std::int64_t>(unit_bytes) <= end; at += unit_bytes) {
            const Unit unit = read_unit(part.bytes, static_cast<std::size_t>(at - part.start));
            if (unit.size > 0 && !unit.filler()) last = at / static_cast<std::int64_t>(unit_bytes);
        }
    }
    return last;
}

}  // namespace brokersim::scenario::audit
