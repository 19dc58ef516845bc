#include "core/store/index.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "core/java_hash.h"
#include "core/store/index_keys.h"
#include "core/whole_number.h"

namespace brokersim::store {
namespace {

constexpr std::size_t digits_of_a_name = 17;
const std::string directory = "index";

/// The digits yyyyMMddHHmmssSSS of a time, as a number.
std::int64_t name_at(WallTime wall) {
    const std::chrono::sys_time<Millis> time{Millis(epoch_ms(wall))};
    const auto midnight = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(midnight);
    const std::chrono::hh_mm_ss<Millis> of_day(time - midnight);
    std::int64_t name = static_cast<int>(date.year());
    name = name * 100 + static_cast<unsigned>(date.month());
    name = name * 100 + static_cast<unsigned>(date.day());
    name = name * 100 + of_day.hours().count();
    name = name * 100 + of_day.minutes().count();
    name = name * 100 + of_day.seconds().count();
    return name * 1000 + of_day.subseconds().count();
}

/// Maps a file of the index; one that is too short grows, as the real broker's does when it is mapped.
FileResult<MappedRegionPtr> map_grown(Host& host, const std::string& path, std::uint64_t found, std::uint64_t wanted) {
    if (found < wanted)
        if (auto grown = host.set_length(path, wanted); !grown) return std::unexpected(std::move(grown.error()));
    return host.map(path);
}

}  // namespace

Index::Index(Host& host, Checkpoint& checkpoint, const StoreConfig& config, IndexEvents& events)
    : host_(host),
      checkpoint_(checkpoint),
      slots_(config.maxHashSlotNum),
      entries_(config.maxIndexNum),
      most_found_(config.maxMsgsNumBatch),
      events_(events) {}

FileResult<void> Index::load(bool orderly_exit) {
    auto listed = host_.list(directory);
    if (!listed) {
        if (listed.error().code == FileErrorCode::not_found) return {};
        return std::unexpected(std::move(listed.error()));
    }
    const auto size = static_cast<std::uint64_t>(index_format::file_size(slots_, entries_));
    for (const auto& info : *listed) {
        const auto name = whole_number<std::int64_t>(info.name);
        const bool named = name && *name >= 0 && info.name.size() == digits_of_a_name;
        if (info.directory || !named) continue;  // not of the index: it stays
        last_name_ = std::max(last_name_, *name);
        const std::string path = directory + "/" + info.name;
        auto region = map_grown(host_, path, info.size, size);
        if (!region) return std::unexpected(std::move(region.error()));
        IndexFile file(path, std::move(*region), slots_, entries_);
        if (!orderly_exit && file.header().end_time > checkpoint_.values.index_time) {
            if (auto removed = host_.remove(path); !removed) return removed;
            continue;
        }
        files_.push_back(std::move(file));
    }
    first_unseen_ = files_.size();
    return {};
}

FileResult<IndexFile*> Index::make_file() {
    const std::int64_t name = std::max(name_at(host_.wall_ms()), last_name_ + 1);
    const std::string path = fmt::format("{}/{:017}", directory, name);
    auto region = host_.create(path, static_cast<std::uint64_t>(index_format::file_size(slots_, entries_)));
    if (!region) return std::unexpected(std::move(region.error()));
    last_name_ = name;
    IndexFile file(path, std::move(*region), slots_, entries_);
    if (!files_.empty()) file.continue_from(files_.back().header());
    files_.push_back(std::move(file));
    if (files_.size() > 1) flush_full(files_.size() - 2);
    return &files_.back();
}

FileResult<IndexFile*> Index::writable_file() {
    if (files_.empty() || files_.back().full()) return make_file();
    first_unseen_ = std::min(first_unseen_, files_.size() - 1);
    return &files_.back();
}

void Index::flush_full(std::size_t index) {
    files_[index].settle();
    const std::int64_t end_time = files_[index].header().end_time;
    host_.paid([this, end_time, region = files_[index].region()] {
        region->flush(0, region->size(), [this, end_time](FileResult<void> result) {
            if (!result) return events_.on_index_flush_failed(result.error());
            // After a crash old records may be entered once more: that takes nothing back.
            checkpoint_.values.index_time = std::max(checkpoint_.values.index_time, end_time);
            events_.on_index_flushed();
        });
    });
}

FileResult<void> Index::enter(const RecordView& record, const DispatchProperties& properties, PhysicalOffset at) {
    auto file = writable_file();
    if (!file) return std::unexpected(std::move(file.error()));
    if (at < std::min((*file)->header().end_offset, again_from_)) return {};
    if (std::exchange(entering_, at) != at) keys_entered_ = 0;
    keys_of_record_ = 0;
    topic_hash_ = java_hash("#", java_hash(record.topic()));
    const std::int64_t store_time = record.store_timestamp();
    FileResult<void> entered;
    each_index_key(record.sys_flag(), properties, [&](std::string_view key) {
        if (entered) entered = put(key, at, store_time);
    });
    return entered;
}

FileResult<void> Index::put(std::string_view key, PhysicalOffset at, std::int64_t store_time) {
    if (++keys_of_record_ <= keys_entered_) return {};  // by a try before this one
    auto file = writable_file();
    if (!file) return std::unexpected(std::move(file.error()));
    (*file)->put(index_format::stored_hash(java_hash(key, topic_hash_)), at, store_time);
    ++keys_entered_;
    return {};
}

void Index::settle() {
    for (std::size_t i = first_unseen_; i < files_.size(); ++i) files_[i].settle();
}

void Index::publish() {
    for (std::size_t i = first_unseen_; i < files_.size(); ++i) files_[i].publish();
    first_unseen_ = files_.size();
}

void Index::flush_newest(Task done) {
    if (files_.empty()) return done();
    host_.paid([this, region = files_.back().region(), done = std::move(done)]() mutable {
        region->flush(0, region->size(), [this, done = std::move(done)](FileResult<void> result) mutable {
            if (!result) events_.on_index_flush_failed(result.error());
            done();
        });
    });
}

FileResult<void> Index::remove_before(PhysicalOffset log_min) {
    while (files_.size() > 1 && files_.front().header().end_offset < log_min) {
        if (auto removed = host_.remove(files_.front().path()); !removed) return removed;
        files_.erase(files_.begin());
        if (first_unseen_ > 0) --first_unseen_;
    }
    return {};
}

Index::Found Index::query(std::string_view topic, std::string_view key, std::int64_t most, std::int64_t begin,
                          std::int64_t end) const {
    Found found;
    if (files_.empty()) return found;
    found.last_time = files_.back().shown().end_time;
    found.last_offset = files_.back().shown().end_offset;
    const auto limit = static_cast<std::size_t>(std::clamp<std::int64_t>(most, 0, most_found_));
    const std::int32_t hash = index_format::stored_hash(java_hash(key, java_hash("#", java_hash(topic))));
    for (auto file = files_.rbegin(); file != files_.rend(); ++file) {
        if (file->overlaps(begin, end)) file->select(hash, begin, end, limit, found.records);
        if (file->shown().begin_time < begin || found.records.size() >= limit) break;
    }
    return found;
}

}  // namespace brokersim::store
