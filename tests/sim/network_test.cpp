#include "sim/network.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>

#include "sim/machine.h"
#include "tests/sim/script_node.h"

namespace brokersim::sim {
namespace {

using namespace testing;

/// Two machines; `server` listens on port 100, `client` connects when told to.
struct Pair : TestWorld {
    explicit Pair(WorldOptions options = {}, std::uint64_t seed = 1) : TestWorld(std::move(options), seed) {
        server = add("server", [](ScriptNode& self) { self.host.listen(100, self); });
        client = add("client");
    }
    Address address(std::uint16_t port = 100) { return {world.address(world.machine_of(server)).ip, port}; }
    ConnectionId connect(Duration timeout = 3s, std::uint16_t port = 100) {
        ConnectionId id;
        in(client, [&](ScriptNode& self) { id = self.host.connect(address(port), timeout, self); });
        return id;
    }
    void send(NodeId node, ConnectionId id, std::int32_t opaque, std::size_t body = 0) {
        in(node, [=](ScriptNode& self) { self.host.send(id, frame(opaque, body)); });
    }
    void block(bool there, bool back) {
        const MachineId a = world.machine_of(client);
        const MachineId b = world.machine_of(server);
        world.network().set_link(a, b, {.blocked = there});
        world.network().set_link(b, a, {.blocked = back});
    }
    NodeId server;
    NodeId client;
};

TEST(Network, ConnectingTakesARoundTrip) {
    Pair test({.network = {.latency_median = 100us, .latency_p99 = 100us}});
    const ConnectionId id = test.connect();
    EXPECT_EQ(id, ConnectionId{1});
    test.run(1s);
    ASSERT_EQ(test[test.client].opened.size(), 1U);
    EXPECT_EQ(test[test.client].opened[0].second, MonoTime(200us));
    ASSERT_EQ(test[test.server].accepted.size(), 1U);
    EXPECT_EQ(test[test.server].accepted[0].second, MonoTime(300us));
    EXPECT_EQ(test[test.server].peers[0].ip, test.world.address(test.world.machine_of(test.client)).ip);
    EXPECT_GE(test[test.server].peers[0].port, 32768);
}

TEST(Network, FramesSentBeforeTheConnectionIsOpenFollowIt) {
    Pair test;
    const ConnectionId id = test.connect();
    test.send(test.client, id, 7);
    EXPECT_TRUE(test[test.client].host.writable(id));
    test.run(1s);
    ASSERT_EQ(test[test.server].received.size(), 1U);
    EXPECT_EQ(test[test.server].received[0].opaque, 7);
    EXPECT_GE(test[test.server].received[0].at, test[test.server].accepted[0].second);
}

TEST(Network, AMachineThatIsUpRefusesAtOnceWhereNobodyListens) {
    Pair test({.network = {.latency_median = 100us, .latency_p99 = 100us}});
    const ConnectionId id = test.connect(3s, 101);
    test.run(1s);
    ASSERT_EQ(test[test.client].closed.size(), 1U);
    EXPECT_EQ(test[test.client].closed[0].id, id);
    EXPECT_EQ(test[test.client].closed[0].why, NetError::refused);
    EXPECT_EQ(test[test.client].closed[0].at, MonoTime(200us));
}

TEST(Network, AMachineWithoutPowerIsSilentUntilTheTimeOut) {
    Pair test;
    test.world.power_off(test.world.machine_of(test.server));
    test.connect(3s);
    test.run(10s);
    ASSERT_EQ(test[test.client].closed.size(), 1U);
    EXPECT_EQ(test[test.client].closed[0].why, NetError::timed_out);
    EXPECT_EQ(test[test.client].closed[0].at, MonoTime(3s));
}

TEST(Network, ALostConnectIsRepeated) {
    Pair test;
    test.block(true, false);
    test.connect(10s);
    test.run(2s);
    test.block(false, false);
    test.run(10s);
    ASSERT_EQ(test[test.client].opened.size(), 1U);  // tried at 0, 1, 3 s
    EXPECT_NEAR(static_cast<double>(test[test.client].opened[0].second.time_since_epoch().count()) / 1e9, 3, 0.01);
}

TEST(Network, AddressesWithoutMachineAreSilent) {
    Pair test;
    test.in(test.client, [](ScriptNode& self) { self.host.connect({0x0A0000FF, 100}, 2s, self); });
    test.run(5s);
    ASSERT_EQ(test[test.client].closed.size(), 1U);
    EXPECT_EQ(test[test.client].closed[0].why, NetError::timed_out);
}

TEST(Network, NoFrameOvertakesAnother) {
    Pair test;
    const ConnectionId id = test.connect();
    test.run(10ms);
    for (int i = 0; i < 200; ++i) {
        test.send(test.client, id, i, static_cast<std::size_t>(i % 5) * 100);
        test.run(20us);
    }
    test.run(1s);
    const auto& received = test[test.server].received;
    ASSERT_EQ(received.size(), 200U);
    for (std::size_t i = 0; i < 200; ++i) EXPECT_EQ(received[i].opaque, static_cast<std::int32_t>(i));
}

TEST(Network, DeliveryOfAFrameIsOneEvent) {
    Pair test;
    const ConnectionId id = test.connect();
    test.run(10ms);
    const std::uint64_t before = test.world.events();
    for (int i = 0; i < 50; ++i) test.send(test.client, id, i, 200);
    test.run(1s);
    EXPECT_EQ(test.world.events() - before, 50U);
}

TEST(Network, LatencyHasTheProfilesMedianAndTail) {
    Pair test;
    std::vector<std::int64_t> latencies;
    for (int i = 0; i < 4000; ++i) {  // connections of their own: nothing waits for what is before it
        const ConnectionId id = test.connect();
        test.run(20ms);
        const MonoTime sent = test[test.client].host.mono_ns();
        test.send(test.client, id, i);
        test.run(20ms);
        latencies.push_back((test[test.server].received.back().at - sent).count());
        test.in(test.client, [&](ScriptNode& self) { self.host.close(id); });
    }
    std::sort(latencies.begin(), latencies.end());
    EXPECT_NEAR(static_cast<double>(latencies[2000]), 50'000, 3'000);
    EXPECT_NEAR(static_cast<double>(latencies[3960]), 300'000, 60'000);
    EXPECT_EQ(test[test.server].received.size(), 4000U);
}

TEST(Network, OtherTrafficDoesNotShiftTheDice) {
    const auto arrivals = [](bool crowded) {
        Pair test;
        const NodeId other = crowded ? test.add("other") : NodeId{0};
        const ConnectionId id = test.connect();
        if (crowded)
            test.in(other, [&](ScriptNode& self) {
                const ConnectionId mine = self.host.connect(test.address(), 3s, self);
                for (int i = 0; i < 10; ++i) self.host.send(mine, frame(1000 + i));
            });
        test.run(100ms);
        std::vector<MonoTime> times;
        for (int i = 0; i < 20; ++i) {
            test.send(test.client, id, i);
            test.run(10ms);
        }
        for (const auto& received : test[test.server].received)
            if (received.opaque < 1000) times.push_back(received.at);
        return times;
    };
    EXPECT_EQ(arrivals(false), arrivals(true));
}

TEST(Network, NodesOfOneMachineTalkOverLoopback) {
    TestWorld test;
    const NodeId server = test.add("server", [](ScriptNode& self) { self.host.listen(100, self); });
    ScriptNode* local = nullptr;
    const NodeId client = test.world.add_node(MachineId{0}, "local", [&](Host& host) {
        auto made = std::make_unique<ScriptNode>(host);
        local = made.get();
        return made;
    });
    test.world.start(client);
    test.world.run_in(client, [&] {
        const ConnectionId id = local->host.connect({test.world.address(MachineId{0}).ip, 100}, 1s, *local);
        local->host.send(id, frame(1, 100'000));
    });
    test.run(1s);
    ASSERT_EQ(test[server].received.size(), 1U);
    EXPECT_EQ(test[server].received[0].at, MonoTime(60us));
}

TEST(Network, BandwidthBoundsTheRate) {
    WorldOptions options{.network = {.latency_median = 10us, .latency_p99 = 10us}};
    TestWorld test(options);
    const NodeId server = test.add(MachineSpec{.name = "server", .nic_bits_per_second = 1'000'000'000},
                                   [](ScriptNode& self) { self.host.listen(100, self); });
    const NodeId client = test.add("client");
    ConnectionId id;
    test.in(client, [&](ScriptNode& self) {
        id = self.host.connect({test.world.address(MachineId{0}).ip, 100}, 1s, self);
        for (int i = 0; i < 1000; ++i) self.host.send(id, frame(i, 10'000));
    });
    test.run(10s);
    const auto& received = test[server].received;
    ASSERT_EQ(received.size(), 1000U);
    const double seconds = static_cast<double>((received.back().at - received.front().at).count()) / 1e9;
    const double bytes = static_cast<double>(test.world.machine(MachineId{0}).traffic.bytes_received);
    EXPECT_NEAR(bytes / seconds / 125e6, 1, 0.01);
    EXPECT_EQ(test.world.machine(MachineId{1}).traffic.frames_sent, 1000U);
    EXPECT_EQ(test.world.machine(MachineId{0}).traffic.bytes_received,
              test.world.machine(MachineId{1}).traffic.bytes_sent);
}

TEST(Network, ASenderWaitsWhenTheWindowIsFull) {
    Pair test({.network = {.latency_median = 1ms, .latency_p99 = 1ms}});
    const ConnectionId id = test.connect();
    test.run(10ms);
    for (int i = 0; i < 10; ++i) test.send(test.client, id, i, 100 << 10);
    EXPECT_FALSE(test[test.client].host.writable(id));  // 2 in flight, 8 wait
    test.run(1999us);
    EXPECT_EQ(test[test.server].received.size(), 2U);
    EXPECT_FALSE(test[test.client].host.writable(id));
    test.run(2ms);
    EXPECT_EQ(test[test.server].received.size(), 4U);
    test.run(12ms);
    EXPECT_EQ(test[test.server].received.size(), 10U);
    EXPECT_TRUE(test[test.client].host.writable(id));
}

TEST(Network, AFrameLargerThanTheWindowGoesAlone) {
    Pair test;
    const ConnectionId id = test.connect();
    test.send(test.client, id, 1, 1 << 20);
    test.send(test.client, id, 2, 1 << 20);
    test.run(1s);
    EXPECT_EQ(test[test.server].received.size(), 2U);
}

TEST(Network, CloseDeliversWhatWasQueuedFirst) {
    Pair test;
    const ConnectionId id = test.connect();
    test.run(10ms);
    test.in(test.client, [&](ScriptNode& self) {
        for (int i = 0; i < 8; ++i) self.host.send(id, frame(i, 100 << 10));
        self.host.close(id);
        self.host.send(id, frame(99));  // ignored
        EXPECT_FALSE(self.host.writable(id));
    });
    test.run(1s);
    EXPECT_EQ(test[test.server].received.size(), 8U);
    ASSERT_EQ(test[test.server].closed.size(), 1U);
    EXPECT_EQ(test[test.server].closed[0].why, NetError::closed);
    EXPECT_TRUE(test[test.client].closed.empty());
}

TEST(Network, TheServerCanPushAndAnswer) {
    Pair test;
    const ConnectionId id = test.connect();
    test[test.server].when_received = [](ScriptNode& self, ConnectionId on, protocol::Frame& request) {
        self.host.send(on, frame(request.opaque + 100));
    };
    test.send(test.client, id, 5);
    test.run(1s);
    ASSERT_EQ(test[test.client].received.size(), 1U);
    EXPECT_EQ(test[test.client].received[0].opaque, 105);
}

TEST(Network, PeersOfAKilledProcessSeeAReset) {
    Pair test({.network = {.latency_median = 1ms, .latency_p99 = 1ms}});
    const ConnectionId id = test.connect();
    test.run(10ms);
    test.send(test.server, ConnectionId{1}, 1);
    test.run(500us);
    test.world.kill(test.server);
    test.send(test.client, id, 2);
    test.run(1s);
    EXPECT_EQ(test[test.client].received.size(), 1U);  // it was on its way
    ASSERT_EQ(test[test.client].closed.size(), 1U);
    EXPECT_EQ(test[test.client].closed[0].why, NetError::reset);
    EXPECT_EQ(test[test.client].closed[0].at, MonoTime(11500us));
    test.connect();
    test.run(1s);
    EXPECT_EQ(test[test.client].closed.back().why, NetError::refused);
}

TEST(Network, PeersOfAMachineWithoutPowerSeeSilenceUntilTheyGiveUp) {
    Pair test({.network = {.retransmission_give_up = 15s}});
    const ConnectionId id = test.connect();
    test.run(10ms);
    test.world.power_off(test.world.machine_of(test.server));
    test.run(30s);
    EXPECT_TRUE(test[test.client].closed.empty());  // it sends nothing, so it learns nothing
    test.send(test.client, id, 1);
    test.run(14s);
    EXPECT_TRUE(test[test.client].closed.empty());
    test.run(2s);
    ASSERT_EQ(test[test.client].closed.size(), 1U);
    EXPECT_EQ(test[test.client].closed[0].why, NetError::timed_out);
}

TEST(Network, AMachineThatIsOnAgainKnowsNothingOfOldConnections) {
    Pair test;
    const ConnectionId id = test.connect();
    test.run(10ms);
    test.world.power_off(test.world.machine_of(test.server));
    test.run(1s);
    test.send(test.client, id, 1);
    test.run(1s);
    test.world.start(test.server);
    test.run(3s);
    ASSERT_EQ(test[test.client].closed.size(), 1U);
    EXPECT_EQ(test[test.client].closed[0].why, NetError::reset);
    EXPECT_TRUE(test[test.server].received.empty());
}

TEST(Network, AShortPartitionDelaysAndLosesNothing) {
    Pair test;
    const ConnectionId id = test.connect();
    test.run(10ms);
    test.block(true, true);
    for (int i = 0; i < 5; ++i) test.send(test.client, id, i);
    test.run(5s);
    EXPECT_TRUE(test[test.server].received.empty());
    test.block(false, false);
    test.run(5s);
    const auto& received = test[test.server].received;
    ASSERT_EQ(received.size(), 5U);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(received[static_cast<std::size_t>(i)].opaque, i);
    EXPECT_TRUE(test[test.client].closed.empty());
}

TEST(Network, ALongPartitionBreaksTheStreamOfBothWhoSend) {
    Pair test({.network = {.retransmission_give_up = 15s}});
    const ConnectionId id = test.connect();
    test.run(10ms);
    test.block(true, true);
    test.send(test.client, id, 1);
    test.send(test.server, ConnectionId{1}, 1);
    test.run(20s);
    ASSERT_EQ(test[test.client].closed.size(), 1U);
    EXPECT_EQ(test[test.client].closed[0].why, NetError::timed_out);
    EXPECT_NEAR(static_cast<double>(test[test.client].closed[0].at.time_since_epoch().count()) / 1e9, 15.01, 0.01);
    ASSERT_EQ(test[test.server].closed.size(), 1U);
}

TEST(Network, StreamsOutliveAPartitionOfMinutesAsWithLinux) {
    Pair test;
    const ConnectionId id = test.connect();
    test.run(10ms);
    test.block(true, true);
    test.send(test.client, id, 1);
    test.run(600s);
    test.block(false, false);
    test.run(120s);  // the longest pause between two repetitions
    EXPECT_EQ(test[test.server].received.size(), 1U);
    EXPECT_TRUE(test[test.client].closed.empty());
}

TEST(Network, AStreamBreaksAfterFifteenRepetitions) {
    Pair test;
    const ConnectionId id = test.connect();
    test.run(10ms);
    test.block(true, true);
    test.send(test.client, id, 1);
    test.run(924s);
    EXPECT_TRUE(test[test.client].closed.empty());
    const std::uint64_t before = test.world.events();
    test.run(1s);
    EXPECT_EQ(test[test.client].closed.size(), 1U);
    EXPECT_EQ(test.world.events() - before, 1U);
}

TEST(Network, AHalfOpenPeerIsResetWhenItSends) {
    Pair test({.network = {.retransmission_give_up = 15s}});
    const ConnectionId id = test.connect();
    test.run(10ms);
    test.block(true, true);
    test.send(test.client, id, 1);
    test.run(20s);
    test.world.network().heal_all();
    test.run(20s);
    EXPECT_TRUE(test[test.server].closed.empty());
    test.send(test.server, ConnectionId{1}, 1);
    test.run(1s);
    ASSERT_EQ(test[test.server].closed.size(), 1U);
    EXPECT_EQ(test[test.server].closed[0].why, NetError::reset);
}

TEST(Network, FramesThatAreNeverAcknowledgedBreakTheStream) {
    Pair test({.network = {.retransmission_give_up = 15s}});
    const ConnectionId id = test.connect();
    test.run(10ms);
    test.block(false, true);  // what the client sends arrives
    test.send(test.client, id, 1);
    test.run(1s);
    EXPECT_EQ(test[test.server].received.size(), 1U);
    test.run(20s);
    ASSERT_EQ(test[test.client].closed.size(), 1U);
    EXPECT_EQ(test[test.client].closed[0].why, NetError::timed_out);
}

TEST(Network, LossIsSeenAsDelay) {
    Pair test;
    const ConnectionId id = test.connect();
    test.run(10ms);
    test.world.network().set_link(test.world.machine_of(test.client), test.world.machine_of(test.server),
                                  {.loss_ppm = 100'000});
    std::vector<std::int64_t> latencies;
    for (int i = 0; i < 1000; ++i) {
        const MonoTime sent = test[test.client].host.mono_ns();
        test.send(test.client, id, i);
        test.run(10s);
        ASSERT_EQ(test[test.server].received.size(), static_cast<std::size_t>(i) + 1);
        latencies.push_back((test[test.server].received.back().at - sent).count());
    }
    const auto late = [&](std::int64_t by) {
        return std::count_if(latencies.begin(), latencies.end(), [by](std::int64_t l) { return l > by; });
    };
    EXPECT_NEAR(static_cast<double>(late(150'000'000)), 100, 35);
    EXPECT_NEAR(static_cast<double>(late(550'000'000)), 10, 10);
}

TEST(Network, ExtraDelayIsAdded) {
    Pair test({.network = {.latency_median = 100us, .latency_p99 = 100us}});
    const ConnectionId id = test.connect();
    test.run(10ms);
    test.world.network().set_link(test.world.machine_of(test.client), test.world.machine_of(test.server),
                                  {.extra_delay = 5ms});
    test.send(test.client, id, 1);
    test.run(1s);
    EXPECT_NEAR(static_cast<double>(test[test.server].received[0].at.time_since_epoch().count()), 15'100'000, 1000);
}

TEST(Network, AStoppedNodeClosesItsConnectionsInOrder) {
    Pair test;
    test.connect();
    test.run(10ms);
    test.world.stop(test.server);
    test.run(1s);
    ASSERT_EQ(test[test.client].closed.size(), 1U);
    EXPECT_EQ(test[test.client].closed[0].why, NetError::closed);
}

TEST(Network, APausedReceiverFillsTheWindowAndReadsOnAfterwards) {
    Pair test;
    const ConnectionId id = test.connect();
    test.run(10ms);
    test.world.pause(test.server);
    for (int i = 0; i < 20; ++i) test.send(test.client, id, i, 50 << 10);
    test.run(1s);
    EXPECT_TRUE(test[test.server].received.empty());
    EXPECT_FALSE(test[test.client].host.writable(id));
    test.world.resume(test.server);
    test.run(1s);
    ASSERT_EQ(test[test.server].received.size(), 20U);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(test[test.server].received[static_cast<std::size_t>(i)].opaque, i);
    EXPECT_TRUE(test[test.client].host.writable(id));
}

TEST(Network, APausedProcessLearnsOfALostConnectionWhenItReadsOn) {
    Pair test;
    test.connect();
    test.run(10ms);
    test.world.pause(test.client);
    test.send(test.server, ConnectionId{1}, 1);
    test.world.kill(test.server);
    test.run(1s);
    EXPECT_TRUE(test[test.client].closed.empty());
    test.world.resume(test.client);
    ASSERT_EQ(test[test.client].received.size(), 1U);
    ASSERT_EQ(test[test.client].closed.size(), 1U);
    EXPECT_EQ(test[test.client].closed[0].why, NetError::reset);
}

TEST(Network, APausedProcessThatClosesFirstIsNotTold) {
    Pair test;
    const ConnectionId id = test.connect();
    test.in(test.client, [&](ScriptNode& self) { self.host.after(20ms, [&self, id] { self.host.close(id); }); });
    test.run(10ms);
    test.world.pause(test.client);
    test.run(1s);  // the timer comes first in what waits
    test.world.kill(test.server);
    test.run(1s);
    test.world.resume(test.client);
    test.run(1s);
    EXPECT_TRUE(test[test.client].closed.empty());
}

TEST(Network, ObserversSeeWhenFramesLeftAndArrived) {
    struct Watch final : Observer {
        bool watches_frames() const override { return true; }
        void on_frame_arrived(WorldTime now, const FrameArrival& arrival) override {
            EXPECT_LE(arrival.sent, arrival.left);
            EXPECT_LT(arrival.left, now);
            bytes += arrival.bytes;
        }
        std::uint64_t bytes = 0;
    } watch;
    Pair test;
    test.world.add_observer(watch);
    const ConnectionId id = test.connect();
    test.send(test.client, id, 1, 1000);
    test.run(1s);
    EXPECT_EQ(watch.bytes, protocol::encoded_size(frame(1, 1000)));
}

/// Whatever happens to links, machines and processes: frames arrive in order, each at most once, an end is told at most
/// once that its connection is gone, and nothing comes after that.
RC_GTEST_PROP(Network, StreamsStayOrderedWhateverHappens, ()) {
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    const Duration give_up = *rc::gen::element(Duration(15s), NetworkOptions{}.retransmission_give_up);
    Pair test({.network = {.retransmission_give_up = give_up}}, seed);
    std::vector<ConnectionId> mine;
    std::int32_t sent = 0;
    const auto steps = *rc::gen::inRange(1, 60);
    std::vector<ScriptNode::Received> got;
    for (int i = 0; i < steps; ++i) {
        const bool up = test.world.state(test.server) != NodeState::down;
        switch (*rc::gen::inRange(0, 10)) {
            case 0:
                mine.push_back(test.connect(4s));
                break;
            case 1:
            case 2:
            case 3:
                if (!mine.empty()) {
                    const auto id = mine[*rc::gen::inRange<std::size_t>(0, mine.size())];
                    const auto body = *rc::gen::element<std::size_t>(0, 2000, 200 << 10);
                    test.send(test.client, id, ++sent, body);
                }
                break;
            case 4:
                test.block(*rc::gen::arbitrary<bool>(), *rc::gen::arbitrary<bool>());
                break;
            case 5:
                if (up) test.send(test.server, ConnectionId{*rc::gen::inRange<std::uint64_t>(1, 4)}, 1);
                break;
            case 6:
                if (up) {
                    got.insert(got.end(), test[test.server].received.begin(), test[test.server].received.end());
                    if (*rc::gen::arbitrary<bool>())
                        test.world.kill(test.server);
                    else
                        test.world.power_off(test.world.machine_of(test.server));
                } else {
                    test.world.start(test.server);
                }
                break;
            case 7:
                if (test.world.state(test.server) == NodeState::paused)
                    test.world.resume(test.server);
                else
                    test.world.pause(test.server);
                break;
            case 8:
                if (!mine.empty()) test.in(test.client, [&](ScriptNode& self) { self.host.close(mine.back()); });
                break;
            default:
                break;
        }
        RC_ASSERT(test.run(Duration(*rc::gen::element<std::int64_t>(1'000, 1'000'000, 3'000'000'000))) ==
                  RunStatus::reached);
    }
    test.world.network().heal_all();
    test.world.resume(test.server);
    RC_ASSERT(test.run(300s) == RunStatus::reached);
    if (test.world.state(test.server) != NodeState::down)
        got.insert(got.end(), test[test.server].received.begin(), test[test.server].received.end());
    std::map<std::int32_t, int> times;
    for (const auto& received : got) RC_ASSERT(++times[received.opaque] == 1);
    std::map<ConnectionId, int> closed;
    for (const auto& gone : test[test.client].closed) RC_ASSERT(++closed[gone.id] == 1);
    for (const auto& gone : test[test.client].closed)
        for (const auto& received : test[test.client].received)
            RC_ASSERT(received.id != gone.id || received.at <= gone.at);
    if (test.world.state(test.server) != NodeState::down) {
        std::map<ConnectionId, std::int32_t> latest;
        for (const auto& received : test[test.server].received) {
            RC_ASSERT(latest[received.id] < received.opaque);
            latest[received.id] = received.opaque;
        }
    }
}

}  // namespace
}  // namespace brokersim::sim
