#include "scenarios/audit/log_walk.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "core/check.h"
#include "scenarios/audit/inflate.h"

namespace brokersim::scenario::audit {

namespace {

constexpr std::string_view log_directory = "commitlog/";
constexpr std::string_view queue_directory = "consumequeue/";
constexpr std::string_view delayed_topic = "SCHEDULE_TOPIC_XXXX";  // its units hold a due time where others have a hash
constexpr std::int32_t compressed_flag = 0x1;
constexpr std::int32_t compression_mask = 0x700;
constexpr std::int32_t compression_zlib = 0x300;  // 0 means the same
/// No producer gets there; a damaged number must not make a set of bits grow.
constexpr std::uint64_t greatest_sequence = std::uint64_t{1} << 32;

}  // namespace

LogWalk::LogWalk(const Roster& roster, const BrokerFiles& broker, std::span<RecordSink* const> sinks,
                 const AuditOptions& options, LogAudit& audit)
    : roster_(roster), broker_(broker), sinks_(sinks), options_(options), audit_(audit) {}

void LogWalk::problem(AuditTrouble trouble, std::int64_t physical_offset, std::string what) {
    ++audit_.problem_count;
    if (audit_.problems.size() < LogAudit::most_problems)
        audit_.problems.push_back({trouble, broker_.broker, physical_offset, std::move(what)});
}

LogWalk::Queue& LogWalk::queue_of(std::string_view topic, std::int32_t queue_id) {
    if (newest_topic_ == queues_.end() || newest_topic_->first != topic)
        newest_topic_ = queues_.try_emplace(std::string(topic)).first;
    auto [place, fresh] = newest_topic_->second.try_emplace(queue_id);
    if (fresh) place->second.audited.entry = roster_.describe_queue(topic, broker_.broker, queue_id);
    return place->second;
}

/// "TOPIC/ID/START".
void LogWalk::add_queue_file(std::string_view path, const StoreFile& file) {
    const std::size_t first = path.find('/');
    const std::size_t second = path.find('/', first == std::string_view::npos ? first : first + 1);
    if (second == std::string_view::npos) return;
    const std::string_view id_text = path.substr(first + 1, second - first - 1);
    std::int32_t queue_id = 0;
    const auto [rest, error] = std::from_chars(id_text.data(), id_text.data() + id_text.size(), queue_id);
    const auto start = start_of(path.substr(second + 1));
    if (error != std::errc() || rest != id_text.data() + id_text.size() || !start) return;
    queue_of(path.substr(0, first), queue_id).files.add({*start, file.bytes, file.written});
}

void LogWalk::sort_files() {
    for (const StoreFile& file : broker_.files) {
        const std::string_view path = file.path;
        if (path.starts_with(queue_directory)) {
            add_queue_file(path.substr(queue_directory.size()), file);
        } else if (path.starts_with(log_directory)) {
            if (const auto start = start_of(path.substr(log_directory.size()))) log_.push_back({*start, file.bytes});
        }
    }
    std::ranges::sort(log_, {}, &Part::start);
    for (auto& [topic, by_id] : queues_)
        for (auto& [id, queue] : by_id) queue.files.complete();
}

void LogWalk::check_file_sizes() {
    for (std::size_t i = 0; i < log_.size(); ++i) {
        // The last one may have lost its length together with the power: a broker removes such a file when it starts.
        const bool only_made = log_[i].bytes.empty() && i + 1 == log_.size();
        if (!only_made && log_[i].bytes.size() != log_[0].bytes.size())
            problem(AuditTrouble::log, log_[i].start,
                    fmt::format("the log file at {} has {} bytes, the first one {}", log_[i].start,
                                log_[i].bytes.size(), log_[0].bytes.size()));
        if (i > 0 && log_[i].start != log_[i - 1].end())
            problem(AuditTrouble::log, log_[i].start,
                    fmt::format("the log file at {} does not follow the one before, which ends at {}", log_[i].start,
                                log_[i - 1].end()));
    }
}

void LogWalk::run() {
    sort_files();
    check_file_sizes();
    if (!log_.empty() && log_.front().start > 0) audit_.beginning_deleted = true;
    for (const Part& file : log_)
        if (!walk_file(file)) break;
    if (broker_.quiet && !broker_.recovered) check_left_over_units();
    for (const Queue* queue : by_first_record_) audit_.queues.push_back(queue->audited);
}

bool LogWalk::walk_file(const Part& file) {
    std::int64_t at = file.start;
    while (at < file.end()) {
        if (broker_.log_end >= 0 && at >= broker_.log_end) return false;
        const auto found = read_record(file.bytes, static_cast<std::size_t>(at - file.start));
        if (!found) {
            if (broker_.log_end >= 0)
                problem(AuditTrouble::log, at,
                        fmt::format("the log says that it ends at {}, and at {} there is {}", broker_.log_end, at,
                                    found.error().end == RecordEnd::nothing ? "nothing" : found.error().why));
            else if (found.error().end == RecordEnd::broken && broker_.quiet && !broker_.recovered)
                problem(AuditTrouble::log, at, fmt::format("at {} there is {}", at, found.error().why));
            return false;
        }
        if (!found->blank) look_at(found->record, at);
        at += found->record.size;
    }
    return true;
}

void LogWalk::look_at(const Record& record, std::int64_t physical_offset) {
    ++audit_.records;
    audit_.bytes += static_cast<std::uint64_t>(record.size);
    if (record.physical_offset != physical_offset)
        problem(AuditTrouble::log, physical_offset,
                fmt::format("the record at {} says that it is at {}", physical_offset, record.physical_offset));
    const bool crc_ok = options_.hollow_bodies || body_crc(record.body) == record.body_crc;
    if (!crc_ok)
        problem(AuditTrouble::log, physical_offset,
                fmt::format("the record at {} has a body with another CRC than it says", physical_offset));
    if (!record.in_queue()) return;
    Queue& queue = queue_of(record.topic, record.queue_id);
    check_place(queue, record, physical_offset);
    check_unit(queue, record, physical_offset);
    hand_on(queue, record, physical_offset, crc_ok);
}

void LogWalk::check_place(Queue& queue, const Record& record, std::int64_t physical_offset) {
    AuditedQueue& audited = queue.audited;
    if (!queue.seen) {
        queue.seen = true;
        by_first_record_.push_back(&queue);
        audited.first_offset = record.queue_offset;
        audited.next_offset = record.queue_offset;
        if (record.queue_offset != 0 && log_.front().start == 0)
            problem(AuditTrouble::offsets, physical_offset,
                    fmt::format("{} begins with offset {}", audited.entry.text, record.queue_offset));
    }
    if (record.queue_offset != audited.next_offset)
        problem(AuditTrouble::offsets, physical_offset,
                fmt::format("{} {} offset {} (at {})", audited.entry.text,
                            record.queue_offset < audited.next_offset ? "has twice the" : "has a hole before",
                            record.queue_offset, physical_offset));
    audited.next_offset = std::max(audited.next_offset, record.queue_offset + 1);
}

void LogWalk::check_unit(const Queue& queue, const Record& record, std::int64_t physical_offset) {
    const std::string& name = queue.audited.entry.text;
    const auto unit = queue.files.unit(record.queue_offset);
    if (!unit || unit->size == 0) {
        if (broker_.quiet)
            problem(AuditTrouble::units, physical_offset,
                    fmt::format("{} offset {} is in the log and not in the queue", name, record.queue_offset));
        return;
    }
    if (unit->physical_offset != physical_offset || unit->size != record.size) {
        problem(AuditTrouble::units, physical_offset,
                fmt::format("{} offset {} points to {} bytes at {}; its record has {} bytes at {}", name,
                            record.queue_offset, unit->size, unit->physical_offset, record.size, physical_offset));
        return;
    }
    if (record.topic == delayed_topic) return;
    const std::int64_t tags_code = java_hash(property(record.properties, "TAGS"));
    if (unit->tags_code != tags_code)
        problem(AuditTrouble::units, physical_offset,
                fmt::format("{} offset {} has tags code {}, its record's tag {}", name, record.queue_offset,
                            unit->tags_code, tags_code));
}

std::optional<BodyIdentity> LogWalk::identify(const Record& record, bool& whole) {
    std::span<const std::byte> body = record.body;
    if ((record.sys_flag & compressed_flag) != 0) {
        const std::int32_t compression = record.sys_flag & compression_mask;
        whole = (compression == 0 || compression == compression_zlib) && inflate_body(body, inflated_);
        if (!whole) return std::nullopt;
        body = inflated_;
    }
    const auto head = read_body_head(body);
    whole = head.has_value() && (options_.hollow_bodies || check_body(body).has_value());
    return head;
}

void LogWalk::hand_on(const Queue& queue, const Record& record, std::int64_t physical_offset, bool crc_ok) {
    bool whole = false;
    const auto identity = identify(record, whole);
    AuditedRecord audited{.queue = &queue.audited,
                          .queue_offset = record.queue_offset,
                          .physical_offset = physical_offset,
                          .store_timestamp = record.store_timestamp,
                          .reconsume_times = record.reconsume_times,
                          .id = {},
                          .body_whole = whole && crc_ok};
    if (identity && identity->id.producer < roster_.producers().size()) audited.id = identity->id;
    if (audited.body_whole && audited.id.producer != none && queue.audited.entry.kind == QueueKind::ordinary &&
        audited.id.sequence < greatest_sequence) {
        if (audit_.present.size() < roster_.producers().size()) audit_.present.resize(roster_.producers().size());
        audit_.present[audited.id.producer].set(audited.id.sequence);
    }
    for (RecordSink* sink : sinks_) sink->on_record(audited);
}

void LogWalk::check_left_over_units() {
    for (auto& [topic, by_id] : queues_)
        for (auto& [id, queue] : by_id) {
            const std::int64_t last = queue.files.last_unit(queue.audited.next_offset);
            if (last < queue.audited.next_offset) continue;
            if (!log_.empty() && log_.front().start > 0 && !queue.seen)
                continue;  // all its records were deleted, its units not yet
            problem(AuditTrouble::units, -1,
                    fmt::format("{} has units up to offset {}, the log has records up to {}", queue.audited.entry.text,
                                last, queue.audited.next_offset - 1));
        }
}

}  // namespace brokersim::scenario::audit
