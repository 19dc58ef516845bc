// Queues made of the simulator's own arrivals, lanes and cores, held against queueing theory. BROKERSIM_CUSTOMERS sets
// how many customers each has; the bounds are those for 15 million, and wider for fewer, as the mean's error is.

#include <cmath>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/check.h"
#include "core/draw.h"
#include "sim/arrivals.h"
#include "sim/occupancy.h"
#include "sim/process.h"
#include "tests/sim/script_node.h"
#include "tests/support/wished_number.h"

namespace brokersim::sim {
namespace {

using namespace testing;

constexpr std::int64_t service_ns = 100'000;
constexpr double most_customers = 15e6;

std::int64_t customers() { return brokersim::testing::wished_number("BROKERSIM_CUSTOMERS", 400'000); }

struct Queue {
    int cores;
    int servers;
    int utilisation;  // per cent, of the cores
    Distribution service;
};

/// Customers that arrive at random, wait for a server of a lane, and owe their service to it.
class Station {
public:
    explicit Station(const Queue& queue)
        : queue_(queue),
          left_(customers()),
          arrivals_({static_cast<std::int64_t>(queue.utilisation) * queue.cores * 10'000 / 100, 1s}) {
        MachineSpec machine{.name = "station", .cores = queue.cores};
        test_.add(machine, [this](ScriptNode& node) {
            node_ = &node;
            node.host.open_lane(Lane::send, queue_.servers);
            began_ = node.host.mono_ns();
            await_next();
        });
    }

    /// The mean time from a customer's arrival until it was served, in ns.
    double mean_time() {
        while (served_ < customers()) test_.run(10s);
        test_.world.check_littles_law();
        return static_cast<double>(total_ns_) / static_cast<double>(served_);
    }

private:
    void await_next() {
        if (left_-- == 0) return;
        const std::uint64_t draw = test_.world.draw(Purpose::arrival, 0, static_cast<std::uint64_t>(left_));
        const MonoTime due = began_ + arrivals_.next(draw);
        node_->host.after(due - node_->host.mono_ns(), [this] {
            arrive();
            await_next();
        });
    }
    void arrive() {
        const MonoTime arrived = node_->host.mono_ns();
        node_->host.start(Lane::send, [this, arrived](LaneServer server) {
            node_->host.owe(Duration(queue_.service.sample(test_.world.draw(Purpose::handler_time, 0, begun_++))));
            node_->host.paid([this, arrived, server = std::move(server)] {
                total_ns_ += (node_->host.mono_ns() - arrived).count();
                ++served_;
            });
        });
    }

    Queue queue_;
    std::int64_t left_;
    PoissonArrivals arrivals_;
    TestWorld test_;
    ScriptNode* node_ = nullptr;
    MonoTime began_;
    std::uint64_t begun_ = 0;
    std::int64_t total_ns_ = 0;
    std::int64_t served_ = 0;
};

Distribution exponential() { return Distribution::exponential(service_ns); }

/// The mean time in the system must be `expected` services, within 1 % (2 % from 90 % utilisation on).
void expect_mean(const Queue& queue, double expected) {
    const double bound = queue.utilisation < 90 ? 0.01 : 0.02;
    const double wider = std::max(1.0, std::sqrt(most_customers / static_cast<double>(customers())));
    const double measured = Station(queue).mean_time() / static_cast<double>(service_ns);
    EXPECT_NEAR(measured / expected, 1, bound * wider) << queue.utilisation << " %";
    ::testing::Test::RecordProperty("deviation_ppm_at_" + std::to_string(queue.utilisation),
                                    static_cast<int>(std::lround((measured / expected - 1) * 1e6)));
}

TEST(Queueing, OneServerWithExponentialServiceIsMM1) {
    for (const int utilisation : {50, 80, 90})
        expect_mean({1, 1, utilisation, exponential()}, 1 / (1 - utilisation / 100.0));
}

TEST(Queueing, OneServerWithConstantServiceIsMD1) {
    for (const int utilisation : {50, 80, 90}) {
        const double r = utilisation / 100.0;
        expect_mean({1, 1, utilisation, Distribution::constant(service_ns)}, 1 + r / (2 * (1 - r)));
    }
}

/// The probability that a customer must wait for one of `servers`, each busy for a share of `r`.
double erlang_c(int servers, double r) {
    const double load = servers * r;
    double term = 1, sum = 0;
    for (int k = 0; k < servers; ++k) {
        sum += term;
        term *= load / (k + 1);
    }
    const double waiting = term / (1 - r);
    return waiting / (sum + waiting);
}

TEST(Queueing, SeveralServersFollowErlangC) {
    for (const int servers : {2, 4})
        for (const int utilisation : {50, 80}) {
            const double r = utilisation / 100.0;
            expect_mean({servers, servers, utilisation, exponential()}, 1 + erlang_c(servers, r) / (servers * (1 - r)));
        }
}

/// Who is served when does not change the mean where service is exponential and no core is idle while somebody waits.
TEST(Queueing, ManyServersShareTheCoresInSlices) {
    expect_mean({1, 1000, 80, exponential()}, 5);
    expect_mean({4, 1000, 80, exponential()}, 1 + erlang_c(4, 0.8) / (4 * 0.2));
}

// --- Little's law ----------------------------------------------------------------------------------------------------

RC_GTEST_PROP(Occupancy, BalancesUnlessOneOfTheTimesIsWrong, (const std::vector<std::uint8_t>& steps)) {
    Occupancy place;
    std::vector<WorldTime> inside;
    WorldTime now(1h);
    bool lied = false;
    for (const std::uint8_t step : steps) {
        now += Duration(step);
        if (inside.empty() || step % 2 == 0) {
            place.enter(now);
            inside.push_back(now);
        } else {
            const bool lie = step == 255;
            lied = lied || lie;
            place.leave(now, inside.back() - Duration(lie ? 1 : 0));
            inside.pop_back();
        }
        std::uint64_t stays = 0;
        for (const WorldTime since : inside) stays += Occupancy::stay(now, since);
        RC_ASSERT(place.balanced(now, stays) == !lied);
        if (!lied) RC_ASSERT(!place.balanced(now, stays - 1));
    }
}

TEST(LittlesLaw, HoldsInEveryLaneWhateverHappens) {
    const bool holds = rc::check([](std::uint64_t seed) {
        TestWorld test({}, seed);
        std::vector<LaneServer> kept;
        const auto open = [](ScriptNode& node) {
            node.host.open_lane(Lane::pull, 3);
            node.host.open_lane(Lane::send, 1);
        };
        const NodeId node = test.add(MachineSpec{.name = "a", .cores = 1}, open);
        for (std::uint64_t step = 0; step < 60; ++step) {
            const std::uint64_t draw = test.world.draw(Purpose::test, 0, step);
            const auto work = [&, draw](ScriptNode& self) {
                self.host.start(draw % 2 == 0 ? Lane::pull : Lane::send, [&, draw](LaneServer server) {
                    self.host.owe(Duration(below(draw, 3'000'000)));
                    if (draw % 7 == 0)
                        kept.push_back(std::move(server));  // a blocking call
                    else if (draw % 3 == 0)
                        self.host.paid([server = std::move(server)] {});
                });
            };
            switch (below(draw * 31, 8)) {
                case 0:
                    test.world.pause(node);
                    break;
                case 1:
                    test.world.resume(node);
                    break;
                case 2:
                    kept.clear();
                    break;
                case 3:
                    if (draw % 5 == 0) {
                        test.world.kill(node);
                        kept.clear();
                        test.world.start(node);
                    }
                    break;
                default:
                    test.in(node, work);
                    break;
            }
            test.world.check_littles_law();
            RC_ASSERT(test.run(Duration(below(draw * 17, 2'000'000))) == RunStatus::reached);
            test.world.check_littles_law();
        }
        kept.clear();
    });
    EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace brokersim::sim
