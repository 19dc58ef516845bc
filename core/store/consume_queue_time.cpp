#include "core/store/commit_log.h"
#include "core/store/consume_queue.h"

/// Searching a consume queue by store time (ConsumeQueue.getOffsetInQueueByTime): first the file, by the times of its
/// first and last unit, then the unit, by binary search. Times are read from the log.
namespace brokersim::store {

std::int64_t ConsumeQueue::store_time_at(std::int64_t position, CommitLog& log) {
    const auto unit = unit_at(position);
    return unit ? log.store_time(unit->physical_offset, unit->size) : -1;
}

std::optional<std::size_t> ConsumeQueue::file_by_time(std::int64_t time, TimeBoundary boundary, CommitLog& log) {
    const std::size_t count = files_.file_count();
    if (count == 0) return std::nullopt;
    if (boundary == TimeBoundary::lower) {
        for (std::size_t i = 0; i + 1 < count; ++i)
            if (store_time_at(files_.file_start(i) + files_.file_size() - unit_size, log) >= time) return i;
        return count - 1;
    }
    for (std::size_t i = count; i-- > 0;)
        if (store_time_at(files_.file_start(i), log) <= time) return i;
    return std::nullopt;
}

QueueOffset ConsumeQueue::offset_by_time(std::int64_t time, TimeBoundary boundary, CommitLog& log) {
    const bool lower = boundary == TimeBoundary::lower;
    const auto file = file_by_time(time, boundary, log);
    if (!file) return {0};
    const std::int64_t start = files_.file_start(*file);
    const std::int64_t used = files_.rest(start);
    if (used == 0) return {0};
    const std::int64_t floor = start + (min_position_ > start ? min_position_ - start : 0);
    const std::int64_t ceiling = start + used - unit_size;
    if (store_time_at(ceiling, log) < time) return {(lower ? ceiling + unit_size : ceiling) / unit_size};
    if (store_time_at(floor, log) > time) return {lower ? start / unit_size : 0};

    std::int64_t low = floor;
    std::int64_t high = ceiling;
    std::int64_t before = start - unit_size;  // the last unit known to be older, the first known to be newer
    std::int64_t after = start - unit_size;
    while (high >= low) {
        const std::int64_t middle = start + (low - start + (high - start)) / (2 * unit_size) * unit_size;
        const auto unit = unit_at(middle);
        if (unit->physical_offset < log.min_offset()) {
            low = middle + unit_size;
            before = middle;
            continue;
        }
        const std::int64_t found = log.store_time(unit->physical_offset, unit->size);
        if (found < 0) return {0};
        if (found == time) {
            std::int64_t edge = middle;  // neighbours may have the same time
            const std::int64_t step = lower ? -unit_size : unit_size;
            while (edge + step >= floor && edge + step <= ceiling && store_time_at(edge + step, log) == time)
                edge += step;
            return {edge / unit_size};
        }
        if (found > time) {
            high = middle - unit_size;
            after = middle;
        } else {
            low = middle + unit_size;
            before = middle;
        }
    }
    return {(lower ? after : before) / unit_size};
}

}  // namespace brokersim::store
