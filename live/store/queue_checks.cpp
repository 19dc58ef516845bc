#include "live/store/queue_checks.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/store/queue_builder.h"

namespace brokersim::live {
namespace {

constexpr std::int64_t unit_size = store::ConsumeQueue::unit_size;
constexpr std::size_t all_windows = 16 << 20;  // bytes, of all queues together
constexpr std::int32_t inner_batch = 0x80;     // its place is in a queue of batches

std::string text_of(const store::ConsumeUnit& unit) {
    return fmt::format("(position {}, size {}, tags code {})", unit.physical_offset.value, unit.size, unit.tags_code);
}

}  // namespace

QueueChecks::QueueChecks(const StoreLayout& layout, const store::DelayLevels& levels, Findings& findings)
    : layout_(layout),
      levels_(levels),
      findings_(findings),
      window_(std::clamp<std::size_t>(all_windows / (layout.queues.size() + 1), unit_size * 16, 64 << 10)) {
    for (const StoreQueue& queue : layout.queues)
        topics_[queue.topic].try_emplace(queue.id, window_).first->second.there = &queue;
}

void QueueChecks::found(const Queue& queue, std::int64_t offset, std::string what) {
    const std::int64_t position = offset * unit_size;
    for (const StoreFile& file : queue.there->files)
        if (position >= file.start && position < file.start + layout_.queue_file_size)
            return findings_.add(file.path, position - file.start, std::move(what));
    findings_.add(queue.there->directory, std::nullopt, std::move(what));
}

QueueChecks::Queue& QueueChecks::queue_of(const store::RecordView& record) {
    if (last_ == nullptr || last_->first != record.topic()) {
        auto found = topics_.find(record.topic());
        if (found == topics_.end()) found = topics_.try_emplace(std::string(record.topic())).first;
        last_ = &*found;
    }
    return last_->second.try_emplace(record.queue_id(), window_).first->second;
}

std::span<const std::byte> QueueChecks::unit_at(Queue& queue, std::int64_t offset) {
    const std::int64_t position = offset * unit_size;
    if (queue.open == nullptr || position < queue.open->start || position >= queue.open->start + queue.open->size) {
        const auto& files = queue.there->files;
        auto behind = std::ranges::upper_bound(files, position, {}, &StoreFile::start);
        if (behind == files.begin()) return {};
        const StoreFile& file = *(behind - 1);
        if (position >= file.start + file.size) return {};
        queue.open = &file;
        if (auto opened = queue.units.open(layout_.root + "/" + file.path); !opened) {
            queue.open = nullptr;
            findings_.add(file.path, std::nullopt, opened.error());
            return {};
        }
    }
    const auto bytes = queue.units.at(position - queue.open->start, unit_size);
    if (!bytes) {
        findings_.add(queue.open->path, position - queue.open->start, "cannot be read: " + bytes.error());
        return {};
    }
    return bytes->size() < static_cast<std::size_t>(unit_size) ? std::span<const std::byte>{} : bytes->first(unit_size);
}

void QueueChecks::on_record(const store::RecordView& record, std::int64_t at) {
    if (!store::takes_queue_offset(record.sys_flag()) || (record.sys_flag() & inner_batch) != 0) return;
    Queue& queue = queue_of(record);
    const std::int64_t offset = record.queue_offset().value;
    const std::string_view topic = record.topic();
    if (queue.there == nullptr || queue.there->files.empty()) {
        if (queue.first < 0)
            findings_.add(fmt::format("consumequeue/{}/{}", topic, record.queue_id()), std::nullopt,
                          fmt::format("no file, though the log has records of this queue (the first lies at {})", at));
    } else if (offset < 0 || offset > INT64_MAX / unit_size) {
        found(queue, 0, fmt::format("the record at {} says that it is message {} of this queue", at, offset));
        return;
    } else {
        if (queue.first >= 0 && offset != queue.next)
            found(queue, offset,
                  fmt::format("the record at {} says that it is message {} of this queue, which {} should "
                              "be: queue offsets have a hole or repeat",
                              at, offset, queue.next));
        check_unit(queue, offset, {{at}, record.size(), store::tags_code_of(record, levels_)});
    }
    if (queue.first < 0) queue.first = offset;
    queue.next = offset + 1;
}

void QueueChecks::check_unit(Queue& queue, std::int64_t offset, const store::ConsumeUnit& wanted) {
    const auto bytes = unit_at(queue, offset);
    if (bytes.empty())
        return found(queue, offset, fmt::format("unit {} is not there; the log wants {}", offset, text_of(wanted)));
    ++units_;
    const store::ConsumeUnit unit = store::ConsumeQueue::decode(bytes.data());
    const bool address = layout_.queue_extensions && unit.tags_code < INT32_MIN;  // in the extension's files
    if (unit.physical_offset == wanted.physical_offset && unit.size == wanted.size &&
        (unit.tags_code == wanted.tags_code || address))
        return;
    found(queue, offset, fmt::format("unit {} is {}, but the log wants {}", offset, text_of(unit), text_of(wanted)));
}

void QueueChecks::finish(std::int64_t log_begin, std::int64_t log_end) {
    for (auto& [topic, ids] : topics_)
        for (auto& [id, queue] : ids)
            if (queue.there != nullptr && !queue.there->files.empty()) finish(queue, log_begin, log_end);
}

void QueueChecks::finish(Queue& queue, std::int64_t log_begin, std::int64_t log_end) {
    if (queue.there->topic.starts_with("%LMQ%")) return;  // its units share records with other topics' queues
    const std::int64_t from = queue.there->files.front().start / unit_size;
    const StoreFile& last = queue.there->files.back();
    const std::int64_t to = (last.start + last.size) / unit_size;
    const bool claimed = queue.first >= 0;
    check_unclaimed(queue, from, claimed ? std::clamp(queue.first, from, to) : to, log_begin, log_end);
    if (claimed) check_unclaimed(queue, std::clamp(queue.next, from, to), to, log_begin, log_end);
}

void QueueChecks::check_unclaimed(Queue& queue, std::int64_t from, std::int64_t to, std::int64_t log_begin,
                                  std::int64_t log_end) {
    static constexpr std::byte zero[unit_size]{};
    for (std::int64_t offset = from; offset < to; ++offset) {
        const auto bytes = unit_at(queue, offset);
        if (bytes.empty() || std::ranges::equal(bytes, zero)) continue;
        const store::ConsumeUnit unit = store::ConsumeQueue::decode(bytes.data());
        const bool filling = unit.stands_for_none() && unit.tags_code == 0;
        const bool before = queue.first < 0 || offset < queue.first;
        if (before && (filling || (unit.valid() && unit.physical_offset.value < log_begin))) {
            ++units_;
            continue;
        }
        const char* why = unit.physical_offset.value >= log_end     ? "behind the end of the log"
                          : unit.physical_offset.value >= log_begin ? "where no such message of this queue lies"
                                                                    : "before the beginning of the log";
        found(queue, offset, fmt::format("unit {} is {}: it points {}", offset, text_of(unit), why));
    }
}

}  // namespace brokersim::live
