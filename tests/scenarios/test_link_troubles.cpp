#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "scenarios/link_troubles.h"
#include "sim/world.h"

namespace brokersim::scenario {
namespace {

using faults::LinkTrouble;

struct Links {
    Links() {
        for (const char* name : {"a", "b", "c"}) machines.push_back(world.add_machine({.name = name}));
    }
    sim::LinkFault at(std::size_t from, std::size_t to) { return world.network().link(machines[from], machines[to]); }

    sim::World world{1};
    std::vector<sim::MachineId> machines;
    LinkTroubles troubles{world.network()};
};

TEST(LinkTroubles, AddUpOnOneLinkAndAreLiftedOneByOne) {
    Links links;
    const std::vector<sim::MachineId> a{links.machines[0]};
    const std::vector<sim::MachineId> others{links.machines[1], links.machines[2]};
    const auto silence = links.troubles.add(a, others, {.silent = true});
    const auto slow = links.troubles.add(a, std::vector{links.machines[1]}, {.delay = Duration(3000)});
    const auto slower = links.troubles.add(a, others, {.delay = Duration(5000)});
    const auto half = links.troubles.add(a, others, {.loss_ppm = 500'000});
    const auto third = links.troubles.add(a, others, {.loss_ppm = 200'000});
    EXPECT_EQ(links.at(0, 1), (sim::LinkFault{true, Duration(8000), 600'000}));
    EXPECT_EQ(links.at(0, 2), (sim::LinkFault{true, Duration(5000), 600'000}));
    EXPECT_EQ(links.at(1, 0), sim::LinkFault{});
    links.troubles.lift(slower);
    links.troubles.lift(silence);
    EXPECT_EQ(links.at(0, 1), (sim::LinkFault{false, Duration(3000), 600'000}));
    links.troubles.lift(half);
    EXPECT_EQ(links.at(0, 2), (sim::LinkFault{false, Duration(0), 200'000}));
    links.troubles.lift(slow);
    EXPECT_FALSE(links.troubles.empty());
    links.troubles.lift(third);
    EXPECT_TRUE(links.troubles.empty());
    EXPECT_EQ(links.at(0, 1), sim::LinkFault{});
}

RC_GTEST_PROP(LinkTroubles, ALinkHasWhatTheTroublesThatLieOnItComeTo, ()) {
    struct Laid {
        faults::TroubleId id;
        std::size_t from, to;
        LinkTrouble trouble;
    };
    Links links;
    std::vector<Laid> laid;
    const auto steps = *rc::gen::inRange(1, 30);
    for (int step = 0; step < steps; ++step) {
        if (!laid.empty() && *rc::gen::arbitrary<bool>()) {
            const auto which = static_cast<std::ptrdiff_t>(*rc::gen::inRange<std::size_t>(0, laid.size()));
            links.troubles.lift(laid[static_cast<std::size_t>(which)].id);
            laid.erase(laid.begin() + which);
        } else {
            Laid one{{}, *rc::gen::inRange<std::size_t>(0, 3), *rc::gen::inRange<std::size_t>(0, 3), {}};
            one.trouble.silent = *rc::gen::arbitrary<bool>();
            one.trouble.delay = Duration(*rc::gen::inRange(0, 100));
            if (*rc::gen::arbitrary<bool>()) one.trouble.loss_ppm = 1'000'000 - 1;
            one.id = links.troubles.add(std::vector{links.machines[one.from]}, std::vector{links.machines[one.to]},
                                        one.trouble);
            laid.push_back(one);
        }
        for (std::size_t from = 0; from < 3; ++from)
            for (std::size_t to = 0; to < 3; ++to) {
                sim::LinkFault want;
                for (const Laid& one : laid) {
                    if (from == to || one.from != from || one.to != to) continue;
                    want.blocked |= one.trouble.silent;
                    want.extra_delay += one.trouble.delay;
                    want.loss_ppm = std::max(want.loss_ppm, one.trouble.loss_ppm);  // nothing, or nearly everything
                }
                RC_ASSERT(links.at(from, to) == want);
            }
    }
}

}  // namespace
}  // namespace brokersim::scenario
