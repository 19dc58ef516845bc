#include "core/store/index_file.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "core/store/big_endian.h"

namespace brokersim::store {

using namespace index_format;

namespace {

constexpr std::int64_t os_page = 4096;

std::uint64_t unsigned_of(std::int64_t value) { return static_cast<std::uint64_t>(value); }

}  // namespace

IndexFile::IndexFile(std::string path, MappedRegionPtr region, std::int64_t slots, std::int64_t entries)
    : path_(std::move(path)), region_(std::move(region)), slots_(slots), entries_(entries) {
    const auto size = file_size(slots, entries);
    BROKERSIM_CHECK(static_cast<std::int64_t>(region_->size()) >= size, "{}: {} bytes, {} wanted", path_,
                    region_->size(), size);
    const auto* head = region_->read(0, header_size).data();
    header_ = {.begin_time = load_big<std::int64_t>(head + begin_time_at),
               .end_time = load_big<std::int64_t>(head + end_time_at),
               .begin_offset = {load_big<std::int64_t>(head + begin_offset_at)},
               .end_offset = {load_big<std::int64_t>(head + end_offset_at)},
               .slots_used = load_big<std::int32_t>(head + slots_used_at),
               .count = load_big<std::int32_t>(head + count_at)};
    written_ = header_;
    header_.count = std::max(header_.count, 1);
    shown_ = header_;
    settled_count_ = header_.count;
}

void IndexFile::continue_from(const Header& last) {
    header_.begin_time = header_.end_time = last.end_time;
    header_.begin_offset = header_.end_offset = last.end_offset;
}

std::byte* IndexFile::entry_to_write(std::int32_t entry) {
    const std::int64_t in_window = entry - window_begin_;
    if (in_window < 0 || (in_window + 1) * entry_size > static_cast<std::int64_t>(window_.size())) {
        // Room for as many entries as came since settle(), but without touching more pages than this one must.
        const std::int64_t at = entry_at(slots_, entry);
        const std::int64_t fitting = std::max<std::int64_t>(1, (os_page - at % os_page) / entry_size);
        const std::int64_t wanted = std::max<std::int64_t>(1, entry - settled_count_);
        const std::int64_t length = std::min({wanted, fitting, entries_ - entry}) * entry_size;
        window_ = region_->write(unsigned_of(at), unsigned_of(length));
        window_begin_ = entry;
        return window_.data();
    }
    return window_.data() + in_window * entry_size;
}

void IndexFile::put(std::int32_t hash, PhysicalOffset record, std::int64_t store_time) {
    BROKERSIM_CHECK(!full(), "{} is full", path_);
    const auto slot = static_cast<std::int32_t>(hash % slots_);
    auto* head = region_->write(unsigned_of(slot_at(slot)), unsigned_of(slot_size)).data();
    std::int32_t previous = load_big<std::int32_t>(head);
    if (previous <= 0 || previous > header_.count) previous = 0;
    overwritten_.push_back({slot, previous});

    std::int64_t seconds = 0;
    if (header_.begin_time > 0)
        seconds = std::clamp<std::int64_t>((store_time - header_.begin_time) / 1000, 0, INT32_MAX);
    auto* entry = entry_to_write(header_.count);
    save_big(entry + entry_hash_at, hash);
    save_big(entry + entry_offset_at, record.value);
    save_big(entry + entry_seconds_at, static_cast<std::int32_t>(seconds));
    save_big(entry + entry_previous_at, previous);
    save_big(head, header_.count);

    if (header_.count <= 1) {
        header_.begin_offset = record;
        header_.begin_time = store_time;
    }
    if (previous == 0) ++header_.slots_used;
    ++header_.count;
    header_.end_offset = record;
    header_.end_time = store_time;
}

void IndexFile::settle() {
    window_ = {};
    settled_count_ = header_.count;
    if (header_ == written_) return;
    auto* head = region_->write(0, header_size).data();
    save_big(head + begin_time_at, header_.begin_time);
    save_big(head + end_time_at, header_.end_time);
    save_big(head + begin_offset_at, header_.begin_offset.value);
    save_big(head + end_offset_at, header_.end_offset.value);
    save_big(head + slots_used_at, header_.slots_used);
    save_big(head + count_at, header_.count);
    written_ = header_;
}

void IndexFile::publish() {
    overwritten_.clear();
    shown_ = header_;
}

bool IndexFile::overlaps(std::int64_t begin, std::int64_t end) const {
    const auto [first, last] = std::pair(shown_.begin_time, shown_.end_time);
    return (begin < first && end > last) || (begin >= first && begin <= last) || (end >= first && end <= last);
}

std::int32_t IndexFile::shown_head(std::int32_t slot) const {
    const auto newer = std::ranges::find(overwritten_, slot, &Overwritten::slot);
    if (newer != overwritten_.end()) return newer->head;
    return load_big<std::int32_t>(region_->read(unsigned_of(slot_at(slot)), unsigned_of(slot_size)).data());
}

void IndexFile::select(std::int32_t hash, std::int64_t begin, std::int64_t end, std::size_t most,
                       std::vector<PhysicalOffset>& found) const {
    if (shown_.count <= 1) return;
    // A damaged header may say anything: no time may run over.
    const std::int64_t latest = INT64_MAX - std::int64_t{INT32_MAX} * 1000;
    const std::int64_t first = std::min(shown_.begin_time, latest);
    const auto usable = [this](std::int32_t entry) { return entry > 0 && entry <= shown_.count && entry < entries_; };
    std::int32_t next = shown_head(static_cast<std::int32_t>(hash % slots_));
    while (usable(next) && found.size() < most) {
        const auto* entry = region_->read(unsigned_of(entry_at(slots_, next)), unsigned_of(entry_size)).data();
        const auto seconds = load_big<std::int32_t>(entry + entry_seconds_at);
        if (seconds < 0) return;
        const std::int64_t time = first + std::int64_t{seconds} * 1000;
        if (load_big<std::int32_t>(entry + entry_hash_at) == hash && time >= begin && time <= end)
            found.push_back({load_big<std::int64_t>(entry + entry_offset_at)});
        const auto previous = load_big<std::int32_t>(entry + entry_previous_at);
        // The chain leads to older entries only: any other link would lead in a circle.
        if (time < begin || previous >= next) return;
        next = previous;
    }
}

}  // namespace brokersim::store
