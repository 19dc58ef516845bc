#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "tests/store/store_trial.h"

/// A store is crashed at each call that it makes to its host, one after the other, and must recover what it promised.
namespace brokersim::store::testing {
namespace {

using namespace std::chrono_literals;
using brokersim::testing::How;
using Kind = Step::Kind;

/// Rolls the log several times, saves consumer offsets and flushes often.
std::vector<Step> workload() {
    std::vector<Step> steps;
    for (int i = 0; i < 24; ++i) {
        steps.push_back({.kind = i % 6 == 3 ? Kind::batch : Kind::put,
                         .topic = i % 2,
                         .queue = i / 2 % 2,
                         .size = 150 + i * 131 % 1700,
                         .count = 1 + i % 3});
        steps.push_back({.kind = Kind::pass, .time = i % 8 == 7 ? 700ms : 200us});
        if (i % 10 == 4) steps.push_back({.kind = Kind::save});
    }
    steps.push_back({.kind = Kind::pass, .time = 11s});  // past a thorough flush
    return steps;
}

class CrashPoints : public ::testing::TestWithParam<std::tuple<How, bool>> {};
INSTANTIATE_TEST_SUITE_P(Kinds, CrashPoints,
                         ::testing::Combine(::testing::Values(How::kill, How::power_cut), ::testing::Bool()),
                         [](const auto& kind) {
                             const std::string how = std::get<0>(kind.param) == How::kill ? "kill" : "power_cut";
                             return how + (std::get<1>(kind.param) ? "_sync" : "_async");
                         });

TEST_P(CrashPoints, AStoreRecoversWhatItPromisedWhereverItCrashesTwice) {
    const auto [how, sync] = GetParam();
    const auto steps = workload();
    std::uint64_t call = 1;
    for (bool reached = true; reached && !HasFailure(); ++call) {
        StoreTrial trial({.sync = sync, .index_safe = false, .seed = call, .wrap = {}});
        // Recovery, too, crashes at one of its calls; the rest of the work goes on after it.
        trial.crash_at(call, how, 1 + call * 7 % 23);
        trial.start();
        for (const Step& step : steps) trial.apply(step);
        reached = trial.recoveries() > 0;
        trial.finish();
        EXPECT_EQ(trial.broken(), "") << "crash at call " << call;
    }
    EXPECT_GT(call, 200U);
}

}  // namespace
}  // namespace brokersim::store::testing
