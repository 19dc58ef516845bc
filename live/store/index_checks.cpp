#include "live/store/index_checks.h"

#include <algorithm>

#include <fmt/format.h>

#include "live/store/index_keys.h"

namespace brokersim::live {
namespace {

namespace format = store::index_format;

constexpr std::size_t window_size = 128 << 10;
constexpr std::int64_t slots_at_a_time = 8 << 20;

}  // namespace

IndexHeader IndexHeader::decode(std::span<const std::byte> bytes) {
    const std::byte* at = bytes.data();
    return {store::load_big<std::int64_t>(at + format::begin_time_at),
            store::load_big<std::int64_t>(at + format::end_time_at),
            store::load_big<std::int64_t>(at + format::begin_offset_at),
            store::load_big<std::int64_t>(at + format::end_offset_at),
            store::load_big<std::int32_t>(at + format::slots_used_at),
            store::load_big<std::int32_t>(at + format::count_at)};
}

void check_index_chains(const StoreLayout& layout, const StoreFile& file, Findings& findings) {
    const auto found = [&](std::int64_t offset, std::string what) { findings.add(file.path, offset, std::move(what)); };
    FileWindow window(window_size);
    if (auto opened = window.open(layout.root + "/" + file.path); !opened)
        return findings.add(file.path, std::nullopt, opened.error());
    const auto read = window.at(0, format::header_size);
    if (!read) return found(0, "cannot be read: " + read.error());
    if (read->size() < static_cast<std::size_t>(format::header_size)) return found(0, "shorter than its header");
    const IndexHeader header = IndexHeader::decode(*read);
    if (header.count < 1 || header.count > layout.index_entries)
        found(format::count_at, fmt::format("the next free entry is {}, but entries are numbered 1 to {}", header.count,
                                            layout.index_entries - 1));
    const std::int64_t count = std::clamp<std::int64_t>(header.count, 1, layout.index_entries);
    std::int64_t used = 0;
    for (std::int64_t from = 0; from < layout.index_slots; from += slots_at_a_time) {
        const std::int64_t to = std::min(layout.index_slots, from + slots_at_a_time);
        std::vector<std::int32_t> newest(static_cast<std::size_t>(to - from), 0);
        for (std::int64_t number = 1; number < count; ++number) {
            const std::int64_t position = format::entry_at(layout.index_slots, number);
            const auto bytes = window.at(position, format::entry_size);
            if (!bytes) return found(position, "cannot be read: " + bytes.error());
            if (bytes->size() < static_cast<std::size_t>(format::entry_size))
                return found(position, fmt::format("entry {} of {} is not there", number, count - 1));
            const auto hash = store::load_big<std::int32_t>(bytes->data() + format::entry_hash_at);
            const auto previous = store::load_big<std::int32_t>(bytes->data() + format::entry_previous_at);
            if (hash < 0) {
                if (from == 0) found(position, fmt::format("entry {}: the hash {} is negative", number, hash));
                continue;
            }
            const std::int64_t slot = hash % layout.index_slots;
            if (slot < from || slot >= to) continue;
            std::int32_t& last = newest[static_cast<std::size_t>(slot - from)];
            if (previous != last)
                found(position, fmt::format("entry {} links to entry {}, but the one before it in slot {} is {}",
                                            number, previous, slot, last));
            last = static_cast<std::int32_t>(number);
        }
        for (std::int64_t slot = from; slot < to; ++slot) {
            const std::int64_t position = format::slot_at(slot);
            const auto bytes = window.at(position, format::slot_size);
            if (!bytes) return found(position, "cannot be read: " + bytes.error());
            if (bytes->size() < static_cast<std::size_t>(format::slot_size))
                return found(position, "a slot is missing");
            const auto stored = store::load_big<std::int32_t>(bytes->data());
            const std::int32_t wanted = newest[static_cast<std::size_t>(slot - from)];
            used += wanted != 0;
            if (stored != wanted)
                found(position, fmt::format("slot {} leads to entry {}, but its newest is {}", slot, stored, wanted));
        }
    }
    if (used != header.slots_used)
        found(format::slots_used_at, fmt::format("{} slots are said to be used, but {} are", header.slots_used, used));
}

IndexChecks::IndexChecks(const StoreLayout& layout, Findings& findings)
    : layout_(layout), findings_(findings), window_(window_size) {
    open_next();
}

void IndexChecks::open_next() {
    there_ = false;
    while (!there_ && file_ < layout_.index.size()) {
        if (open_ != nullptr) previous_end_ = header_.end_time;
        open_ = &layout_.index[file_++];
        header_ = {};
        if (!window_.open(layout_.root + "/" + open_->path)) continue;  // told by check_index_chains
        const auto bytes = window_.at(0, format::header_size);
        if (!bytes || bytes->size() < static_cast<std::size_t>(format::header_size)) continue;
        header_ = IndexHeader::decode(*bytes);
        last_ = std::min<std::int64_t>(header_.count, layout_.index_entries) - 1;
        number_ = 1;
        if (last_ >= 1) load();
    }
}

void IndexChecks::load() {
    const auto bytes = window_.at(format::entry_at(layout_.index_slots, number_), format::entry_size);
    there_ = bytes && bytes->size() >= static_cast<std::size_t>(format::entry_size);
    if (!there_) return;
    ++entries_;
    entry_ = {store::load_big<std::int32_t>(bytes->data() + format::entry_hash_at),
              store::load_big<std::int64_t>(bytes->data() + format::entry_offset_at),
              store::load_big<std::int32_t>(bytes->data() + format::entry_seconds_at)};
}

void IndexChecks::advance() {
    there_ = false;
    if (++number_ <= last_) load();
    if (!there_) open_next();
}

void IndexChecks::found(std::string what) {
    findings_.add(open_->path, format::entry_at(layout_.index_slots, number_),
                  fmt::format("entry {}: {}", number_, what));
}

void IndexChecks::on_record(const store::RecordView& record, std::int64_t at) {
    if (layout_.index.empty()) return;
    // Entries of records that were deleted with the log's first files stay until the whole index file is.
    for (; there_ && entry_.offset < at; advance())
        if (begun_ || entry_.offset >= layout_.log.front().start)
            found(fmt::format("it points at {}, where no record with a key lies", entry_.offset));
    hashes_.clear();
    each_whole_index_key(record, key_, [&](std::string_view key) { hashes_.push_back(format::key_hash(key)); });
    for (std::size_t i = 0; i < hashes_.size() || begins_again(at, true); ++i) {
        const bool whole = i == hashes_.size();
        if (begins_again(at, whole) && (whole || entry_.hash != hashes_[i])) i = 0;
        if (there_ && (entry_.offset == at || (begun_ && entry_.hash == hashes_[i]))) {
            check(record, at, i);
        } else if (begun_ && there_) {
            found(fmt::format("before it an entry of \"{}\" (record at {}) is missing", key_text(record, i), at));
        } else if (!there_) {
            if (behind_++ == 0) first_behind_ = at;
            break;
        }  // else the index begins later
    }
    for (; there_ && entry_.offset == at; advance())
        found(fmt::format("the record at {} has no such key (hash {})", at, entry_.hash));
}

bool IndexChecks::begins_again(std::int64_t at, bool whole) const {
    return there_ && begun_ && (whole || number_ == 1) && entry_.offset == at && !hashes_.empty() &&
           entry_.hash == hashes_.front();
}

std::string IndexChecks::key_text(const store::RecordView& record, std::size_t i) {
    std::string text;
    each_whole_index_key(record, key_, [&](std::string_view key) {
        if (i-- == 0) text = key;
    });
    return text;
}

void IndexChecks::check(const store::RecordView& record, std::int64_t at, std::size_t i) {
    if (entry_.offset != at)
        found(fmt::format("it points at {}, but the record of \"{}\" lies at {}", entry_.offset, key_text(record, i),
                          at));
    if (entry_.hash != hashes_[i])
        found(fmt::format("its hash is {}, but \"{}\" (record at {}) has {}", entry_.hash, key_text(record, i), at,
                          hashes_[i]));
    check_time(record);
    check_header(record, at);
    begun_ = true;
    advance();
}

void IndexChecks::check_time(const store::RecordView& record) {
    // The first entry of a file is counted from the end of the file before it: so the real broker does.
    const std::int64_t begin = number_ > 1 ? header_.begin_time : previous_end_;
    if (begin < 0 && layout_.log.front().start > 0) return;  // the file before it may have been deleted
    const std::int64_t since = begin <= 0 ? 0 : (record.store_timestamp() - begin) / 1000;
    const std::int64_t wanted = std::clamp<std::int64_t>(since, 0, INT32_MAX);
    if (entry_.seconds != wanted)
        found(fmt::format("its time is {} s, but its record was stored {} s after the file's begin", entry_.seconds,
                          wanted));
}

void IndexChecks::check_header(const store::RecordView& record, std::int64_t at) {
    const auto differs = [&](std::int64_t offset, const char* name, std::int64_t is, std::int64_t wanted) {
        if (is != wanted)
            findings_.add(open_->path, offset,
                          fmt::format("the header's {} is {}, but its {} entry's record has {}", name, is,
                                      number_ == 1 ? "first" : "last", wanted));
    };
    if (number_ == 1) {
        differs(format::begin_time_at, "begin time", header_.begin_time, record.store_timestamp());
        differs(format::begin_offset_at, "begin position", header_.begin_offset, at);
    }
    if (number_ == last_) {
        differs(format::end_time_at, "end time", header_.end_time, record.store_timestamp());
        differs(format::end_offset_at, "end position", header_.end_offset, at);
    }
}

void IndexChecks::finish() {
    for (; there_; advance())
        if (layout_.log.empty() || entry_.offset >= layout_.log.front().start)
            found(fmt::format("it points at {}, where no record with a key lies", entry_.offset));
    if (behind_ > 0)
        findings_.add("index", std::nullopt,
                      fmt::format("{} records with keys are not in it, from the one at {} on", behind_, first_behind_));
}

}  // namespace brokersim::live
