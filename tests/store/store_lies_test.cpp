#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/store/lying_host.h"
#include "tests/store/random_steps.h"

/// A checker that finds nothing proves nothing: on hosts that lie it must find a broken promise soon.
namespace brokersim::store::testing {
namespace {

constexpr std::uint64_t most_sequences = 200;
constexpr int size_of_sequences = 60;

/// The first promise that is broken in random sequences on such hosts; empty if all are kept.
template <class Liar>
std::string first_broken_promise(bool sync) {
    for (std::uint64_t seed = 1; seed <= most_sequences; ++seed) {
        TrialOptions options{.sync = sync, .index_safe = false, .record_crc = true, .seed = seed, .wrap = {}};
        const auto steps = random_steps()(rc::Random(seed), size_of_sequences).value();
        if (auto broken = run_trial(options, steps); !broken.empty()) return "without the lie: " + broken;
        options.wrap = [](Host& host) { return std::make_unique<Liar>(host); };
        if (auto broken = run_trial(options, steps); !broken.empty()) return broken;
    }
    return {};
}

using ::testing::HasSubstr;

TEST(Lies, AFlushThatIsAcknowledgedBeforeItHappenedIsFound) {
    EXPECT_THAT(first_broken_promise<EarlyFlushHost>(true), HasSubstr("although it was said to be on disk"));
}

TEST(Lies, QueuesThatAreWrittenBeforeTheLogAreFound) {
    EXPECT_THAT(first_broken_promise<QueueFirstHost>(false), HasSubstr("is missing"));
}

TEST(Lies, ACheckpointAheadOfItsDataIsFound) {
    const std::string broken = first_broken_promise<EagerCheckpointHost>(true);
    EXPECT_NE(broken, "");
    EXPECT_THAT(broken, ::testing::Not(HasSubstr("without the lie")));
}

TEST(Lies, FilesOfTheLogThatGoTooYoungAreFound) {
    EXPECT_THAT(first_broken_promise<AgingHost>(true), HasSubstr("but it was changed not long ago"));
}

TEST(Lies, FilesOfTheLogThatGoWithoutNeedAreFound) {
    EXPECT_THAT(first_broken_promise<CrowdedHost>(true), HasSubstr("but it was changed not long ago"));
}

TEST(Lies, FilesThatStayThoughTheyAreSaidToBeGoneAreFound) {
    const std::string broken = first_broken_promise<CarelessHost>(false);
    EXPECT_NE(broken, "");
    EXPECT_THAT(broken, ::testing::Not(HasSubstr("without the lie")));
}

}  // namespace
}  // namespace brokersim::store::testing
