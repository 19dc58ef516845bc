#include "scenarios/flow.h"

#include <algorithm>

#include "core/check.h"

namespace brokersim::scenario {
namespace {

const Flow::Reading nothing_read;

}  // namespace

void Flow::look_up_readers(NameId id) {
    if (id.value >= queues_.size()) queues_.resize(id.value + 1);
    Queue& queue = queues_[id.value];
    queue.groups_seen = roster_.groups().size();
    queue.entry = &roster_.queue(id);
    const auto readers = roster_.readers(*queue.entry);
    while (queue.readings.size() < readers.size()) {
        const std::uint32_t group = readers[queue.readings.size()];
        const bool from_end =
            queue.entry->kind == QueueKind::ordinary && roster_.groups()[group].from == StartFrom::last;
        queue.readings.push_back({.position = from_end ? -1 : 0,
                                  .end_at_start = group < started_.size() && started_[group] ? queue.end : -1,
                                  .group = group});
        if (!from_end) add_waiting(group, queue.end);
    }
}

Flow::Reading* Flow::reading_of(Queue& queue, std::uint32_t group) {
    for (Reading& reading : queue.readings)
        if (reading.group == group) return &reading;
    return nullptr;
}

void Flow::add_waiting(std::uint32_t group, std::int64_t count) {
    if (group >= waiting_.size()) waiting_.resize(roster_.groups().size());
    waiting_[group] += count;
    waiting_total_ += count;
}

void Flow::extend(Queue& queue, std::int64_t end, std::int64_t now) {
    const std::int64_t grown = end - queue.end;
    queue.end = end;
    for (Reading& reading : queue.readings) {
        if (reading.position < 0) continue;
        add_waiting(reading.group, grown);
        if (reading.still_since == moving) reading.still_since = now;
    }
}

void Flow::move_position(Queue& queue, Reading& reading, std::int64_t position, std::int64_t now) {
    move_end(queue, position, now);
    add_waiting(reading.group, (queue.end - position) - (reading.position < 0 ? 0 : queue.end - reading.position));
    reading.position = position;
    reading.still_since = position < queue.end ? now : moving;
}

void Flow::cut_back(Queue& queue, std::int64_t end, std::int64_t now) {
    for (Reading& reading : queue.readings) {
        if (reading.position < 0) continue;
        const std::int64_t position = std::min(reading.position, end);
        add_waiting(reading.group, (end - position) - (queue.end - reading.position));
        reading.position = position;
        reading.still_since = position < end ? now : moving;
    }
    queue.end = end;
}

void Flow::broker_event(const Event& event) {
    const std::uint32_t broker = roster_.broker_on(event.node);
    if (broker == none) return;
    for (Queue& queue : queues_) {
        if (queue.entry == nullptr || queue.entry->broker != broker) continue;
        if (event.kind == EventKind::node_power_lost) queue.power_lost = true;
        if (event.kind != EventKind::node_started || !queue.power_lost) continue;
        // Nobody knows yet how much of the queue is left. What is pulled or stored from now on will tell.
        std::int64_t known = 0;
        for (const Reading& reading : queue.readings) known = std::max(known, reading.position);
        cut_back(queue, known, event.time);
    }
}

/// A broadcasting consumer that is started again begins at the end again, if it begins there, in queues of which its
/// file says nothing: where it had committed nothing, or may have lost its file.
void Flow::member_started(std::uint32_t group) {
    if (group >= started_.size()) started_.resize(roster_.groups().size());
    const GroupEntry& entry = roster_.groups()[group];
    const bool again = started_[group];
    if (again && (entry.reader_of.empty() || entry.from != StartFrom::last)) return;
    started_[group] = true;
    for (Queue& queue : queues_) {
        Reading* reading = reading_of(queue, group);
        if (reading == nullptr || (again && reading->committed >= 0)) continue;
        if (again && reading->position >= 0) add_waiting(group, reading->position - queue.end);
        if (again) *reading = {.group = group};
        reading->end_at_start = queue.end;
    }
}

void Flow::record(Event& event) {
    switch (event.kind) {
        case EventKind::stored: {
            Queue* queue = queue_of(event.queue);
            if (queue == nullptr) break;
            if (queue->power_lost) {
                queue->power_lost = false;
                if (event.offset < queue->end) cut_back(*queue, event.offset, event.time);
            }
            move_end(*queue, event.offset + 1, event.time);
            break;
        }
        case EventKind::dispatched:
            if (Queue* queue = queue_of(event.queue)) move_end(*queue, event.offset + event.count, event.time);
            break;
        case EventKind::pull_served: {
            Queue* queue = queue_of(event.queue);
            if (queue == nullptr) break;
            move_end(*queue, event.offset + event.count, event.time);
            Reading* reading = reading_of(*queue, roster_.group(event.group));
            if (reading == nullptr) break;
            if (reading->first < 0) reading->first = event.offset;
            if (reading->position < 0) move_position(*queue, *reading, event.offset, event.time);
            break;
        }
        case EventKind::delivered: {
            Queue* queue = queue_of(event.queue);
            Reading* reading = queue == nullptr ? nullptr : reading_of(*queue, roster_.group(event.group));
            if (reading == nullptr) break;
            if (reading->first < 0) reading->first = event.offset;
            if (reading->still_since != moving) event.message.stood_still = event.time - reading->still_since;
            const std::int64_t position = std::max(reading->position, event.offset + 1);
            move_position(*queue, *reading, position, event.time);
            break;
        }
        case EventKind::offset_committed:
        case EventKind::offset_reset: {
            Queue* queue = queue_of(event.queue);
            Reading* reading = queue == nullptr ? nullptr : reading_of(*queue, roster_.group(event.group));
            if (reading == nullptr) break;
            if (event.kind == EventKind::offset_reset)
                reading->reset_to = std::max(reading->reset_to, event.offset);
            else if (reading->first < 0)
                reading->first = event.offset;
            reading->committed = event.offset;
            if (event.kind == EventKind::offset_reset || event.offset > reading->position)
                move_position(*queue, *reading, event.offset, event.time);
            break;
        }
        case EventKind::owned: {
            Queue* queue = queue_of(event.queue);
            Reading* reading = queue == nullptr ? nullptr : reading_of(*queue, roster_.group(event.group));
            if (reading != nullptr) reading->owned = true;
            break;
        }
        case EventKind::node_started:
            if (const std::uint32_t group = roster_.nodes()[event.node].group; group != none) member_started(group);
            broker_event(event);
            break;
        case EventKind::node_power_lost:
            if (const std::uint32_t group = roster_.nodes()[event.node].group;
                group != none && !roster_.groups()[group].reader_of.empty())
                for (Queue& queue : queues_)
                    if (Reading* reading = reading_of(queue, group)) reading->committed = -1;
            broker_event(event);
            break;
        default:
            break;
    }
}

const Flow::Reading& Flow::reading(std::uint32_t group, NameId id) const {
    if (id.value < queues_.size())
        for (const Reading& reading : queues_[id.value].readings)
            if (reading.group == group) return reading;
    return nothing_read;
}

bool Flow::left_out(std::uint32_t group, const QueueEntry& queue, std::int64_t offset) const {
    const Reading& known = queue.id == no_name ? nothing_read : reading(group, queue.id);
    if (offset < known.reset_to) return true;
    const GroupEntry& entry = roster_.groups()[group];
    if (entry.from != StartFrom::last) return false;
    if (known.first >= 0) return offset < known.first;
    return known.owned || entry.shares_queues || known.end_at_start < 0 || offset < known.end_at_start;
}

std::int64_t Flow::waiting(std::uint32_t group, NameId id) const {
    const Reading& found = reading(group, id);
    return found.position < 0 ? 0 : end(id) - found.position;
}

}  // namespace brokersim::scenario
