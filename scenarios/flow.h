#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "scenarios/event.h"
#include "scenarios/roster.h"

namespace brokersim::scenario {

/// How far each group has come in each queue.
///
/// The *position* of a group in a queue is one past the highest offset that was handed to one of its handlers or
/// committed for it, whichever is greater; an operator's reset sets it. A group that begins at the end
/// (StartFrom::last) has no position until it pulls, commits or handles something. A message *waits* while it is stored
/// and not before the position. The queue *stands still* from the instant at which a message begins to wait, or of the
/// last delivery or commit that moved the position, until the next delivery.
class Flow {
public:
    static constexpr std::int64_t moving = INT64_MIN;  // nothing waits
    struct Reading {
        std::int64_t position = -1;  // -1: none yet
        std::int64_t still_since = moving;
        std::int64_t first = -1;      // where the group began: the first offset that was pulled, handled or committed
        std::int64_t committed = -1;  // the newest committed one
        std::int64_t reset_to = -1;   // the greatest one that an operator set
        std::int64_t end_at_start = -1;  // the queue's end when the group's first member was started; -1: none was yet
        std::uint32_t group = none;      // whose
        bool owned = false;              // somebody in the group took it at least once
    };

    explicit Flow(const Roster& roster) : roster_(roster) {}

    /// stored, dispatched, pull_served, delivered (fills in `stood_still`), owned, offset_committed, offset_reset and
    /// the life of brokers and members; others are ignored.
    void record(Event& event);

    /// One past the last message of the queue (0 for one of which nothing is known).
    std::int64_t end(NameId queue) const { return queue.value < queues_.size() ? queues_[queue.value].end : 0; }
    const Reading& reading(std::uint32_t group, NameId queue) const;
    /// Whether the group passes over that message of its queue by intention: it begins at the end and began after it,
    /// or an operator set its position past it. In a queue that nobody in the group ever took it has not begun: what
    /// was stored since its first member was started is not passed over.
    bool left_out(std::uint32_t group, const QueueEntry& queue, std::int64_t offset) const;
    /// Messages that wait for the group in one queue, and in all of them, its retry queues included.
    std::int64_t waiting(std::uint32_t group, NameId queue) const;
    std::int64_t waiting(std::uint32_t group) const { return group < waiting_.size() ? waiting_[group] : 0; }
    /// The same for each group; groups beyond the end have none.
    std::span<const std::int64_t> waiting_by_group() const { return waiting_; }
    /// Messages that wait for all groups together.
    std::int64_t waiting() const { return waiting_total_; }
    /// Queues of which something is known, by NameId value; those with an empty `readings` are not queues.
    struct Queue {
        std::int64_t end = 0;
        bool power_lost = false;  // since its broker lost power nothing says how much is left
        const QueueEntry* entry = nullptr;
        std::vector<Reading> readings;       // beside roster.readers(*entry)
        std::size_t groups_seen = SIZE_MAX;  // groups that the roster had when the readers were looked up
    };
    const std::vector<Queue>& queues() const { return queues_; }

private:
    /// Null for a queue that nobody reads.
    Queue* queue_of(NameId id) {
        if (id.value >= queues_.size() || queues_[id.value].groups_seen != roster_.groups().size()) [[unlikely]]
            look_up_readers(id);
        Queue& queue = queues_[id.value];
        return queue.readings.empty() ? nullptr : &queue;
    }
    void look_up_readers(NameId id);
    static Reading* reading_of(Queue& queue, std::uint32_t group);
    void move_end(Queue& queue, std::int64_t end, std::int64_t now) {
        if (end > queue.end) extend(queue, end, now);
    }
    void extend(Queue& queue, std::int64_t end, std::int64_t now);
    void move_position(Queue& queue, Reading& reading, std::int64_t position, std::int64_t now);
    void add_waiting(std::uint32_t group, std::int64_t count);
    void cut_back(Queue& queue, std::int64_t end, std::int64_t now);
    void broker_event(const Event& event);
    void member_started(std::uint32_t group);

    const Roster& roster_;
    std::vector<Queue> queues_;
    std::vector<std::int64_t> waiting_;  // by group
    std::vector<bool> started_;          // by group: some member was
    std::int64_t waiting_total_ = 0;
};

}  // namespace brokersim::scenario
