#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/callback.h"
#include "sim/types.h"

namespace brokersim::sim {

/// Somebody to whom events belong, so that they can be judged when they are due, and forgotten together.
class EventOwner {
public:
    /// The event `id` is due: runs `task`, keeps it, or drops it.
    virtual void fire(TimerId id, Task& task) = 0;

protected:
    ~EventOwner() = default;
};

struct EngineOptions {
    bool shuffle_equal_times = false;  // order events of one instant by a seeded priority instead of by insertion
    std::uint64_t seed = 0;            // of those priorities
    std::uint64_t livelock_limit = 1'000'000;
};

enum class EngineStatus : std::uint8_t { reached, livelock };

/// The one event queue of a world. Events fire in the order of (time, insertion), or of (time, seeded priority).
///
/// Events of the current tick (2^16 ns, about 65 us) stand in a binary heap; later ones in a hierarchical
/// timing wheel of six levels (as in Varghese and Lauck's scheme 7), whose lists are linked through a pool of slots. A
/// timer that is cancelled in a later tick therefore costs O(1) twice and never sees the heap. Slots hold the task
/// itself; ids are checked against the slot's generation. All calls on the run's one thread; reentrant from tasks.
class Engine {
public:
    explicit Engine(EngineOptions options = {});
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;
    ~Engine();

    WorldTime now() const { return WorldTime(Duration(now_)); }

    /// Runs `task` at `when`, which must not lie in the past. With an owner, `owner.fire` gets the task instead.
    TimerId at(WorldTime when, Task task) { return insert(ns_of(when), nullptr, std::move(task)); }
    TimerId at(WorldTime when, EventOwner& owner, Task task) { return insert(ns_of(when), &owner, std::move(task)); }
    /// Destroys the event's task unless it has begun; false (and nothing happens) for any id that is not pending.
    bool cancel(TimerId id);
    /// Cancels all events of an owner. O(slots): for owners that die.
    void forget(const EventOwner& owner);
    /// Cancels everything.
    void clear();

    /// Fires the next event if it is due at `until` or before, moving the clock to its time; false if there is none
    /// (the clock then stays).
    bool step(WorldTime until);
    /// Fires everything that is due up to `until` and leaves the clock there, or stops at a livelock.
    EngineStatus run_until(WorldTime until);
    /// Moves the clock on when nothing is pending up to `until`.
    void advance(WorldTime until);

    /// Work that is done at this instant without an event; counts towards the livelock limit only.
    void count_work() { ++at_this_instant_; }
    /// More than the limit was done at one instant; stays true until the clock moves.
    bool livelocked() const { return at_this_instant_ > options_.livelock_limit; }

    std::uint64_t fired() const { return fired_; }
    std::size_t pending() const { return pending_; }

private:
    static constexpr int tick_bits = 16;
    static constexpr int level_bits = 8;
    static constexpr int levels = 6;
    static constexpr std::uint32_t buckets = 1U << level_bits;
    static constexpr std::uint32_t chunk_size = 256;
    static constexpr std::uint32_t none = UINT32_MAX;
    enum Place : std::uint32_t { place_free = 0xFFFF0000, place_firing, place_heap };  // below: the number of a bucket

    struct Slot {
        std::int64_t time = 0;
        std::uint64_t order = 0;
        std::uint32_t prev = none;
        std::uint32_t next = none;  // in a bucket, or in the list of free slots
        std::uint32_t generation = 1;
        std::uint32_t place = place_free;
    };
    struct Content {
        Task task;
        EventOwner* owner = nullptr;
    };
    struct Entry {
        std::int64_t time;
        std::uint64_t order;
        std::uint32_t slot;
        std::uint32_t generation;
    };
    struct Later {
        bool operator()(const Entry& a, const Entry& b) const {
            return a.time != b.time ? a.time > b.time : a.order > b.order;
        }
    };

    TimerId insert(std::int64_t time, EventOwner* owner, Task&& task);
    std::uint32_t take_slot();
    void drop(std::uint32_t slot);
    void place(std::uint32_t slot);
    void unlink(std::uint32_t slot);
    bool refill(std::uint64_t limit_tick);
    void open_bucket(std::uint32_t bucket);
    void sweep_heap();
    std::uint32_t next_bucket(int level, std::uint32_t from) const;
    Content& content(std::uint32_t slot) { return chunks_[slot / chunk_size][slot % chunk_size]; }
    static std::uint64_t tick(std::int64_t time) { return static_cast<std::uint64_t>(time) >> tick_bits; }

    EngineOptions options_;
    std::int64_t now_ = 0;
    std::uint64_t cursor_ = 0;  // events up to this tick are in the heap, all later ones in the wheel
    std::uint64_t inserted_ = 0;
    std::uint64_t fired_ = 0;
    std::uint64_t at_this_instant_ = 0;
    std::size_t pending_ = 0;
    std::size_t stale_ = 0;  // entries of the heap whose events were cancelled
    std::vector<Entry> heap_;
    std::vector<Slot> slots_;
    std::vector<std::unique_ptr<Content[]>> chunks_;  // contents never move: a task runs where it lies
    std::uint32_t free_ = none;
    std::array<std::uint32_t, levels * buckets> heads_;
    std::array<std::array<std::uint64_t, buckets / 64>, levels> occupied_{};
};

}  // namespace brokersim::sim
