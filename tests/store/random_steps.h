#pragma once

#include <vector>

#include <rapidcheck.h>

#include "tests/store/store_trial.h"

namespace brokersim::store::testing {

/// One step, as a test of crashes may draw it.
inline rc::Gen<Step> random_step() {
    using namespace std::chrono_literals;
    using brokersim::testing::How;
    using Kind = Step::Kind;
    const auto kind = rc::gen::weightedElement<Kind>({{30, Kind::put},
                                                      {8, Kind::batch},
                                                      {24, Kind::pass},
                                                      {5, Kind::read},
                                                      {4, Kind::save},
                                                      {3, Kind::restart},
                                                      {2, Kind::expire},
                                                      {2, Kind::fill},
                                                      {3, Kind::hold},
                                                      {2, Kind::let_go},
                                                      {5, Kind::crash},
                                                      {8, Kind::crash_at}});
    // From nothing to more than a file takes; most are small, so that a file holds several.
    const auto size = rc::gen::weightedOneOf<std::int64_t>({{2, rc::gen::just<std::int64_t>(0)},
                                                            {10, rc::gen::inRange<std::int64_t>(1, 400)},
                                                            {5, rc::gen::inRange<std::int64_t>(400, 3000)},
                                                            {1, rc::gen::inRange<std::int64_t>(7000, 8150)}});
    const auto time = rc::gen::weightedElement<Duration>(
        {{6, 20us}, {6, 300us}, {5, 2ms}, {3, 60ms}, {3, 700ms}, {2, 3s}, {1, 11s}, {1, 61s}});
    return rc::gen::build<Step>(
        rc::gen::set(&Step::kind, kind), rc::gen::set(&Step::topic, rc::gen::inRange(0, 2)),
        rc::gen::set(&Step::queue, rc::gen::inRange(0, 2)), rc::gen::set(&Step::size, size),
        rc::gen::set(&Step::count, rc::gen::inRange(1, 6)),
        rc::gen::set(&Step::waits, rc::gen::weightedElement<bool>({{9, true}, {1, false}})),
        rc::gen::set(&Step::percent, rc::gen::weightedElement<std::int64_t>({{6, 50}, {2, 80}, {3, 87}, {1, 95}})),
        rc::gen::set(&Step::time, time), rc::gen::set(&Step::how, rc::gen::element(How::kill, How::power_cut)),
        rc::gen::set(&Step::call, rc::gen::inRange<std::uint64_t>(1, 60)),
        rc::gen::set(&Step::again,
                     rc::gen::weightedOneOf<std::uint64_t>(
                         {{2, rc::gen::just<std::uint64_t>(0)}, {1, rc::gen::inRange<std::uint64_t>(1, 40)}})));
}

inline rc::Gen<std::vector<Step>> random_steps() { return rc::gen::container<std::vector<Step>>(random_step()); }

inline rc::Gen<TrialOptions> random_options() {
    return rc::gen::build<TrialOptions>(
        rc::gen::set(&TrialOptions::sync, rc::gen::arbitrary<bool>()),
        rc::gen::set(&TrialOptions::index_safe, rc::gen::arbitrary<bool>()),
        rc::gen::set(&TrialOptions::record_crc, rc::gen::arbitrary<bool>()),
        rc::gen::set(&TrialOptions::pool, rc::gen::weightedElement<std::int64_t>({{4, 0}, {1, 1}, {1, 2}, {2, 5}})),
        rc::gen::set(&TrialOptions::warm, rc::gen::arbitrary<bool>()),
        rc::gen::set(&TrialOptions::seed, rc::gen::inRange<std::uint64_t>(0, 1 << 30)));
}

}  // namespace brokersim::store::testing
