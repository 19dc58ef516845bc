#include "sim/engine.h"

#include <algorithm>
#include <bit>

#include "core/check.h"
#include "core/draw.h"

namespace brokersim::sim {

Engine::Engine(EngineOptions options) : options_(options) { heads_.fill(none); }

Engine::~Engine() { clear(); }

TimerId Engine::insert(std::int64_t time, EventOwner* owner, Task&& task) {
    BROKERSIM_CHECK(time >= now_, "event at {} ns, now {} ns", time, now_);
    const std::uint32_t number = take_slot();
    Content& kept = content(number);
    kept.task = std::move(task);
    kept.owner = owner;
    Slot& slot = slots_[number];
    slot.time = time;
    // The mixing function is a bijection: shuffled orders are as distinct as insertion numbers.
    slot.order = options_.shuffle_equal_times ? mix64(options_.seed ^ inserted_) : inserted_;
    ++inserted_;
    ++pending_;
    place(number);
    return TimerId{static_cast<std::uint64_t>(slots_[number].generation) << 32 | number};
}

std::uint32_t Engine::take_slot() {
    if (free_ == none) {
        const auto first = static_cast<std::uint32_t>(slots_.size());
        slots_.resize(first + chunk_size);
        chunks_.push_back(std::make_unique<Content[]>(chunk_size));
        for (std::uint32_t i = first + chunk_size; i-- > first;) {
            slots_[i].next = free_;
            free_ = i;
        }
    }
    const std::uint32_t taken = free_;
    free_ = slots_[taken].next;
    return taken;
}

void Engine::place(std::uint32_t number) {
    Slot& slot = slots_[number];
    const std::uint64_t due = tick(slot.time);
    if (due <= cursor_) {
        slot.place = place_heap;
        heap_.push_back({slot.time, slot.order, number, slot.generation});
        std::push_heap(heap_.begin(), heap_.end(), Later{});
        return;
    }
    // The level is that of the highest digit in which the event's tick differs from the cursor.
    const int level = (63 - std::countl_zero(due ^ cursor_)) / level_bits;
    const auto digit = static_cast<std::uint32_t>(due >> (level * level_bits)) & (buckets - 1);
    const std::uint32_t bucket = static_cast<std::uint32_t>(level) * buckets + digit;
    slot.place = bucket;
    slot.prev = none;
    slot.next = heads_[bucket];
    if (slot.next == none)
        occupied_[static_cast<std::size_t>(level)][digit / 64] |= 1ULL << (digit % 64);
    else
        slots_[slot.next].prev = number;
    heads_[bucket] = number;
}

void Engine::unlink(std::uint32_t number) {
    const Slot& slot = slots_[number];
    if (slot.next != none) slots_[slot.next].prev = slot.prev;
    if (slot.prev != none) {
        slots_[slot.prev].next = slot.next;
        return;
    }
    heads_[slot.place] = slot.next;
    if (slot.next == none) {
        const std::uint32_t digit = slot.place % buckets;
        occupied_[slot.place / buckets][digit / 64] &= ~(1ULL << (digit % 64));
    }
}

/// Empties a slot that is in no list any more. The task may call back into the engine while it is destroyed, so the
/// slot becomes free last.
void Engine::drop(std::uint32_t number) {
    Slot& slot = slots_[number];
    slot.place = place_firing;
    if (++slot.generation == 0) slot.generation = 1;
    --pending_;
    content(number).task.reset();
    slots_[number].place = place_free;
    slots_[number].next = free_;
    free_ = number;
}

bool Engine::cancel(TimerId id) {
    const auto number = static_cast<std::uint32_t>(id.value);
    const auto generation = static_cast<std::uint32_t>(id.value >> 32);
    if (number >= slots_.size() || generation == 0 || slots_[number].generation != generation) return false;
    const std::uint32_t where = slots_[number].place;
    if (where == place_heap)
        ++stale_;
    else
        unlink(number);
    drop(number);
    if (stale_ > 1024 && stale_ > heap_.size() / 2) sweep_heap();
    return true;
}

void Engine::forget(const EventOwner& owner) {
    for (std::uint32_t number = 0; number < slots_.size(); ++number) {
        const Slot& slot = slots_[number];
        if (slot.place < place_free || slot.place == place_heap)
            if (content(number).owner == &owner)
                cancel(TimerId{static_cast<std::uint64_t>(slot.generation) << 32 | number});
    }
}

void Engine::clear() {
    for (std::uint32_t number = 0; number < slots_.size(); ++number) {
        const Slot& slot = slots_[number];
        if (slot.place < place_free || slot.place == place_heap)
            cancel(TimerId{static_cast<std::uint64_t>(slot.generation) << 32 | number});
    }
}

void Engine::sweep_heap() {
    std::erase_if(heap_, [this](const Entry& entry) { return slots_[entry.slot].generation != entry.generation; });
    std::make_heap(heap_.begin(), heap_.end(), Later{});
    stale_ = 0;
}

std::uint32_t Engine::next_bucket(int level, std::uint32_t from) const {
    const auto& words = occupied_[static_cast<std::size_t>(level)];
    for (std::uint32_t word = from / 64; word < words.size(); ++word) {
        std::uint64_t bits = words[word];
        if (word == from / 64) bits &= ~0ULL << (from % 64);
        if (bits != 0) return word * 64 + static_cast<std::uint32_t>(std::countr_zero(bits));
    }
    return none;
}

/// Moves the cursor on to the next tick that has events, unless that lies beyond `limit_tick`, and their entries into
/// the (empty) heap. False if there is none. Events of a lower level always come before those of a higher one.
bool Engine::refill(std::uint64_t limit_tick) {
    int level = 0;
    while (level < levels) {
        const int shift = level * level_bits;
        const auto digit = static_cast<std::uint32_t>(cursor_ >> shift) & (buckets - 1);
        const std::uint32_t found = digit + 1 < buckets ? next_bucket(level, digit + 1) : none;
        if (found == none) {
            ++level;
            continue;
        }
        const std::uint64_t above = cursor_ >> (shift + level_bits) << (shift + level_bits);
        const std::uint64_t target = above | static_cast<std::uint64_t>(found) << shift;
        if (target > limit_tick) return false;
        cursor_ = target;
        open_bucket(static_cast<std::uint32_t>(level) * buckets + found);
        if (!heap_.empty()) return true;
        level = 0;
    }
    return false;
}

void Engine::open_bucket(std::uint32_t bucket) {
    std::uint32_t number = heads_[bucket];
    heads_[bucket] = none;
    const std::uint32_t digit = bucket % buckets;
    occupied_[bucket / buckets][digit / 64] &= ~(1ULL << (digit % 64));
    if (bucket >= buckets) {
        while (number != none) {
            const std::uint32_t next = slots_[number].next;
            place(number);
            number = next;
        }
        return;
    }
    for (; number != none; number = slots_[number].next) {
        Slot& slot = slots_[number];
        slot.place = place_heap;
        heap_.push_back({slot.time, slot.order, number, slot.generation});
    }
    std::make_heap(heap_.begin(), heap_.end(), Later{});
}

bool Engine::step(WorldTime until) {
    const std::int64_t limit = ns_of(until);
    for (;;) {
        if (heap_.empty() && !refill(tick(limit))) return false;
        const Entry top = heap_.front();
        Slot& slot = slots_[top.slot];
        const bool stale = slot.generation != top.generation;
        if (!stale && top.time > limit) return false;
        std::pop_heap(heap_.begin(), heap_.end(), Later{});
        heap_.pop_back();
        if (stale) {
            --stale_;
            continue;
        }
        if (top.time != now_) {
            now_ = top.time;
            at_this_instant_ = 0;
        }
        ++at_this_instant_;
        ++fired_;
        --pending_;
        if (++slot.generation == 0) slot.generation = 1;  // from now on cancel() knows nothing of it
        slot.place = place_firing;
        Content& kept = content(top.slot);
        if (kept.owner != nullptr)
            kept.owner->fire(TimerId{static_cast<std::uint64_t>(top.generation) << 32 | top.slot}, kept.task);
        else
            kept.task();
        kept.task.reset();
        slots_[top.slot].place = place_free;
        slots_[top.slot].next = free_;
        free_ = top.slot;
        return true;
    }
}

EngineStatus Engine::run_until(WorldTime until) {
    while (step(until))
        if (livelocked()) return EngineStatus::livelock;
    advance(until);
    return EngineStatus::reached;
}

void Engine::advance(WorldTime until) {
    if (ns_of(until) <= now_) return;
    now_ = ns_of(until);
    at_this_instant_ = 0;
}

}  // namespace brokersim::sim
