#include <cstdlib>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/store/random_steps.h"
#include "tests/support/wished_number.h"

namespace brokersim::store::testing {
namespace {

constexpr int sequences_by_default = 500;
constexpr std::uint64_t usual_seed = 2026;  // where neither their number nor a seed is asked for

TEST(StoreProperty, NoSequenceOfPutsCrashesAndRecoveriesBreaksAPromise) {
    rc::detail::TestParams params = rc::detail::configuration().testParams;  // seed and size: RC_PARAMS
    params.maxSuccess =
        static_cast<int>(brokersim::testing::wished_number("BROKERSIM_SEQUENCES", sequences_by_default));
    if (std::getenv("BROKERSIM_SEQUENCES") == nullptr && std::getenv("RC_PARAMS") == nullptr) params.seed = usual_seed;
    const auto property = [] {
        const auto options = *random_options().as("options");
        const auto steps = *random_steps().as("steps");
        const std::string broken = run_trial(options, steps);
        if (!broken.empty()) RC_FAIL(broken);
    };
    const auto result = rc::detail::checkTestable(property, rc::detail::TestMetadata{}, params);
    std::ostringstream told;
    rc::detail::printResultMessage(result, told);
    RecordProperty("seed", std::to_string(params.seed));
    EXPECT_TRUE(result.is<rc::detail::SuccessResult>()) << told.str() << "\nseed " << params.seed;
}

}  // namespace
}  // namespace brokersim::store::testing
