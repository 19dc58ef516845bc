#include "sim/collector.h"

#include <gtest/gtest.h>

#include "sim/process.h"
#include "tests/sim/script_node.h"

namespace brokersim::sim {
namespace {

using namespace testing;

CollectorSpec every_ten_frames() {
    return {
        .young_bytes = 100'000, .bytes_per_frame = 10'000, .copies = 0, .pause = Distribution::constant(20'000'000)};
}

/// A node that collects garbage gets a frame from another machine every millisecond.
struct Collecting {
    Collecting() {
        const MachineId machine = test.world.add_machine({.name = "java", .cores = 1});
        test.nodes = {nullptr};
        node = test.world.add_node(
            machine, "java",
            [this](Host& host) {
                auto made = std::make_unique<ScriptNode>(host);
                made->on_start = [](ScriptNode& self) { self.host.listen(1, self); };
                test.nodes[0] = made.get();
                return made;
            },
            every_ten_frames());
        test.world.start(node);
        Address address = test.world.address(machine);
        address.port = 1;
        sender = test.add("sender", [address](ScriptNode& self) { self.host.connect(address, 1s, self); });
        test.run(10ms);
    }
    void send(int frames) {
        for (int i = 0; i < frames; ++i) {
            test.in(sender, [i](ScriptNode& self) { self.host.send(ConnectionId{1}, frame(i)); });
            test.run(1ms);
        }
    }

    TestWorld test;
    NodeId node;
    NodeId sender;
};

TEST(Collector, StopsTheProcessWhenTheYoungGenerationIsFull) {
    Collecting world;
    world.send(200);
    world.test.run(1s);
    const Pauses& pauses = world.test.world.pauses(world.node);
    EXPECT_GE(pauses.count, 7U);  // 8 to 13 frames until a pause, some 20 come during one, and are read together
    EXPECT_LE(pauses.count, 15U);
    EXPECT_EQ(pauses.total_ns, static_cast<std::int64_t>(pauses.count) * 20'000'000);
    EXPECT_EQ(pauses.longest_ns, 20'000'000);
    const auto& received = world.test[world.node].received;
    ASSERT_EQ(received.size(), 200U);
    std::uint64_t gaps = 0;
    for (std::size_t i = 1; i < received.size(); ++i) gaps += received[i].at - received[i - 1].at >= 19ms ? 1 : 0;
    EXPECT_LE(gaps, pauses.count);
    EXPECT_GE(gaps + 2, pauses.count);
    EXPECT_EQ(world.test.world.pauses(world.sender).count, 0U);
}

TEST(Collector, DrawsThePausesOfALifeFromTheSeed) {
    const auto times = [](std::uint64_t seed) {
        CollectorSpec spec = every_ten_frames();
        spec.pause = Distribution::log_normal(15'000'000, 50'000'000);
        Collector collector(spec, seed, "broker/0", 0);
        std::vector<std::int64_t> story;
        for (int i = 0; i < 100; ++i)
            if (collector.allocate(100)) story.insert(story.end(), {i, collector.collect().count()});
        return story;
    };
    EXPECT_EQ(times(1), times(1));
    EXPECT_NE(times(1), times(2));
}

/// Stop-the-world: timers run out meanwhile and clocks go on; what they start comes after the pause. The cores are
/// free.
TEST(Collector, HandlersWaitAndGiveTheirCoresBack) {
    Collecting world;
    MonoTime timer, paid;
    while (world.test.world.pauses(world.node).count == 0) {
        world.test.in(world.node, [&](ScriptNode& self) {
            paid = {};
            self.host.owe(900us);
            self.host.paid([&] { paid = self.host.mono_ns(); });
            self.host.after(5ms, [&] { timer = self.host.mono_ns(); });
        });
        world.send(1);
    }
    const MonoTime began = world.test[world.sender].host.mono_ns();
    EXPECT_EQ(world.test.world.machine(MachineId{0}).cores.busy(), 0);
    EXPECT_EQ(world.test.world.state(world.node), NodeState::running);  // nobody suspended it
    world.test.run(19ms - 1ms);
    EXPECT_EQ(paid, MonoTime{});
    world.test.run(30ms);
    EXPECT_GT(paid, began + 18ms);
    EXPECT_GT(timer, began + 18ms);
    EXPECT_LT(timer, began + 30ms);
    world.test.world.check_littles_law();
}

TEST(Collector, ASuspendedProcessThatCollectsGoesOnWhenBothAreOver) {
    Collecting world;
    while (world.test.world.pauses(world.node).count == 0) world.send(1);
    world.test.world.pause(world.node);
    world.test.run(100ms);
    const std::size_t before = world.test[world.node].received.size();
    world.send(3);
    EXPECT_EQ(world.test[world.node].received.size(), before);
    world.test.world.resume(world.node);
    world.test.run(100ms);
    EXPECT_EQ(world.test[world.node].received.size(), before + 3);
}

TEST(Collector, ACollectingProcessCanBeStoppedAndKilled) {
    for (const bool kill : {false, true}) {
        Collecting world;
        while (world.test.world.pauses(world.node).count == 0) world.send(1);
        bool stopped = false;
        if (kill)
            world.test.world.kill(world.node);
        else
            world.test.world.stop(world.node, [&] { stopped = true; });
        EXPECT_EQ(world.test.world.state(world.node), kill ? NodeState::down : NodeState::stopping);
        EXPECT_EQ(world.test.run(1s), RunStatus::reached);
        EXPECT_EQ(world.test.world.state(world.node), NodeState::down);
        EXPECT_EQ(stopped, !kill);
        EXPECT_LE(world.test.world.pauses(world.node).total_ns, 20'000'000);
        EXPECT_GT(world.test.world.pauses(world.node).total_ns, 0);
    }
}

}  // namespace
}  // namespace brokersim::sim
