#pragma once

#include <array>
#include <memory>
#include <vector>

#include "scenarios/histogram.h"
#include "scenarios/history.h"
#include "scenarios/measures/measures.h"

namespace brokersim::scenario {

/// Where the time of messages goes, stage by stage (time.STAGE.mean_ms, .p99_ms; times of ordinary queues only):
///
///   client_wait    from the intended send to the call of send (a producer with a window waits here)
///   lane           in the broker, from the request's arrival until a server of its lane took it
///   append_lock    from then until the append lock was got, encoding included
///   append         from then until the append was paid: copying, page faults, throttling
///   dispatch       from then until the record's unit was in its queue
///   hold           from then until a pull of the group was first answered with it (long polling, backlog)
///   handler_queue  from the arrival at the client to the handler's beginning
///   handler        from the handler's beginning to its end
///
/// And group.NAME.lag_s: the longest time from the end of a message's append to its first delivery to the group; for
/// those that still wait at the end, to the end.
class Stages final : public Observer {
public:
    Stages(const History& history, Window window) : history_(history), window_(window) {}
    KindMask interests() const override;
    void observe(const Event& event) override;
    void finish(std::int64_t end, Metrics& metrics);

private:
    enum Stage { client_wait, lane, append_lock, append, dispatch, hold, handler_queue, handler, stage_count };
    struct Entry {
        std::int64_t stored = unknown;
        std::int64_t dispatched = unknown;
    };
    static constexpr std::int64_t unknown = INT64_MIN;
    static constexpr std::uint64_t chunk_entries = 1024;
    using Chunk = std::array<Entry, chunk_entries>;
    /// When each message of a queue was stored and dispatched, as long as some reader may ask.
    struct Queue {
        std::uint64_t first_chunk = 0;  // the number of chunks.front(): its first offset / chunk_entries
        std::size_t let_go = 0;         // chunks before this index are not there any more
        std::vector<std::unique_ptr<Chunk>> chunks;
        std::vector<std::int64_t> pulled;  // beside its readers: one past the greatest offset that was pulled
    };

    void add(Stage stage, std::int64_t time, std::int64_t duration) {
        if (time >= window_.from && time < window_.until) times_[stage].add(duration);
    }
    /// Null for a queue that is not ordinary.
    Queue* queue_of(NameId id) {
        if (id.value < queues_.size() && queues_[id.value] != nullptr) return queues_[id.value].get();
        return meet(id);
    }
    Queue* meet(NameId id);
    static Entry* entry(Queue& queue, std::int64_t offset);
    Entry& make_entry(Queue& queue, NameId id, std::int64_t offset);
    void let_go(Queue& queue, NameId id);
    void stored(const Event& event);
    void dispatched(const Event& event);
    void pulled(const Event& event);
    void delivered(const Event& event);

    const History& history_;
    Window window_;
    std::array<Histogram, stage_count> times_;
    std::vector<std::unique_ptr<Queue>> queues_;  // by NameId; null: not an ordinary queue, or not met
    std::vector<std::int64_t> lag_;               // by group
};

}  // namespace brokersim::scenario
