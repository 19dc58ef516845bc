#include "scenarios/measures/stages.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "scenarios/measures/quantities.h"

namespace brokersim::scenario {

namespace {

constexpr std::size_t chunks_without_readers = 2;

}  // namespace

KindMask Stages::interests() const {
    return kinds(EventKind::sent, EventKind::stored, EventKind::dispatched, EventKind::pull_served,
                 EventKind::delivered, EventKind::handled);
}

Stages::Queue* Stages::meet(NameId id) {
    if (history_.roster().queue(id).kind != QueueKind::ordinary) return nullptr;
    if (id.value >= queues_.size()) queues_.resize(id.value + 1);
    queues_[id.value] = std::make_unique<Queue>();
    return queues_[id.value].get();
}

Stages::Entry* Stages::entry(Queue& queue, std::int64_t offset) {
    const auto at = static_cast<std::uint64_t>(offset);
    const std::uint64_t chunk = at / chunk_entries - queue.first_chunk;
    if (chunk >= queue.chunks.size() || queue.chunks[chunk] == nullptr) return nullptr;
    return &(*queue.chunks[chunk])[at % chunk_entries];
}

Stages::Entry& Stages::make_entry(Queue& queue, NameId id, std::int64_t offset) {
    if (Entry* known = entry(queue, offset)) return *known;
    const std::uint64_t chunk = static_cast<std::uint64_t>(offset) / chunk_entries;
    if (queue.chunks.empty()) queue.first_chunk = chunk;
    if (chunk < queue.first_chunk) {
        queue.chunks.resize(queue.chunks.size() + (queue.first_chunk - chunk));
        std::ranges::rotate(queue.chunks, queue.chunks.end() - static_cast<std::ptrdiff_t>(queue.first_chunk - chunk));
        queue.first_chunk = chunk;
    }
    const std::size_t index = chunk - queue.first_chunk;
    if (index >= queue.chunks.size()) {
        let_go(queue, id);
        queue.chunks.resize(index + 1);
    }
    queue.chunks[index] = std::make_unique<Chunk>();
    queue.let_go = std::min(queue.let_go, index);
    return *entry(queue, offset);
}

/// Forgets what no reader will ask for again: all before the last whole chunk that every reader has passed.
void Stages::let_go(Queue& queue, NameId id) {
    const auto readers = history_.roster().readers(history_.roster().queue(id));
    std::int64_t passed = INT64_MAX;
    for (std::uint32_t group : readers) passed = std::min(passed, history_.flow().reading(group, id).position);
    if (passed < 0) return;
    const std::uint64_t whole_chunks = static_cast<std::uint64_t>(passed) / chunk_entries;
    while (queue.let_go + chunks_without_readers < queue.chunks.size() &&
           queue.first_chunk + queue.let_go < whole_chunks)
        queue.chunks[queue.let_go++].reset();
}

void Stages::stored(const Event& event) {
    Queue* queue = queue_of(event.queue);
    if (queue == nullptr) return;
    if (contains(window_, event.time)) {
        times_[lane].add(event.append.in_lane);
        times_[append_lock].add(event.append.in_lock);
        times_[append].add(event.append.append);
    }
    // What was there before the load counts from the load's beginning.
    make_entry(*queue, event.queue, event.offset) = {.stored = std::max<std::int64_t>(event.time, 0),
                                                     .dispatched = unknown};
}

void Stages::dispatched(const Event& event) {
    Queue* queue = queue_of(event.queue);
    if (queue == nullptr) return;
    for (std::int64_t offset = event.offset; offset < event.offset + event.count; ++offset) {
        Entry* known = entry(*queue, offset);
        if (known == nullptr || known->stored == unknown || known->dispatched != unknown) continue;
        known->dispatched = std::max<std::int64_t>(event.time, 0);
        add(dispatch, event.time, event.time - known->stored);
    }
}

void Stages::pulled(const Event& event) {
    Queue* queue = queue_of(event.queue);
    if (queue == nullptr) return;
    const auto readers = history_.roster().readers(history_.roster().queue(event.queue));
    const auto found = std::ranges::find(readers, history_.roster().group(event.group));
    if (found == readers.end()) return;
    queue->pulled.resize(readers.size());
    std::int64_t& done = queue->pulled[static_cast<std::size_t>(found - readers.begin())];
    for (std::int64_t offset = std::max(done, event.offset); offset < event.offset + event.count; ++offset) {
        const Entry* known = entry(*queue, offset);
        if (known != nullptr && known->dispatched != unknown) add(hold, event.time, event.time - known->dispatched);
    }
    done = std::max(done, event.offset + event.count);
}

void Stages::delivered(const Event& event) {
    add(handler_queue, event.time, event.time - event.message.began);
    if (event.repeat != Repeat::first || !event.good || !contains(window_, event.time)) return;
    Queue* queue = queue_of(event.queue);
    const std::uint32_t group = history_.roster().group(event.group);
    if (queue == nullptr || group == none) return;
    const Entry* known = entry(*queue, event.offset);
    if (known == nullptr || known->stored == unknown) return;
    if (group >= lag_.size()) lag_.resize(history_.roster().groups().size());
    lag_[group] = std::max(lag_[group], event.time - known->stored);
}

void Stages::observe(const Event& event) {
    switch (event.kind) {
        case EventKind::sent:
            if (!history_.roster().producers()[event.message.producer].preloaded)
                add(client_wait, event.time, event.time - event.message.intended);
            break;
        case EventKind::stored:
            stored(event);
            break;
        case EventKind::dispatched:
            dispatched(event);
            break;
        case EventKind::pull_served:
            pulled(event);
            break;
        case EventKind::delivered:
            delivered(event);
            break;
        default:
            add(handler, event.time, event.time - event.message.began);
            break;
    }
}

void Stages::finish(std::int64_t end, Metrics& metrics) {
    constexpr std::array<std::string_view, stage_count> names{"client_wait", "lane", "append_lock",   "append",
                                                              "dispatch",    "hold", "handler_queue", "handler"};
    for (std::size_t stage = 0; stage < stage_count; ++stage)
        put_mean(metrics, fmt::format("time.{}", names[stage]), times_[stage]);

    const Roster& roster = history_.roster();
    lag_.resize(roster.groups().size());
    for (std::uint32_t id = 0; id < queues_.size(); ++id) {
        if (queues_[id] == nullptr) continue;
        for (std::uint32_t group : roster.readers(roster.queue(NameId{id}))) {
            const Flow::Reading reading = history_.flow().reading(group, NameId{id});
            if (reading.position < 0 || reading.position >= history_.flow().end(NameId{id})) continue;
            const Entry* oldest = entry(*queues_[id], reading.position);
            const std::int64_t until = std::min(end, window_.until);
            if (oldest != nullptr && oldest->stored != unknown && oldest->stored < until)
                lag_[group] = std::max(lag_[group], until - oldest->stored);
        }
    }
    for (std::uint32_t group = 0; group < lag_.size(); ++group)
        metrics[fmt::format("group.{}.lag_s", roster.groups()[group].name)] = ratio(lag_[group], 1'000'000'000);
}

}  // namespace brokersim::scenario
