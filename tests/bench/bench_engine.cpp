#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#include "core/draw.h"
#include "sim/engine.h"

/// The event engine against a floor measured in the same run: a bare binary heap that pops, pushes and makes one
/// indirect call for each event. The engine's timers are harder: for each one that fires another is cancelled.
namespace {

using namespace brokersim;
using namespace brokersim::sim;

std::int64_t draw_delay(std::uint64_t n) {
    return 1 + static_cast<std::int64_t>(below(draw_key(1, Purpose::test, 0, n), 1'000'000'000));
}

/// CPU time of this thread in ns: other work on the computer does not count.
double cpu_ns() {
    timespec spent{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return static_cast<double>(spent.tv_sec) * 1e9 + static_cast<double>(spent.tv_nsec);
}

/// Nanoseconds of one event of a bare heap with `pending` events.
double floor_ns(std::size_t pending, std::size_t events) {
    struct Event {
        std::int64_t time;
        std::uint64_t order;
        void (*call)(std::uint64_t&);
        bool operator<(const Event& other) const {
            return time != other.time ? time > other.time : order > other.order;
        }
    };
    std::uint64_t fired = 0;
    std::uint64_t order = 0;
    std::vector<Event> heap;
    const auto insert = [&](std::int64_t now) {
        heap.push_back({now + draw_delay(order), order, [](std::uint64_t& count) { ++count; }});
        ++order;
        std::push_heap(heap.begin(), heap.end());
    };
    for (std::size_t i = 0; i < pending; ++i) insert(0);
    const auto step = [&] {
        std::pop_heap(heap.begin(), heap.end());
        const Event event = heap.back();
        heap.pop_back();
        event.call(fired);
        insert(event.time);
    };
    for (std::size_t i = 0; i < pending; ++i) step();
    const double begin = cpu_ns();
    for (std::size_t i = 0; i < events; ++i) step();
    const double end = cpu_ns();
    benchmark::DoNotOptimize(fired);
    return (end - begin) / static_cast<double>(events);
}

/// A timer that fires sets two new ones, and cancels one of those that are meant to be cancelled.
class Timers {
public:
    explicit Timers(std::size_t pending) : doomed_(pending / 2) {
        for (std::size_t i = 0; i < pending / 2; ++i) {
            add();
            doomed_[i] = engine_.at(later(), [this] { ++fired_; });
        }
    }
    void run(std::size_t events) {
        for (std::size_t i = 0; i < events; ++i) engine_.step(WorldTime::max());
    }
    std::uint64_t fired() const { return fired_; }

private:
    WorldTime later() { return engine_.now() + Duration(draw_delay(order_++)); }
    void add() {
        engine_.at(later(), [this] { fire(); });
    }
    void fire() {
        ++fired_;
        add();
        TimerId& victim = doomed_[fired_ % doomed_.size()];
        engine_.cancel(victim);
        victim = engine_.at(later() + std::chrono::seconds(2), [this] { ++fired_; });
    }

    Engine engine_;
    std::vector<TimerId> doomed_;
    std::uint64_t fired_ = 0;
    std::uint64_t order_ = 0;
};

void engine_with_cancelled_timers(benchmark::State& state) {
    const auto pending = static_cast<std::size_t>(state.range(0));
    Timers timers(pending);
    timers.run(pending);
    std::uint64_t rounds = 0;
    const double begin = cpu_ns();
    for (auto _ : state) {
        timers.run(1000);
        ++rounds;
    }
    const double end = cpu_ns();
    const double events = static_cast<double>(rounds) * 1000;
    const double engine = (end - begin) / events;
    const double floor = floor_ns(pending, 1'000'000);
    state.SetItemsProcessed(static_cast<std::int64_t>(events));
    state.counters["engine_ns"] = engine;
    state.counters["floor_ns"] = floor;
    state.counters["ratio"] = engine / floor;
    benchmark::DoNotOptimize(timers.fired());
}

BENCHMARK(engine_with_cancelled_timers)->Arg(100)->Arg(10'000)->Arg(1'000'000);

}  // namespace

BENCHMARK_MAIN();
