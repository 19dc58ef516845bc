#include "live/store/log_scan.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "core/store/properties.h"

namespace brokersim::live {
namespace {

constexpr std::size_t window_size = 256 * 1024;  // stays in the second-level cache until the checksum has read it
constexpr std::int64_t progress_step = 16 << 20;

const char* text_of(store::RecordError error) {
    switch (error) {
        case store::RecordError::bad_magic:
            return "neither a record nor an end marker begins here";
        case store::RecordError::bad_size:
            return "the parts of the record do not add up to its size";
        default:
            return "the record does not end within its file";
    }
}

/// How many characters of the last 20 of a properties string differ from a record checksum's form; 20 if it is shorter.
std::size_t off_checksum_form(std::string_view properties) {
    constexpr std::string_view form =
        "__CRC32#\x01"
        "dddddddddd\x02";
    if (properties.size() < form.size()) return form.size();
    const auto last = properties.substr(properties.size() - form.size());
    std::size_t differ = 0;
    for (std::size_t i = 0; i < form.size(); ++i)
        differ += form[i] == 'd' ? last[i] < '0' || last[i] > '9' : last[i] != form[i];
    return differ;
}

}  // namespace

LogScan::LogScan(const StoreLayout& layout, Findings& findings, OnRecord on_record, OnProgress on_progress)
    : layout_(layout),
      findings_(findings),
      on_record_(std::move(on_record)),
      on_progress_(std::move(on_progress)),
      window_(window_size) {}

std::span<const std::byte> LogScan::bytes(std::int64_t offset, std::size_t wanted) {
    auto read = window_.at(offset, wanted);
    if (read) return *read;
    unreadable_ = true;
    found(offset, "cannot be read: " + read.error());
    return {};
}

void LogScan::run() {
    if (!layout_.log.empty()) begin_ = end_ = layout_.log.front().start;
    for (const StoreFile& file : layout_.log) {
        file_ = &file;
        at_ = 0;
        unreadable_ = false;
        if (auto opened = window_.open(layout_.root + "/" + file.path); !opened) {
            findings_.add(file.path, std::nullopt, opened.error());
            continue;
        }
        while (step() == Step::going_on) {
        }
        reported_ += file.size;
        on_progress_(reported_);
    }
}

LogScan::Step LogScan::step() {
    if (at_ >= file_->size || unreadable_) return Step::file_done;
    auto read = bytes(at_, 4096);
    if (read.empty()) return Step::file_done;
    auto record = store::decode_record(read);
    if (!record && record.error() == store::RecordError::truncated && read.size() >= 8) {
        const std::int64_t size = store::load_big<std::int32_t>(read.data());
        if (size > static_cast<std::int64_t>(read.size()) && size <= std::min(largest_record, file_->size - at_)) {
            read = bytes(at_, static_cast<std::size_t>(size));
            record = store::decode_record(read);
        }
    }
    if (unreadable_) return Step::file_done;
    if (!record) return record.error() == store::RecordError::blank ? marker(read) : no_record(read, record.error());
    if (zeros_in_ != nullptr) {
        findings_.add(zeros_in_->path, zeros_from_,
                      "zeros up to the end of the file, though records follow in the next");
        zeros_in_ = nullptr;
    }
    check_record(*record);
    ++records_;
    on_record_(*record, file_->start + at_);
    newest_time_ = std::max(newest_time_, record->store_timestamp());
    at_ += record->size();
    end_ = file_->start + at_;
    if (at_ % progress_step < record->size()) on_progress_(reported_ + at_);
    return Step::going_on;
}

void LogScan::check_record(const store::RecordView& record) {
    const std::int64_t position = file_->start + at_;
    if (record.physical_offset().value != position)
        found(at_, fmt::format("the record says that it lies at {}, but it lies at {}", record.physical_offset().value,
                               position));
    if (!store::body_intact(record))
        found(at_, fmt::format("the body's checksum is {}, but its {} bytes give {}", record.body_crc(),
                               record.body().size(), store::body_crc(record.body())));
    else if (record.body().empty() && record.body_crc() != 0)
        found(at_, fmt::format("the body's checksum is {}, but there is no body", record.body_crc()));
    check_property_crc(record);
}

void LogScan::check_property_crc(const store::RecordView& record) {
    const std::size_t differ = off_checksum_form(record.properties());
    if (differ > 2) return;  // it has none
    if (differ > 0)
        found(at_, "the record's checksum (last property) is damaged");
    else if (!store::property_crc(record) || !store::property_crc_intact(record))
        found(at_, "the record's checksum (last property) does not fit its bytes");
}

LogScan::Step LogScan::marker(std::span<const std::byte> read) {
    const std::int64_t size = store::load_big<std::int32_t>(read.data());
    if (size != file_->size - at_)
        found(at_,
              fmt::format("the end marker tells of {} bytes, but {} are left of the file", size, file_->size - at_));
    ++end_markers_;
    if (file_ != &layout_.log.back()) end_ = file_->start + file_->size;
    return Step::file_done;
}

LogScan::Step LogScan::no_record(std::span<const std::byte> read, store::RecordError why) {
    if (file_->size - at_ < store::blank_size && file_ != &layout_.log.back()) {
        found(at_, fmt::format("{} bytes are left of the file, too few for an end marker", file_->size - at_));
        return Step::file_done;
    }
    const std::size_t head = std::min<std::size_t>(read.size(), store::blank_size);
    const bool zero_head = std::all_of(read.begin(), read.begin() + static_cast<std::ptrdiff_t>(head),
                                       [](std::byte byte) { return byte == std::byte{0}; });
    if (zero_head && next_non_zero(at_) == file_->size) {
        // The end of the log, unless records follow in a later file.
        if (!unreadable_ && zeros_in_ == nullptr) {
            zeros_in_ = file_;
            zeros_from_ = at_;
        }
        return Step::file_done;
    }
    const std::int64_t next = next_record(at_ + 1);
    const std::string how_much = next == file_->size ? "nothing that can be read follows in this file"
                                                     : fmt::format("the next record begins at {}", next);
    found(at_, fmt::format("{}; {}", text_of(why), how_much));
    at_ = next;
    return Step::going_on;
}

std::int64_t LogScan::next_non_zero(std::int64_t from) {
    static constexpr std::byte zeros[4096]{};
    while (from < file_->size) {
        auto rest = bytes(from, 1);
        if (rest.empty()) return file_->size;
        for (; !rest.empty(); rest = rest.subspan(std::min<std::size_t>(rest.size(), sizeof zeros))) {
            const std::size_t part = std::min<std::size_t>(rest.size(), sizeof zeros);
            if (std::memcmp(rest.data(), zeros, part) == 0) {
                from += static_cast<std::int64_t>(part);
                continue;
            }
            const auto* byte = rest.data();
            while (*byte == std::byte{0}) ++byte;
            return from + (byte - rest.data());
        }
    }
    return file_->size;
}

std::int64_t LogScan::next_record(std::int64_t from) {
    constexpr std::size_t head_size = 36;  // up to the position that a record says it has
    for (std::int64_t at = from; at + store::blank_size <= file_->size; ++at) {
        const auto head = bytes(at, head_size);
        if (head.size() < static_cast<std::size_t>(store::blank_size)) return file_->size;
        const auto size = store::load_big<std::int32_t>(head.data());
        const auto magic = store::load_big<std::int32_t>(head.data() + 4);
        if (magic == store::magic_blank && size == file_->size - at) return at;
        if ((magic == store::magic_v1 || magic == store::magic_v2) && head.size() >= head_size && size > 0 &&
            store::load_big<std::int64_t>(head.data() + 28) == file_->start + at)
            return at;
    }
    return file_->size;
}

}  // namespace brokersim::live
