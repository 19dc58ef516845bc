#include "core/store/consume_queue.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "core/store/big_endian.h"
#include "core/store/commit_log.h"

namespace brokersim::store {
namespace {

void encode(const ConsumeUnit& unit, std::byte* at) {
    save_big(at, unit.physical_offset.value);
    save_big(at + 8, unit.size);
    save_big(at + 12, unit.tags_code);
}

/// Where the record of a unit ends; a damaged one may say anything.
PhysicalOffset end_of_record(const ConsumeUnit& unit) {
    return {std::min(unit.physical_offset.value, INT64_MAX - INT32_MAX) + unit.size};
}

constexpr int units_that_tell = 16;  // so many more of them lie before a place than behind it: it is no end

constexpr ConsumeUnit no_message{{0}, INT32_MAX, 0};  // stands before the first message of a re-created queue

}  // namespace

ConsumeQueue::ConsumeQueue(Host& host, std::string directory, std::int64_t file_size)
    : files_(host, std::move(directory), file_size) {
    BROKERSIM_CHECK(file_size % unit_size == 0, "consume queue files of {} bytes", file_size);
}

FileResult<void> ConsumeQueue::load() { return files_.load(); }

FileResult<void> ConsumeQueue::recover() {
    if (files_.empty()) return {};
    std::size_t index = first_to_recover();
    std::int64_t end = files_.file_start(index);
    for (; index < files_.file_count(); ++index) {
        const std::int64_t start = files_.file_start(index);
        std::int64_t used = 0;
        for (; used < files_.file_size(); used += unit_size) {
            const auto unit = unit_at(start + used);
            if (!unit || !unit->valid()) break;
            max_physical_ = end_of_record(*unit);
        }
        end = start + used;
        if (used < files_.file_size()) break;
    }
    return files_.truncate(end);
}

void ConsumeQueue::flush_again() {
    if (!files_.empty()) files_.flush_again_from(files_.file_start(first_to_recover()));
}

QueueOffset ConsumeQueue::first_behind(PhysicalOffset log_offset) {
    std::int64_t best = files_.readable();
    int balance = 0;  // of the units from here on: those that point behind, less those that do not
    int most = 0;
    for (std::int64_t at = best - unit_size; at >= files_.min_offset() && balance > -units_that_tell; at -= unit_size) {
        const auto unit = unit_at(at);
        balance += unit && unit->valid() && unit->physical_offset < log_offset ? -1 : 1;
        if (balance <= most) continue;
        most = balance;
        best = at;
    }
    return {best / unit_size};
}

FileResult<void> ConsumeQueue::truncate(PhysicalOffset end) {
    return files_.empty() ? FileResult<void>{} : cut_at(first_behind(end), end);
}

FileResult<void> ConsumeQueue::cut_at(QueueOffset end, PhysicalOffset log_end) {
    const std::int64_t position = end.value * unit_size;
    const auto last = unit_at(position - unit_size);
    max_physical_ = last ? std::min(end_of_record(*last), log_end) : PhysicalOffset{-1};
    while (!files_.empty() && files_.file_start(files_.file_count() - 1) >= position)
        if (auto removed = files_.remove_last(); !removed) return removed;
    return files_.empty() || position == files_.readable() ? FileResult<void>{} : files_.truncate(position);
}

FileResult<void> ConsumeQueue::destroy() {
    max_physical_ = {-1};
    min_position_ = 0;
    return files_.destroy();
}

FileResult<int> ConsumeQueue::remove_before(PhysicalOffset log_min) {
    int removed = 0;
    while (files_.file_count() > 1) {
        const auto last = unit_at(files_.file_start(0) + files_.file_size() - unit_size);
        if (!last || last->physical_offset >= log_min) break;
        auto gone = files_.remove_first(true);
        if (!gone) return std::unexpected(std::move(gone.error()));
        ++removed;
    }
    correct_min_offset(log_min);
    return removed;
}

void ConsumeQueue::correct_min_offset(PhysicalOffset log_min) {
    if (files_.empty()) {
        min_position_ = 0;
        max_physical_ = {-1};
        return;
    }
    const std::int64_t end = files_.readable();
    if (min_position_ > end) return;
    if (const auto last = unit_at(end - unit_size); last && last->physical_offset < log_min) {
        min_position_ = end;  // none of its messages is left: the next one will be the first
        return;
    }
    const std::int64_t first_file = files_.file_start(0);
    const bool within = min_position_ >= first_file;
    const std::int64_t start = within ? min_position_ : first_file;
    const std::int64_t limit = std::min(end, first_file + files_.file_size());
    if (start >= limit) return;
    if (within && unit_at(start)->physical_offset >= log_min) return;
    std::int64_t low = start;
    std::int64_t high = limit - unit_size;
    while (high - low > unit_size) {
        const std::int64_t middle = low + (high - low) / 2 / unit_size * unit_size;
        const auto physical = unit_at(middle)->physical_offset;
        if (physical == log_min) {
            low = high = middle;
        } else if (physical > log_min) {
            high = middle;
        } else {
            low = middle;
        }
    }
    for (std::int64_t at = low; at <= high; at += unit_size)
        if (unit_at(at)->physical_offset >= log_min) {
            min_position_ = at;
            return;
        }
}

FileResult<ConsumeQueue::Put> ConsumeQueue::put(const ConsumeUnit& unit, QueueOffset offset) {
    const PhysicalOffset record_end = unit.physical_offset + unit.size;
    if (record_end <= max_physical_) return Put::repeated;
    // Only a damaged record says this: it has no place.
    if (offset.value < 0 || offset.value >= INT64_MAX / unit_size - files_.file_size()) return Put::repeated;
    const std::int64_t position = offset.value * unit_size;
    const bool first_file = files_.empty();
    if (auto room = files_.prepare(position); !room) return std::unexpected(std::move(room.error()));
    auto outcome = Put::written;
    if (offset.value != 0) {
        if (first_file) fill_before(position);
        if (position < files_.append_position()) return Put::repeated;
        // Happens after a power cut that took units of log files which recovery does not dispatch again.
        if (position > files_.append_position()) outcome = Put::misplaced;
    }
    max_physical_ = record_end;
    encode(unit, files_.append(unit_size).data());
    return outcome;
}

void ConsumeQueue::fill_before(std::int64_t position) {
    min_position_ = position;
    const auto filling = files_.append(position % files_.file_size());
    for (std::size_t at = 0; at < filling.size(); at += unit_size) encode(no_message, filling.data() + at);
}

std::span<const std::byte> ConsumeQueue::read(QueueOffset from, std::int64_t count) {
    const std::int64_t position = from.value * unit_size;
    if (position < min_position_) return {};
    const std::int64_t length = std::min(files_.rest(position), count * unit_size);
    return length == 0 ? std::span<const std::byte>{} : files_.read(position, length);
}

ConsumeUnit ConsumeQueue::decode(const std::byte* at) {
    return {{load_big<std::int64_t>(at)}, load_big<std::int32_t>(at + 8), load_big<std::int64_t>(at + 12)};
}

std::optional<ConsumeUnit> ConsumeQueue::unit(QueueOffset offset) {
    if (offset.value * unit_size < min_position_) return std::nullopt;
    return unit_at(offset.value * unit_size);
}

std::optional<ConsumeUnit> ConsumeQueue::unit_at(std::int64_t position) {
    const auto bytes = files_.read(position, unit_size);
    if (bytes.empty()) return std::nullopt;
    return decode(bytes.data());
}

QueueOffset ConsumeQueue::next_file(QueueOffset offset) const {
    const std::int64_t units = files_.file_size() / unit_size;
    return {offset.value + units - offset.value % units};
}

}  // namespace brokersim::store
