#include "sim/process.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/lock.h"
#include "sim/arrivals.h"
#include "tests/sim/script_node.h"

namespace brokersim::sim {
namespace {

using namespace testing;

MachineSpec machine(std::string name, int cores) { return {.name = std::move(name), .cores = cores}; }

std::int64_t us(MonoTime time) { return time.time_since_epoch().count() / 1000; }

TEST(Process, PaidRunsAtOnceWithoutAnEventWhenNothingIsOwed) {
    TestWorld test;
    std::vector<std::string> order;
    test.add("a", [&](ScriptNode& node) {
        node.host.paid([&] { order.push_back("paid 1"); });
        node.host.soon([&] { order.push_back("soon"); });
        node.host.paid([&] { order.push_back("paid 2"); });
        order.push_back("body");
    });
    EXPECT_EQ(order, (std::vector<std::string>{"body", "soon", "paid 1", "paid 2"}));
    EXPECT_EQ(test.world.events(), 0U);
}

TEST(Process, AHandlerWithDebtsCostsOneEvent) {
    TestWorld test;
    std::vector<std::int64_t> paid;
    test.add("a", [&](ScriptNode& node) {
        node.host.owe(300us);
        node.host.owe(100us);
        node.host.paid([&] { paid.push_back(us(node.host.mono_ns())); });
        node.host.paid([&] { paid.push_back(us(node.host.mono_ns())); });
    });
    test.run(1s);
    EXPECT_EQ(paid, (std::vector<std::int64_t>{400, 400}));
    EXPECT_EQ(test.world.events(), 1U);
}

TEST(Process, HandlersOnOneCoreAreServedOneAfterTheOther) {
    TestWorld test;
    std::vector<std::int64_t> paid;
    const NodeId node = test.add(machine("a", 1));
    for (int i = 0; i < 3; ++i)
        test.in(node, [&](ScriptNode& self) {
            self.host.owe(500us);
            self.host.paid([&] { paid.push_back(us(self.host.mono_ns())); });
        });
    test.run(1s);
    EXPECT_EQ(paid, (std::vector<std::int64_t>{500, 1000, 1500}));
    EXPECT_EQ(test.world.machine(MachineId{0}).cores.served_ns(), 1'500'000);
}

TEST(Process, TwoCoresServeTwoHandlersAtATime) {
    TestWorld test;
    std::vector<std::int64_t> paid;
    const NodeId node = test.add(machine("a", 2));
    for (int i = 0; i < 3; ++i)
        test.in(node, [&](ScriptNode& self) {
            self.host.owe(500us);
            self.host.paid([&] { paid.push_back(us(self.host.mono_ns())); });
        });
    test.run(1s);
    EXPECT_EQ(paid, (std::vector<std::int64_t>{500, 500, 1000}));
}

TEST(Process, ALongDebtGivesWayAfterEachSlice) {
    TestWorld test;
    std::vector<std::int64_t> paid;
    const NodeId node = test.add(machine("a", 1));
    for (const Duration debt : {Duration(2500us), Duration(200us)})
        test.in(node, [&, debt](ScriptNode& self) {
            self.host.owe(debt);
            self.host.paid([&] { paid.push_back(us(self.host.mono_ns())); });
        });
    test.run(1s);
    EXPECT_EQ(paid, (std::vector<std::int64_t>{1200, 2700}));
}

TEST(Process, NodesOfOneMachineShareItsCores) {
    TestWorld test;
    const MachineId shared = test.world.add_machine(machine("host", 1));
    std::vector<std::int64_t> paid;
    for (const char* name : {"a", "b"})
        test.world.start(test.world.add_node(shared, name, [&](Host& host) {
            auto node = std::make_unique<ScriptNode>(host);
            node->on_start = [&](ScriptNode& self) {
                self.host.owe(700us);
                self.host.paid([&] { paid.push_back(us(self.host.mono_ns())); });
            };
            return node;
        }));
    test.run(1s);
    EXPECT_EQ(paid, (std::vector<std::int64_t>{700, 1400}));
}

TEST(Process, ALaneServesAsManyAsItHasServersInOrder) {
    TestWorld test;
    std::vector<std::pair<int, std::int64_t>> done;
    test.add(machine("a", 8), [&](ScriptNode& node) {
        node.host.open_lane(Lane::send, 2);
        for (int i = 0; i < 5; ++i)
            node.host.start(Lane::send, [&, i](LaneServer server) {
                node.host.owe(100us);
                node.host.paid([&, i, server = std::move(server)] { done.emplace_back(i, us(node.host.mono_ns())); });
            });
    });
    test.run(1s);
    EXPECT_EQ(done, (std::vector<std::pair<int, std::int64_t>>{{0, 100}, {1, 100}, {2, 200}, {3, 200}, {4, 300}}));
}

TEST(Process, AServerIsFreeOnlyWhenTheDebtsOfTheHandlerThatDropsItArePaid) {
    TestWorld test;
    std::vector<std::int64_t> began;
    test.add(machine("a", 8), [&](ScriptNode& node) {
        node.host.open_lane(Lane::pull, 1);
        for (int i = 0; i < 2; ++i)
            node.host.start(Lane::pull, [&](LaneServer) {
                began.push_back(us(node.host.mono_ns()));
                node.host.owe(250us);
            });
    });
    test.run(1s);
    EXPECT_EQ(began, (std::vector<std::int64_t>{0, 250}));
}

TEST(Process, AServerMayBeKeptAcrossHandlers) {
    TestWorld test;
    std::vector<std::int64_t> began;
    test.add("a", [&](ScriptNode& node) {
        node.host.open_lane(Lane::rebalance, 1);
        for (int i = 0; i < 2; ++i)
            node.host.start(Lane::rebalance, [&](LaneServer server) {
                began.push_back(us(node.host.mono_ns()));
                node.host.after(3ms, [server = std::move(server)] {});
            });
    });
    test.run(1s);
    EXPECT_EQ(began, (std::vector<std::int64_t>{0, 3000}));
}

TEST(Process, ALockIsHeldUntilTheWorkIsPaid) {
    TestWorld test;
    std::vector<std::int64_t> locked;
    std::unique_ptr<Lock> lock;
    test.add(machine("a", 4), [&](ScriptNode& node) {
        lock = std::make_unique<Lock>(node.host);
        node.host.open_lane(Lane::send, 3);
        for (int i = 0; i < 3; ++i)
            node.host.start(Lane::send, [&](LaneServer server) {
                node.host.owe(50us);  // outside the lock
                node.host.paid([&, server = std::move(server)]() mutable {
                    lock->acquire([&, server = std::move(server)]() mutable {
                        locked.push_back(us(node.host.mono_ns()));
                        node.host.owe(20us);
                        node.host.paid([&, server = std::move(server)] { lock->release(); });
                    });
                });
            });
    });
    test.run(1s);
    EXPECT_EQ(locked, (std::vector<std::int64_t>{50, 70, 90}));
}

TEST(Process, TimersRunOnTheDriftingClock) {
    TestWorld test;
    MonoTime fired{};
    const NodeId node = test.add(MachineSpec{.name = "fast", .drift_ppm = 100'000});  // gains a tenth
    test.in(node, [&](ScriptNode& self) { self.host.after(1100ms, [&] { fired = self.host.mono_ns(); }); });
    test.run(999'999'999ns);
    EXPECT_EQ(fired, MonoTime{});
    test.run(1ns);
    EXPECT_EQ(fired, MonoTime(1100ms));
}

TEST(Process, TheWallClockIsSkewedAndMayJump) {
    TestWorld test;
    const NodeId node = test.add(MachineSpec{.name = "late", .wall_skew = -1500us});
    test.run(10ms);
    EXPECT_EQ(epoch_ms(test[node].host.wall_ms()), World::epoch_start_ms + 8);
    test.world.jump_wall(MachineId{0}, -1h);
    EXPECT_EQ(epoch_ms(test[node].host.wall_ms()), World::epoch_start_ms + 8 - 3'600'000);
    EXPECT_EQ(test[node].host.mono_ns(), MonoTime(10ms));
}

RC_GTEST_PROP(Clock, ATimerFiresWhenItsTimeHasPassedAndNoSooner, ()) {
    const auto drift = *rc::gen::inRange<std::int64_t>(-500'000, 500'000);
    const auto now = *rc::gen::inRange<std::int64_t>(0, 1LL << 45);
    const auto delay = *rc::gen::inRange<std::int64_t>(1, 1LL << 45);
    const Clock clock(0, Duration(0), drift);
    const MonoTime target = clock.mono(at(Duration(now))) + Duration(delay);
    const WorldTime due = clock.after(at(Duration(now)), Duration(delay));
    RC_ASSERT(clock.mono(due) >= target);
    RC_ASSERT(clock.mono(due - Duration(1)) < target || due == at(Duration(now)));
}

TEST(Process, NothingOfAKilledProcessRunsAndItsNodeGoesFirst) {
    TestWorld test;
    int ran = 0;
    struct Tells {
        std::vector<std::string>* order;
        std::string name;
        Tells(std::vector<std::string>* o, std::string n) : order(o), name(std::move(n)) {}
        ~Tells() { order->push_back(name); }
    };
    std::vector<std::string> order;
    const NodeId node = test.add(machine("a", 1), [&](ScriptNode& self) {
        self.host.open_lane(Lane::send, 1);
        self.on_shutdown = [tells = std::make_shared<Tells>(&order, "node")](ScriptNode&, Task) {};
        auto left = std::make_shared<Tells>(&order, "closure");
        self.host.after(1s, [&, left] { ++ran; });
        self.host.start(Lane::send,
                        [&](LaneServer server) { self.host.after(2s, [&, server = std::move(server)] { ++ran; }); });
        self.host.start(Lane::send, [&](LaneServer) { ++ran; });
        self.host.owe(5ms);
        self.host.paid([&] { ++ran; });
    });
    test.run(2ms);
    test.world.kill(node);
    EXPECT_EQ(order, (std::vector<std::string>{"node", "closure"}));
    EXPECT_EQ(test.world.state(node), NodeState::down);
    test.run(10s);
    EXPECT_EQ(ran, 0);
    EXPECT_FALSE(test.world.run_in(node, [] {}));
}

TEST(Process, AKilledProcessFreesItsCores) {
    TestWorld test;
    const MachineId shared = test.world.add_machine(machine("host", 1));
    std::vector<std::int64_t> paid;
    std::vector<NodeId> nodes;
    for (const char* name : {"a", "b", "c"}) {
        nodes.push_back(test.world.add_node(shared, name, [&](Host& host) {
            auto made = std::make_unique<ScriptNode>(host);
            made->on_start = [&](ScriptNode& self) {
                self.host.owe(900us);
                self.host.paid([&] { paid.push_back(us(self.host.mono_ns())); });
            };
            return made;
        }));
        test.world.start(nodes.back());
    }
    test.run(100us);
    test.world.kill(nodes[0]);  // on the core
    test.world.kill(nodes[1]);  // in the queue
    test.run(1s);
    EXPECT_EQ(paid, (std::vector<std::int64_t>{1000}));
}

TEST(Process, ARestartIsANewIncarnation) {
    TestWorld test;
    std::vector<std::uint32_t> lives;
    const NodeId node = test.add("a", [&](ScriptNode& self) { lives.push_back(self.host.incarnation()); });
    test.world.kill(node);
    test.run(1s);
    test.world.start(node);
    EXPECT_EQ(lives, (std::vector<std::uint32_t>{0, 1}));
    EXPECT_EQ(test.world.lives(node), 2U);
    EXPECT_EQ(test.world.state(node), NodeState::running);
}

TEST(Process, StopWaitsForTheShutdown) {
    TestWorld test;
    const NodeId node = test.add("a", [](ScriptNode& self) {
        self.on_shutdown = [](ScriptNode& me, Task done) { me.host.after(30ms, std::move(done)); };
    });
    WorldTime stopped{};
    test.world.stop(node, [&] { stopped = test.world.now(); });
    EXPECT_EQ(test.world.state(node), NodeState::stopping);
    test.run(29ms);
    EXPECT_EQ(test.world.state(node), NodeState::stopping);
    test.run(1s);
    EXPECT_EQ(stopped, at(30ms));
    EXPECT_EQ(test.world.state(node), NodeState::down);
}

TEST(Process, WhatIsDueDuringAPauseRunsAfterIt) {
    TestWorld test;
    std::vector<std::string> order;
    const NodeId node = test.add(machine("a", 1), [&](ScriptNode& self) {
        self.host.after(10ms, [&] { order.push_back("first"); });
        const auto second = std::make_shared<TimerId>();
        self.host.after(11ms, [&, second] {
            order.push_back("cancels");
            self.host.cancel(*second);
        });
        *second = self.host.after(12ms, [&] { order.push_back("cancelled"); });
        self.host.after(13ms, [&] { order.push_back("last"); });
        self.host.after(1ms, [&] {
            self.host.owe(600us);
            self.host.paid([&] { order.push_back("paid at " + std::to_string(us(self.host.mono_ns()))); });
        });
    });
    test.run(1200us);
    test.world.pause(node);
    EXPECT_EQ(test.world.state(node), NodeState::paused);
    test.run(1s);
    EXPECT_TRUE(order.empty());
    test.world.resume(node);
    EXPECT_EQ(order, (std::vector<std::string>{"first", "cancels", "last"}));
    test.run(1s);
    EXPECT_EQ(order.back(), "paid at 1001600");
}

TEST(Process, BuggifyIsSeededAndOffByDefault) {
    TestWorld calm;
    const NodeId a = calm.add("a");
    calm.in(a, [](ScriptNode& self) {
        for (int i = 0; i < 100; ++i) EXPECT_FALSE(self.host.buggify("short batch"));
    });
    int fired = 0;
    TestWorld hunting({.buggify_places_ppm = 1'000'000, .buggify_fires_ppm = 250'000});
    const NodeId b = hunting.add("a");
    hunting.in(b, [&](ScriptNode& self) {
        for (int i = 0; i < 1000; ++i) fired += self.host.buggify("short batch") ? 1 : 0;
    });
    EXPECT_GT(fired, 150);
    EXPECT_LT(fired, 350);
}

/// Single-server theory: with Poisson arrivals and constant service the mean wait is r/(2M(1-r)) (Pollaczek-Khinchine).
TEST(Process, ACoreBehavesAsAQueueWithOneServer) {
    TestWorld test;
    const NodeId node = test.add(machine("a", 1));
    PoissonArrivals arrivals({5000, std::chrono::seconds(1)});
    constexpr std::uint64_t count = 200'000;
    std::int64_t waited = 0;
    std::function<void(std::uint64_t)> arrive = [&](std::uint64_t n) {
        test.in(node, [&](ScriptNode& self) {
            self.host.owe(100us);
            self.host.paid(
                [&, began = self.host.mono_ns()] { waited += (self.host.mono_ns() - began).count() - 100'000; });
        });
        if (n + 1 < count)
            test.world.schedule(at(arrivals.next(draw_key(3, Purpose::arrival, 0, n))), [&, n] { arrive(n + 1); });
    };
    test.world.schedule(at(0ns), [&] { arrive(0); });
    EXPECT_EQ(test.run(1h), RunStatus::reached);
    EXPECT_NEAR(static_cast<double>(waited) / count / 50'000, 1, 0.03);  // r = 1/2: half a service time
}

}  // namespace
}  // namespace brokersim::sim
