#include "core/store/message_reader.h"

#include <algorithm>
#include <utility>

namespace brokersim::store {
namespace {

constexpr std::int64_t most_bytes = 128LL << 20;  // of one answer; what the request says is not looked at
constexpr std::int64_t units_at_once = 32;        // read from the index in one go

}  // namespace

MessageReader::MessageReader(CommitLog& log, const QueueTable& queues, const StoreConfig& config, std::uint64_t memory)
    : log_(log),
      queues_(queues),
      config_(config),
      memory_share_(static_cast<std::int64_t>(memory) / 100 * config.accessMessageInMemoryMaxRatio +
                    static_cast<std::int64_t>(memory) % 100 * config.accessMessageInMemoryMaxRatio / 100) {}

GetResult MessageReader::read(const std::string& topic, std::int32_t queue_id, QueueOffset from,
                              std::int32_t max_messages, const TagFilter& filter) {
    GetResult result;
    TopicQueue* queue = queues_.find(topic, queue_id);
    if (queue == nullptr) return result;
    result.min_offset = queue->units.min_offset();
    result.max_offset = queue->units.max_offset();
    const auto correct_to = [&result](GetStatus status, QueueOffset next) {
        result.status = status;
        result.next_begin_offset = next;
        return std::move(result);
    };
    if (result.max_offset.value == 0) return correct_to(GetStatus::no_message_in_queue, {0});
    if (from < result.min_offset) return correct_to(GetStatus::offset_too_small, result.min_offset);
    if (from == result.max_offset) return correct_to(GetStatus::offset_overflow_one, from);
    if (from > result.max_offset) return correct_to(GetStatus::offset_overflow_badly, result.max_offset);

    result.status = GetStatus::no_matched_message;
    Scan scan{.queue = *queue, .begin = from, .next = from, .max_messages = max_messages, .filter = filter};
    for (std::int64_t file = 0; file < config_.travelCqFileNumWhenGetMessage; ++file) {
        if (result.bytes > 0 || scan.next >= result.max_offset) break;
        scan.stopped = false;
        scan_file(scan, result);
        if (result.status == GetStatus::offset_found_null) break;
    }
    result.next_begin_offset = scan.next;
    result.suggest_pulling_from_slave = log_.max_offset() - scan.last_seen > memory_share_;
    return result;
}

void MessageReader::scan_file(Scan& scan, GetResult& result) {
    auto& units = scan.queue.units;
    const QueueOffset end = std::min(units.next_file(scan.next), result.max_offset);
    bool first = true;
    while (scan.next < end && !scan.stopped) {
        const auto bytes = units.read(scan.next, std::min(units_at_once, end - scan.next));
        if (bytes.empty()) {
            if (!first) return;
            result.status = GetStatus::offset_found_null;
            scan.next = units.next_file(scan.next);
            return;
        }
        first = false;
        const QueueOffset chunk = scan.next;
        for (std::size_t at = 0; at < bytes.size() && !scan.stopped; at += ConsumeQueue::unit_size)
            look_at(scan, ConsumeQueue::decode(bytes.data() + at),
                    chunk + static_cast<std::int64_t>(at) / ConsumeQueue::unit_size, result);
    }
}

void MessageReader::look_at(Scan& scan, const ConsumeUnit& unit, QueueOffset offset, GetResult& result) {
    const std::int64_t scan_limit = std::max(config_.maxFilterMessageSize, scan.max_messages * ConsumeQueue::unit_size);
    if ((offset - scan.begin) * ConsumeQueue::unit_size >= scan_limit ||
        batch_full(result, unit.size, scan.max_messages, in_memory(unit.physical_offset))) {
        scan.stopped = true;
        return;
    }
    scan.last_seen = unit.physical_offset;
    scan.next = offset + 1;
    if (unit.physical_offset < scan.skip_before) return;
    if (!scan.filter.empty() &&
        std::ranges::find(scan.filter, static_cast<std::int32_t>(unit.tags_code)) == scan.filter.end()) {
        if (result.bytes == 0) result.status = GetStatus::no_matched_message;
        return;
    }
    Slice record = log_.pin(unit.physical_offset, unit.size);
    if (record.empty()) {
        if (result.bytes == 0) result.status = GetStatus::message_was_removing;
        scan.skip_before = log_.next_file(unit.physical_offset);
        return;
    }
    if (result.records.empty())
        result.records.reserve(static_cast<std::size_t>(std::min<std::int64_t>(
            {scan.max_messages, result.max_offset - offset, config_.maxTransferCountOnMessageInMemory})));
    result.records.push_back(std::move(record));
    result.bytes += unit.size;
    result.status = GetStatus::found;
    scan.skip_before = {INT64_MIN};
}

bool MessageReader::batch_full(const GetResult& result, std::int32_t size, std::int32_t max_messages,
                               bool in_memory) const {
    if (result.records.empty()) return false;
    const auto count = static_cast<std::int64_t>(result.records.size());
    const std::int64_t bytes = result.bytes + size;
    if (count + 1 > max_messages || bytes > most_bytes) return true;
    if (in_memory)
        return bytes > config_.maxTransferBytesOnMessageInMemory ||
               count > config_.maxTransferCountOnMessageInMemory - 1;
    return bytes > config_.maxTransferBytesOnMessageInDisk || count > config_.maxTransferCountOnMessageInDisk - 1;
}

}  // namespace brokersim::store
