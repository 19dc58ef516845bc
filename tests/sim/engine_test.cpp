#include "sim/engine.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <memory>

namespace brokersim::sim {
namespace {

WorldTime ns(std::int64_t time) { return WorldTime(Duration(time)); }

TEST(Engine, FiresInOrderOfTimeThenInsertion) {
    Engine engine;
    std::vector<int> fired;
    engine.at(ns(5'000'000'000), [&] { fired.push_back(5); });
    engine.at(ns(7), [&] { fired.push_back(1); });
    engine.at(ns(7), [&] { fired.push_back(2); });
    engine.at(ns(3'000'000), [&] { fired.push_back(3); });
    engine.at(ns(3'000'000), [&] { fired.push_back(4); });
    EXPECT_EQ(engine.run_until(ns(10'000'000'000)), EngineStatus::reached);
    EXPECT_EQ(fired, (std::vector<int>{1, 2, 3, 4, 5}));
    EXPECT_EQ(engine.now(), ns(10'000'000'000));
    EXPECT_EQ(engine.fired(), 5U);
    EXPECT_EQ(engine.pending(), 0U);
}

TEST(Engine, RunsNothingBehindTheTimeAskedFor) {
    Engine engine;
    int fired = 0;
    engine.at(ns(100), [&] { ++fired; });
    engine.at(ns(101), [&] { ++fired; });
    engine.run_until(ns(100));
    EXPECT_EQ(fired, 1);
    EXPECT_EQ(engine.now(), ns(100));
}

TEST(Engine, ACancelledTaskIsDestroyedAtOnce) {
    Engine engine;
    for (const std::int64_t when : {10LL, 5'000'000'000LL}) {
        auto alive = std::make_shared<int>(1);
        const TimerId id = engine.at(ns(when), [alive] {});
        EXPECT_EQ(alive.use_count(), 2);
        EXPECT_TRUE(engine.cancel(id));
        EXPECT_EQ(alive.use_count(), 1);
        EXPECT_FALSE(engine.cancel(id));
    }
    EXPECT_FALSE(engine.step(WorldTime::max()));
    EXPECT_EQ(engine.now(), ns(0));
}

TEST(Engine, AnIdOfAReusedSlotCancelsNothing) {
    Engine engine;
    const TimerId first = engine.at(ns(1), [] {});
    engine.run_until(ns(1));
    int fired = 0;
    engine.at(ns(2), [&] { ++fired; });
    EXPECT_FALSE(engine.cancel(first));
    EXPECT_FALSE(engine.cancel(TimerId{}));
    engine.run_until(ns(2));
    EXPECT_EQ(fired, 1);
}

TEST(Engine, ATaskCannotCancelItself) {
    Engine engine;
    TimerId own;
    bool cancelled = true;
    own = engine.at(ns(1), [&] { cancelled = engine.cancel(own); });
    engine.run_until(ns(1));
    EXPECT_FALSE(cancelled);
}

TEST(Engine, ReportsALivelock) {
    Engine engine({.livelock_limit = 1000});
    std::function<void()> again = [&] { engine.at(engine.now(), [&] { again(); }); };
    engine.at(ns(50), [&] { again(); });
    EXPECT_EQ(engine.run_until(ns(100)), EngineStatus::livelock);
    EXPECT_EQ(engine.now(), ns(50));
    EXPECT_EQ(engine.fired(), 1001U);
}

TEST(Engine, ForgetsTheEventsOfAnOwner) {
    struct Owner final : EventOwner {
        void fire(TimerId, Task& task) override {
            ++fired;
            task();
        }
        int fired = 0;
    };
    Engine engine;
    Owner kept;
    Owner lost;
    int ran = 0;
    for (const std::int64_t when : {1LL, 2'000'000LL, 900'000'000'000LL}) {
        engine.at(ns(when), kept, [&] { ++ran; });
        engine.at(ns(when), lost, [&] { ++ran; });
    }
    engine.forget(lost);
    EXPECT_EQ(engine.pending(), 3U);
    engine.run_until(ns(1'000'000'000'000));
    EXPECT_EQ(kept.fired, 3);
    EXPECT_EQ(lost.fired, 0);
    EXPECT_EQ(ran, 3);
}

TEST(Engine, SeededPrioritiesReorderOneInstantOnly) {
    const auto order = [](std::uint64_t seed) {
        Engine engine({.shuffle_equal_times = true, .seed = seed});
        std::vector<int> fired;
        for (int i = 0; i < 20; ++i) engine.at(ns(i / 10), [&fired, i] { fired.push_back(i); });
        engine.run_until(ns(10));
        return fired;
    };
    const auto one = order(1);
    EXPECT_EQ(one, order(1));
    EXPECT_NE(one, order(2));
    EXPECT_FALSE(std::is_sorted(one.begin(), one.end()));
    for (int i = 0; i < 10; ++i) EXPECT_LT(one[static_cast<std::size_t>(i)], 10);
}

TEST(Engine, CancellingManyOfOneTickKeepsTheHeapSmall) {
    Engine engine;
    int fired = 0;
    for (int i = 0; i < 10'000; ++i) {
        const TimerId id = engine.at(ns(10 + i % 7), [&] { ++fired; });
        if (i % 100 != 0) engine.cancel(id);
    }
    engine.run_until(ns(100));
    EXPECT_EQ(fired, 100);
}

/// Against a multimap: random insertions (also from within tasks), cancellations and advances over many scales of time.
RC_GTEST_PROP(Engine, BehavesAsASortedList, ()) {
    Engine engine;
    std::multimap<std::int64_t, int> model;
    std::map<int, std::pair<TimerId, std::multimap<std::int64_t, int>::iterator>> pending;
    std::vector<int> fired;
    int next = 0;
    const auto insert = [&](std::int64_t delay, auto&& self) -> void {
        const int key = next++;
        const std::int64_t when = ns_of(engine.now()) + delay;
        const auto in_model = model.emplace(when, key);
        const TimerId id = engine.at(ns(when), [&, key, delay] {
            fired.push_back(key);
            pending.erase(key);
            if (delay % 3 == 0 && next < 400) self(delay / 2, self);
        });
        pending.emplace(key, std::pair(id, in_model));
    };
    const auto steps = *rc::gen::inRange(1, 120);
    std::vector<int> expected;
    for (int i = 0; i < steps; ++i) {
        const auto scale = *rc::gen::inRange(0, 50);
        const auto delay = *rc::gen::inRange<std::int64_t>(0, (1LL << scale) + 1);
        switch (*rc::gen::inRange(0, 4)) {
            case 0:
            case 1:
                insert(delay, insert);
                break;
            case 2:
                if (!pending.empty()) {
                    auto victim =
                        std::next(pending.begin(), *rc::gen::inRange<int>(0, static_cast<int>(pending.size())));
                    RC_ASSERT(engine.cancel(victim->second.first));
                    model.erase(victim->second.second);
                    pending.erase(victim);
                }
                break;
            default: {
                // Events insert others while they fire, into the model too: walk it as it grows.
                const WorldTime until = engine.now() + Duration(delay);
                engine.run_until(until);
                while (!model.empty() && model.begin()->first <= ns_of(until)) {
                    expected.push_back(model.begin()->second);
                    model.erase(model.begin());
                }
                RC_ASSERT(fired == expected);
                RC_ASSERT(engine.pending() == model.size());
                RC_ASSERT(engine.now() == until);
            }
        }
    }
    engine.clear();
    RC_ASSERT(engine.pending() == 0U);
}

}  // namespace
}  // namespace brokersim::sim
