#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "scenarios/spelling.h"
#include "scenarios/units.h"

namespace brokersim::scenario {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

TEST(ReaderUnits, DurationsAreExact) {
    EXPECT_EQ(parse_duration("250us"), Duration(250us));
    EXPECT_EQ(parse_duration("20ms"), Duration(20ms));
    EXPECT_EQ(parse_duration("30s"), Duration(30s));
    EXPECT_EQ(parse_duration("4m"), Duration(4min));
    EXPECT_EQ(parse_duration("2h"), Duration(2h));
    EXPECT_EQ(parse_duration("1d"), Duration(24h));
    EXPECT_EQ(parse_duration("0s"), Duration(0));
    EXPECT_EQ(parse_duration("1.5s"), Duration(1500ms));
    EXPECT_EQ(parse_duration("0.000000001s"), Duration(1));
    EXPECT_EQ(parse_duration("9223372036854775807ns"), Duration(INT64_MAX));
}

TEST(ReaderUnits, DurationErrorsSayWhatIsWrong) {
    EXPECT_EQ(parse_duration("30").error(), "\"30\" has no unit; units of time are ns, us, ms, s, m, h, d");
    EXPECT_EQ(parse_duration("30sec").error(),
              "\"30sec\" has the unknown unit `sec`; units of time are ns, us, ms, s, m, h, d");
    EXPECT_EQ(parse_duration("-5s").error(), "\"-5s\" is negative");
    EXPECT_EQ(parse_duration("soon").error(), "\"soon\" does not begin with a number");
    EXPECT_EQ(parse_duration("").error(), "\"\" does not begin with a number");
    EXPECT_EQ(parse_duration("1.s").error(), "\"1.s\" does not begin with a number");
    EXPECT_EQ(parse_duration("1.5ns").error(), "\"1.5ns\" is not a whole number of nanoseconds");
    EXPECT_EQ(parse_duration("106752d").error(), "\"106752d\" is too large");
    EXPECT_EQ(parse_duration("99999999999999999999s").error(), "\"99999999999999999999s\" is too large");
    EXPECT_FALSE(parse_duration("1m30s").has_value());
    EXPECT_FALSE(parse_duration(" 1s").has_value());
}

TEST(ReaderUnits, SizesKnowPowersOfTwoAndOfTen) {
    EXPECT_EQ(parse_size("256B"), 256);
    EXPECT_EQ(parse_size("4KiB"), 4096);
    EXPECT_EQ(parse_size("64MiB"), 64LL << 20);
    EXPECT_EQ(parse_size("8GiB"), 8LL << 30);
    EXPECT_EQ(parse_size("1.5KiB"), 1536);
    EXPECT_EQ(parse_size("2kB"), 2000);
    EXPECT_EQ(parse_size("3MB"), 3'000'000);
    EXPECT_EQ(parse_size("4GB"), 4'000'000'000);
    EXPECT_EQ(parse_size("4KB").error(),
              "\"4KB\" has the unknown unit `KB`; units of size are B, kB, MB, GB, TB, KiB, MiB, GiB, TiB");
    EXPECT_EQ(parse_size("0.3B").error(), "\"0.3B\" is not a whole number of bytes");
}

TEST(ReaderUnits, RatesAreReducedRationals) {
    EXPECT_EQ(parse_rate("1000/s"), (Rate{1, 1ms}));
    EXPECT_EQ(parse_rate("5/m"), (Rate{1, 12s}));
    EXPECT_EQ(parse_rate("1.5k/s"), (Rate{3, 2ms}));
    EXPECT_EQ(parse_rate("2M/h"), (Rate{1, 1800us}));
    EXPECT_EQ(parse_rate("7/s"), (Rate{7, 1s}));
    EXPECT_EQ(parse_rate("0.1/s"), (Rate{1, 10s}));
    EXPECT_EQ(parse_rate("3/7ms"), (Rate{3, 7ms}));
    EXPECT_EQ(rate_text({3, 7ms}), "3/7ms");
    EXPECT_EQ(rate_text({1, 12s}), "5/m");
    EXPECT_FALSE(parse_rate("3/0ms").has_value());
    EXPECT_EQ(parse_rate("-1/s").error(), "\"-1/s\" is negative");
    EXPECT_EQ(parse_rate("0/s").error(), "\"0/s\" is no rate: it is zero");
    EXPECT_EQ(parse_rate("10/w").error(),
              "\"10/w\" has the unknown unit `w`; after the slash stands one of s, m, h, d");
    EXPECT_EQ(parse_rate("10").error(),
              "\"10\" is not a rate such as \"1000/s\" or \"1.5k/s\"; after the slash stands one of s, m, h, d");
    EXPECT_EQ(parse_rate("0.00000000000000001/d").error(), "\"0.00000000000000001/d\" is too large");
}

TEST(ReaderUnits, RatesAreSharedWithoutLoss) {
    const Rate rate = *parse_rate("1000/s");
    EXPECT_EQ(rate.shared_by(3), (Rate{1, 3ms}));
    EXPECT_EQ(rate.shared_by(3)->times(3), rate);
    EXPECT_EQ((Rate{1, Duration(INT64_MAX)}).shared_by(2), std::nullopt);
}

TEST(ReaderUnits, DecimalsStayDecimals) {
    EXPECT_EQ(parse_decimal("7.5"), (Rational{15, 2}));
    EXPECT_EQ(parse_decimal("-0.25"), (Rational{-1, 4}));
    EXPECT_EQ(parse_decimal("1e-05"), (Rational{1, 100'000}));
    EXPECT_EQ(parse_decimal("1e+03"), (Rational{1000, 1}));
    EXPECT_EQ(parse_percent("30%"), (Rational{3, 10}));
    EXPECT_EQ(parse_percent("12.5%"), (Rational{1, 8}));
    EXPECT_FALSE(parse_decimal("1e99").has_value());
    EXPECT_FALSE(parse_decimal("inf").has_value());
    EXPECT_FALSE(parse_decimal("1e").has_value());
    EXPECT_FALSE(parse_decimal("--1").has_value());
    EXPECT_EQ(decimal_text({15, 2}), "7.5");
    EXPECT_EQ(decimal_text({-1, 4}), "-0.25");
    EXPECT_EQ(decimal_text({1, 3}), "1/3");
    EXPECT_EQ(decimal_text({40, 1}), "40");
    EXPECT_EQ(decimal_text({INT64_MIN, 1}), "-9223372036854775808");
    EXPECT_LT((Rational{1, 3}), (Rational{1, 2}));
    EXPECT_LT((Rational{-1, 2}), (Rational{1, INT64_MAX}));
}

RC_GTEST_PROP(ReaderUnits, TextsParseBackToTheSameQuantity, ()) {
    const auto value = *rc::gen::inRange<std::int64_t>(0, INT64_MAX);
    RC_ASSERT(*parse_duration(duration_text(Duration(value))) == Duration(value));
    RC_ASSERT(*parse_size(size_text(value)) == value);
    const Rate rate =
        *make_rate(*rc::gen::inRange<std::int64_t>(1, 1'000'000), *rc::gen::inRange<std::int64_t>(1, INT64_MAX));
    RC_ASSERT(*parse_rate(rate_text(rate)) == rate);
    const Rational number = *make_rational(*rc::gen::arbitrary<std::int32_t>(), 1'000'000);
    RC_ASSERT(*parse_decimal(decimal_text(number)) == number);
}

RC_GTEST_PROP(ReaderUnits, AnyTextIsAQuantityOrAnError, (const std::string& text)) {
    (void)parse_duration(text);
    (void)parse_size(text);
    (void)parse_rate(text);
    (void)parse_decimal(text);
    (void)parse_percent(text);
}

TEST(ReaderSpelling, CountsEdits) {
    EXPECT_EQ(edit_distance("queues", "queues"), 0u);
    EXPECT_EQ(edit_distance("quues", "queues"), 1u);
    EXPECT_EQ(edit_distance("queeus", "queues"), 1u);  // swapped neighbours
    EXPECT_EQ(edit_distance("", "abc"), 3u);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

TEST(ReaderSpelling, SuggestsTheNearestWordOrListsAll) {
    const Words words{"queues", "name"};
    EXPECT_EQ(suggestion("quues", words, "keys"), "; did you mean `queues`?");
    EXPECT_EQ(suggestion("Name", words, "keys"), "; did you mean `name`?");
    EXPECT_EQ(suggestion("partitions", words, "keys"), "; keys are `queues`, `name`");
    EXPECT_EQ(suggestion("x", Words{}, "groups"), "; there are no groups");
    EXPECT_EQ(nearest_word("", words), std::nullopt);
}

RC_GTEST_PROP(ReaderSpelling, DistanceIsZeroOnlyForEqualWords, (const std::string& a, const std::string& b)) {
    RC_ASSERT((edit_distance(a, b) == 0) == (a == b));
    RC_ASSERT(edit_distance(a, b) == edit_distance(b, a));
    RC_ASSERT(edit_distance(a, b) <= std::max(a.size(), b.size()));
}

}  // namespace
}  // namespace brokersim::scenario
