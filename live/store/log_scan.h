#pragma once

#include <cstdint>
#include <functional>

#include "core/store/record.h"
#include "live/store/file_window.h"
#include "live/store/findings.h"
#include "live/store/layout.h"

namespace brokersim::live {

/// Reads a log from its first file to its last, checking each record, and goes on behind damage where the next record
/// begins that knows its own position.
class LogScan {
public:
    /// Records of more bytes than this are taken for damage: none comes through RocketMQ's frames of 16 MiB.
    static constexpr std::int64_t largest_record = 17LL << 20;

    /// `on_record` is called for each record that can be decoded, with its position; the view is valid during the call.
    using OnRecord = std::function<void(const store::RecordView& record, std::int64_t at)>;
    using OnProgress = std::function<void(std::int64_t bytes)>;
    LogScan(const StoreLayout& layout, Findings& findings, OnRecord on_record, OnProgress on_progress);

    void run();

    std::int64_t records() const { return records_; }
    std::int64_t end_markers() const { return end_markers_; }
    /// Position of the first byte that is there, and the end of the last record (or marker that a file follows).
    std::int64_t begin() const { return begin_; }
    std::int64_t end() const { return end_; }
    /// Store time (ms) of the newest record; 0 without records.
    std::int64_t newest_time() const { return newest_time_; }

private:
    enum class Step : std::uint8_t { going_on, file_done };
    Step step();
    void check_record(const store::RecordView& record);
    void check_property_crc(const store::RecordView& record);
    Step marker(std::span<const std::byte> bytes);
    Step no_record(std::span<const std::byte> bytes, store::RecordError why);
    /// Where behind `from` the next record or marker of the file begins; the file's size if there is none.
    std::int64_t next_record(std::int64_t from);
    /// Position of the first byte that is not zero at or behind `from`; the file's size if there is none.
    std::int64_t next_non_zero(std::int64_t from);
    void found(std::int64_t offset, std::string what) { findings_.add(file_->path, offset, std::move(what)); }
    std::span<const std::byte> bytes(std::int64_t offset, std::size_t wanted);

    const StoreLayout& layout_;
    Findings& findings_;
    OnRecord on_record_;
    OnProgress on_progress_;
    FileWindow window_;
    const StoreFile* file_ = nullptr;
    std::int64_t at_ = 0;  // in the file
    std::int64_t reported_ = 0;
    bool unreadable_ = false;
    const StoreFile* zeros_in_ = nullptr;  // a file before this one whose end is zeros instead of a marker
    std::int64_t zeros_from_ = 0;
    std::int64_t records_ = 0;
    std::int64_t end_markers_ = 0;
    std::int64_t begin_ = 0;
    std::int64_t end_ = 0;
    std::int64_t newest_time_ = 0;
};

}  // namespace brokersim::live
