#include "core/store/commit_log.h"

#include <algorithm>

#include "core/protocol/codes.h"

namespace brokersim::store {
namespace {

const std::string directory = "commitlog";

constexpr std::int64_t window_size = 16 * 1024;  // bytes looked at in one go: few touches, and few cold pages too many

constexpr std::size_t cache_line = 64;
constexpr std::size_t most_prefetched = 1024;

}  // namespace

CommitLog::CommitLog(Host& host, std::int64_t file_size, const WarmUp& warm_up, StorePool pool)
    : ahead_(host, directory, file_size, warm_up, pool), files_(host, directory, file_size, &ahead_), lock_(host) {}

CommitLog::Append CommitLog::make_room(std::int64_t size) {
    if (size + blank_size > files_.file_size()) return Append::too_large;
    auto room = files_.prepare();
    if (!room) return Append::no_file;
    if (size + blank_size > *room) {
        encode_blank(files_.append(blank_size), static_cast<std::int32_t>(*room));
        files_.skip_rest_of_file();
        if (!files_.prepare()) return Append::no_file;
    }
    return Append::done;
}

void CommitLog::write(RecordFields& fields, std::int32_t size) {
    fields.physical_offset = files_.append_position();
    encode_record(fields, files_.append(size));
}

CommitLog::Append CommitLog::append(RecordFields& fields) {
    const std::int32_t size = encoded_size(fields);
    const auto outcome = make_room(size);
    if (outcome == Append::done) write(fields, size);
    return outcome;
}

CommitLog::Append CommitLog::append(std::span<RecordFields> records) {
    std::int64_t size = 0;
    for (const auto& fields : records) size += encoded_size(fields);
    const auto outcome = make_room(size);
    if (outcome == Append::done)
        for (auto& fields : records) write(fields, encoded_size(fields));
    return outcome;
}

std::int64_t CommitLog::store_time(PhysicalOffset offset, std::int32_t size) {
    if (offset < min_offset() || offset + size > max_offset()) return -1;
    const auto head = files_.read(offset.value, std::min(size, 76));
    if (head.size() < 76) return -1;
    const auto sys_flag = load_big<std::int32_t>(head.data() + 36);
    const bool v6 = (sys_flag & protocol::sys_flag::born_host_v6) != 0;
    return load_big<std::int64_t>(head.data() + (v6 ? 68 : 56));
}

std::span<const std::byte> LogCursor::window(std::int64_t wanted) {
    const std::int64_t used = at_ - window_at_;
    const auto left = static_cast<std::int64_t>(window_.size()) - used;
    if (window_.empty() || used < 0 || left < wanted) {
        const std::int64_t rest = files_.rest(at_);
        if (rest == 0) return {};
        if (window_.empty() || used < 0 || left < std::min(wanted, rest)) {
            window_ = files_.read(at_, std::min(rest, std::max(wanted, window_size)));
            window_at_ = at_;
            return window_;
        }
    }
    return window_.subspan(static_cast<std::size_t>(used));
}

LogCursor::Step LogCursor::next() {
    auto bytes = window(blank_size);
    if (bytes.empty()) return Step::end;
    auto record = decode_record(bytes);
    if (!record && record.error() == RecordError::truncated && bytes.size() >= 4) {
        bytes = window(std::max(blank_size, load_big<std::int32_t>(bytes.data())));
        record = decode_record(bytes);
    }
    if (record) {
        record_ = *record;
        // While the caller works on this one the next comes near: a checksum of each is as fast as memory then.
        const auto size = static_cast<std::size_t>(record_->size());
        const std::size_t end = std::min({bytes.size(), 2 * size, size + most_prefetched});
        for (std::size_t at = size; at < end; at += cache_line) __builtin_prefetch(bytes.data() + at);
        at_ += record_->size();
        return Step::record;
    }
    if (record.error() == RecordError::blank) return Step::blank;
    const bool sized = record.error() == RecordError::bad_size;
    bad_size_ = sized ? load_big<std::int32_t>(bytes.data()) : 0;
    return sized ? Step::bad_size : Step::bad_bytes;
}

}  // namespace brokersim::store
