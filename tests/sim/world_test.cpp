#include "sim/world.h"

#include <gtest/gtest.h>

#include <cstring>

#include "core/check.h"
#include "sim/arrivals.h"
#include "tests/sim/script_node.h"

namespace brokersim::sim {
namespace {

using namespace testing;

/// A small busy world: three clients send to a server that writes, owes, notes and answers.
struct Busy : TestWorld {
    explicit Busy(std::uint64_t seed, WorldOptions options = {}) : TestWorld(std::move(options), seed) {
        server = add("server", [](ScriptNode& self) {
            self.host.listen(100, self);
            self.host.open_lane(Lane::send, 2);
            auto log = self.host.incarnation() == 0 ? *self.host.create("log", 1 << 20) : *self.host.map("log");
            auto end = std::make_shared<std::uint64_t>(0);
            self.when_received = [log, end](ScriptNode& me, ConnectionId id, protocol::Frame& request) {
                me.host.start(Lane::send, [&me, log, end, id, opaque = request.opaque](LaneServer lane) {
                    std::memcpy(log->write(*end, 4).data(), &opaque, 4);
                    *end += 4;
                    me.host.owe(30us);
                    me.host.paid([&me, id, opaque, lane = std::move(lane)] {
                        me.host.note(note::Counted{me.host.name("answered"), opaque});
                        me.host.send(id, frame(opaque + 1'000'000));
                    });
                });
            };
        });
        for (int i = 0; i < 3; ++i) {
            const NodeId client = add("client/" + std::to_string(i), [this](ScriptNode& self) {
                const Address peer{world.address(MachineId{0}).ip, 100};
                const ConnectionId id = self.host.connect(peer, 3s, self);
                send_next(self, id, 0);
            });
            clients.push_back(client);
        }
    }
    void send_next(ScriptNode& self, ConnectionId id, std::uint64_t n) {
        self.host.send(id, frame(static_cast<std::int32_t>(n), 100));
        const auto identity = text_identity(self.host.node_name());
        const auto gap = static_cast<std::int64_t>(below(self.host.draw(Purpose::arrival, identity, n), 200'000));
        self.host.after(Duration(gap), [this, &self, id, n] { send_next(self, id, n + 1); });
    }
    NodeId server;
    std::vector<NodeId> clients;
};

TEST(World, EqualSeedsGiveEqualRunsAndOthersDoNot) {
    const auto run = [](std::uint64_t seed) {
        Busy busy(seed);
        EXPECT_EQ(busy.run(2s), RunStatus::reached);
        return std::pair(busy.world.digest().value(), busy.world.digest().ladder());
    };
    const auto one = run(1);
    EXPECT_GT(one.second.size(), 10U);
    EXPECT_EQ(one, run(1));
    EXPECT_NE(one.first, run(2).first);
}

TEST(World, TwoWorldsSideBySideDoNotTouchEachOther) {
    Busy alone(1);
    alone.run(1s);
    Busy a(1);
    Busy b(7);
    for (int i = 0; i < 1000; ++i) {
        a.run(1ms);
        b.run(1ms);
    }
    EXPECT_EQ(a.world.digest().value(), alone.world.digest().value());
    EXPECT_EQ(a.world.events(), alone.world.events());
    EXPECT_NE(b.world.digest().value(), alone.world.digest().value());
}

TEST(World, FaultsAndRestartsAreReproducible) {
    const auto run = [] {
        Busy busy(5);
        busy.world.schedule(at(300ms), [&] { busy.world.kill(busy.server); });
        busy.world.schedule(at(500ms), [&] { busy.world.start(busy.server); });
        busy.world.schedule(at(700ms), [&] { busy.world.pause(busy.clients[0]); });
        busy.world.schedule(at(900ms), [&] { busy.world.resume(busy.clients[0]); });
        busy.world.schedule(at(950ms), [&] { busy.world.power_off(busy.world.machine_of(busy.clients[1])); });
        EXPECT_EQ(busy.run(3s), RunStatus::reached);
        return busy.world.digest().value();
    };
    EXPECT_EQ(run(), run());
}

TEST(World, ShufflingEqualTimesIsSeededToo) {
    const auto run = [](bool shuffle) {
        WorldOptions options;
        options.shuffle_equal_times = shuffle;
        Busy busy(1, options);
        busy.run(1s);
        return busy.world.digest().value();
    };
    EXPECT_EQ(run(true), run(true));
    EXPECT_NE(run(true), run(false));
}

TEST(World, AStoreWriteChangesTheDigest) {
    const auto run = [](char byte) {
        TestWorld test;
        const NodeId node = test.add("a");
        test.in(node, [&](ScriptNode& self) { (*self.host.create("log", 10))->write(3, 1)[0] = std::byte(byte); });
        return test.world.digest().value();
    };
    EXPECT_EQ(run('a'), run('a'));
    EXPECT_NE(run('a'), run('b'));
}

TEST(World, ObserversAreToldOfNotesAndNodes) {
    struct Watch final : Observer {
        void on_note(WorldTime now, NodeId node, const Note& note) override {
            EXPECT_EQ(node, NodeId{0});
            EXPECT_EQ(now, at(2ms));
            amounts.push_back(std::get<note::Counted>(note).amount);
        }
        void on_node(WorldTime, NodeId, NodeEvent what) override { events.push_back(what); }
        std::vector<std::int64_t> amounts;
        std::vector<NodeEvent> events;
    } watch;
    TestWorld test;
    test.world.add_observer(watch);
    const NodeId node = test.add("a", [](ScriptNode& self) {
        self.host.after(2ms, [&self] { self.host.note(note::Counted{self.host.name("things"), 7}); });
    });
    test.run(10ms);
    test.world.pause(node);
    test.world.resume(node);
    test.world.kill(node);
    test.world.kill(node);
    test.world.start(node);
    test.world.stop(node);
    test.run(0ms);
    test.world.start(node);
    test.world.power_off(MachineId{0});
    EXPECT_EQ(watch.amounts, (std::vector<std::int64_t>{7}));
    using enum NodeEvent;
    EXPECT_EQ(watch.events,
              (std::vector<NodeEvent>{started, paused, resumed, killed, started, stopped, started, power_lost}));
}

TEST(World, ReportsALivelockOfTheReadyQueue) {
    WorldOptions options;
    options.livelock_limit = 10'000;
    TestWorld test(options);
    test.add("a", [](ScriptNode& self) {
        auto again = std::make_shared<std::function<void()>>();
        *again = [&self, weak = std::weak_ptr(again)] { self.host.soon([strong = weak.lock()] { (*strong)(); }); };
        self.host.after(5ms, [again] { (*again)(); });
    });
    EXPECT_EQ(test.run(1s), RunStatus::livelock);
    EXPECT_EQ(test.world.now(), at(5ms));
}

TEST(World, AFailedAssertionEndsTheRunAndSaysWhere) {
    TestWorld test;
    test.add("fine");
    const NodeId node = test.add(
        "bad", [](ScriptNode& self) { self.host.after(5ms, [] { BROKERSIM_CHECK(1 + 1 == 3, "sums are wrong"); }); });
    EXPECT_EQ(test.run(1s), RunStatus::crashed);
    ASSERT_TRUE(test.world.crash());
    EXPECT_EQ(test.world.crash()->time, at(5ms));
    EXPECT_EQ(test.world.crash()->node, node);
    EXPECT_NE(test.world.crash()->what.find("sums are wrong"), std::string::npos);
}

TEST(World, NodesAndMachinesAreFoundByName) {
    TestWorld test;
    const NodeId node = test.add("broker/0");
    EXPECT_EQ(test.world.find_node("broker/0"), node);
    EXPECT_EQ(test.world.find_node("broker/1"), std::nullopt);
    EXPECT_EQ(test.world.find_machine("broker/0"), test.world.machine_of(node));
    EXPECT_EQ(test.world.machine_at(test.world.address(MachineId{0}).ip), MachineId{0});
    EXPECT_EQ(test.world.machine_at(1), std::nullopt);
    EXPECT_EQ(test[node].host.node_name(), "broker/0");
    EXPECT_EQ(test[node].host.address(), (Address{0x0A000001, 0}));
}

TEST(World, NamesAreTheSameForEveryNode) {
    TestWorld test;
    const NodeId a = test.add("a");
    const NodeId b = test.add("b");
    const NameId first = test[a].host.name("orders@broker-0:0");
    EXPECT_EQ(test[b].host.name("orders@broker-0:0"), first);
    EXPECT_NE(test[b].host.name("other"), first);
    EXPECT_EQ(test.world.names().text(first), "orders@broker-0:0");
}

TEST(World, AWorldMayEndInTheMiddleOfEverything) {
    Busy busy(3);
    busy.run(50ms + 17us);
    busy.world.pause(busy.server);
    busy.run(1ms);
}

}  // namespace
}  // namespace brokersim::sim
