#include "live/store/cut_files.h"

#include <algorithm>
#include <expected>

#include <fmt/format.h>

#include "core/store/consume_queue.h"
#include "core/store/queue_builder.h"
#include "core/store/record.h"
#include "live/store/file_window.h"
#include "live/store/log_scan.h"

namespace brokersim::live {
namespace {

constexpr std::int64_t size_step = 4096;  // brokers are configured with whole pages
constexpr std::size_t window_size = 64 << 10;

using Decoded = std::expected<store::RecordView, store::RecordError>;

/// The records of one file, one after another; see LogScan for all of a log and what is wrong with it.
class RecordWalk {
public:
    explicit RecordWalk(const StoreFile& file) : file_(file), window_(window_size) {}

    bool open(const std::string& root) { return window_.open(root + "/" + file_.path).has_value(); }
    void move_to(std::int64_t at) { at_ = at; }
    /// In the file.
    std::int64_t at() const { return at_; }
    std::int64_t left() const { return file_.size - at_; }
    /// What begins at at(); bad_magic too if it can't be read. A record is stepped over.
    Decoded next() {
        auto read = window_.at(at_, 4096);
        if (!read) return std::unexpected(store::RecordError::bad_magic);
        auto record = store::decode_record(*read);
        if (!record && record.error() == store::RecordError::truncated && read->size() >= 8) {
            const std::int64_t size = store::load_big<std::int32_t>(read->data());
            if (size > static_cast<std::int64_t>(read->size()) && size <= LogScan::largest_record) {
                read = window_.at(at_, static_cast<std::size_t>(std::min(size, left())));
                if (!read) return std::unexpected(store::RecordError::bad_magic);
                record = store::decode_record(*read);
            }
        }
        head_ = read->size() < 4 ? 0 : store::load_big<std::int32_t>(read->data());
        if (record) at_ += record->size();
        return record;
    }
    /// The size that the last one, or the marker, says it has.
    std::int64_t said_size() const { return head_; }

private:
    const StoreFile& file_;
    FileWindow window_;
    std::int64_t at_ = 0;
    std::int64_t head_ = 0;
};

}  // namespace

std::optional<std::string> sign_of_cut_log(const std::string& root, const StoreFile& file) {
    RecordWalk walk(file);
    if (!walk.open(root)) return std::nullopt;
    while (walk.left() >= store::blank_size) {
        const Decoded record = walk.next();
        if (record) continue;
        const std::int64_t said = walk.said_size();
        if (record.error() == store::RecordError::blank && said > walk.left())
            return fmt::format("the marker at {} tells of {} bytes up to the end of the file, but {} are left",
                               walk.at(), said, walk.left());
        if (record.error() == store::RecordError::truncated && said > walk.left() && said <= LogScan::largest_record)
            return fmt::format("the record at {} has {} bytes, but {} are left of the file", walk.at(), said,
                               walk.left());
        if (file.size % size_step != 0)
            return fmt::format("{} bytes are no whole number of pages of {}", file.size, size_step);
        return std::nullopt;
    }
    return fmt::format("the records end at {}, but every file has {} bytes left for the marker at its end", walk.at(),
                       store::blank_size);
}

std::optional<std::string> sign_of_cut_queue(const std::string& root, const std::vector<StoreFile>& log,
                                             const StoreQueue& queue) {
    constexpr std::int64_t unit_size = store::ConsumeQueue::unit_size;
    const StoreFile& file = queue.files.front();
    FileWindow units(unit_size);
    if (file.size < unit_size || !units.open(root + "/" + file.path)) return std::nullopt;
    const auto bytes = units.at(file.size - unit_size, unit_size);
    if (!bytes || bytes->size() < static_cast<std::size_t>(unit_size)) return std::nullopt;
    const store::ConsumeUnit last = store::ConsumeQueue::decode(bytes->data());
    if (!last.valid()) return std::nullopt;
    const std::int64_t next = (file.start + file.size) / unit_size;
    for (const StoreFile& part : log) {
        if (part.start + part.size <= last.physical_offset.value) continue;
        RecordWalk walk(part);
        if (!walk.open(root)) return std::nullopt;
        walk.move_to(std::max<std::int64_t>(0, last.physical_offset.value - part.start));
        while (true) {
            const Decoded record = walk.next();
            if (!record) break;
            const store::RecordView& found = *record;
            if (found.topic() == queue.topic && found.queue_id() == queue.id && found.queue_offset().value == next &&
                store::takes_queue_offset(found.sys_flag()))
                return fmt::format("it is full, and the log has message {} of the queue at {}, without a file", next,
                                   found.physical_offset().value);
        }
    }
    return std::nullopt;
}

}  // namespace brokersim::live
