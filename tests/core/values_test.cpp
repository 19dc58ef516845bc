#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>

#include "core/bytes.h"
#include "core/check.h"
#include "core/config.h"
#include "core/crc32.h"
#include "core/draw.h"
#include "core/text.h"

namespace brokersim {
namespace {

struct Sample {
    std::int64_t number = 3;
    bool flag = false;
    std::string word = "a";
    Millis time{10};
};
constexpr std::array<ConfigKey<Sample>, 5> sample_keys{{
    {"number", &Sample::number, 1, 9},
    {"flag", &Sample::flag},
    {"word", &Sample::word},
    {"time", &Sample::time, 0, 1000},
    {"elsewhere"},
}};

TEST(Config, a_key_is_set_from_its_text) {
    Sample sample;
    for (const auto& [key, text] : {std::pair{"number", "7"}, {"flag", "true"}, {"word", "b"}, {"time", "250"}}) {
        const auto set = set_key<Sample>(sample, sample_keys, key, text);
        ASSERT_TRUE(set.has_value()) << key;
        EXPECT_EQ(*set, KeySet::set);
    }
    EXPECT_EQ(sample.number, 7);
    EXPECT_TRUE(sample.flag);
    EXPECT_EQ(sample.word, "b");
    EXPECT_EQ(sample.time, Millis(250));
}

TEST(Config, what_cannot_be_set_says_why_and_changes_nothing) {
    Sample sample;
    const auto error = [&](std::string_view key, std::string_view text) {
        const auto set = set_key<Sample>(sample, sample_keys, key, text);
        return set ? std::optional<KeyErrorCode>() : set.error().code;
    };
    EXPECT_EQ(error("numbr", "7"), KeyErrorCode::unknown_key);
    EXPECT_EQ(error("number", "7x"), KeyErrorCode::bad_value);
    EXPECT_EQ(error("number", ""), KeyErrorCode::bad_value);
    EXPECT_EQ(error("number", "10"), KeyErrorCode::out_of_range);
    EXPECT_EQ(error("number", "99999999999999999999"), KeyErrorCode::bad_value);
    EXPECT_EQ(error("flag", "yes"), KeyErrorCode::bad_value);
    EXPECT_EQ(error("time", "-1"), KeyErrorCode::out_of_range);
    EXPECT_EQ(sample.number, 3);
    EXPECT_EQ(sample.time, Millis(10));
    EXPECT_EQ(*set_key<Sample>(sample, sample_keys, "elsewhere", "1"), KeySet::unmodelled);
}

RC_GTEST_PROP(Text, behaves_as_the_string_that_it_holds, (const std::string& a, const std::string& b)) {
    const Text first = a, second = b, copy = first;
    RC_ASSERT(first.view() == a);
    RC_ASSERT(copy == first);
    RC_ASSERT((first == second) == (a == b));
    RC_ASSERT((first < second) == (std::string_view(a) < std::string_view(b)));
    RC_ASSERT(first.empty() == a.empty());
}

TEST(Bytes, a_slice_keeps_its_block_alive) {
    Slice slice;
    {
        const Slice first = copy_slice("four words of text");
        slice = first;
    }
    EXPECT_EQ(slice.text(), "four words of text");
    EXPECT_TRUE(copy_slice("").empty());
}

TEST(Draw, depends_on_every_part_of_its_key_and_on_nothing_else) {
    const std::uint64_t drawn = draw_key(1, Purpose::test, 2, 3);
    EXPECT_EQ(drawn, draw_key(1, Purpose::test, 2, 3));
    EXPECT_NE(drawn, draw_key(2, Purpose::test, 2, 3));
    EXPECT_NE(drawn, draw_key(1, Purpose::arrival, 2, 3));
    EXPECT_NE(drawn, draw_key(1, Purpose::test, 3, 3));
    EXPECT_NE(drawn, draw_key(1, Purpose::test, 2, 4));
}

RC_GTEST_PROP(Draw, below_stays_below, (std::uint64_t draw)) {
    const auto bound = *rc::gen::inRange<std::uint64_t>(1, 1'000'000);
    RC_ASSERT(below(draw, bound) < bound);
    RC_ASSERT(below(draw, 0) == 0U);
}

TEST(Crc32, is_that_of_zlib) {
    EXPECT_EQ(crc32(as_bytes("123456789")), 0xCBF43926U);
    EXPECT_EQ(crc32({}), 0U);
}

TEST(Check, a_broken_invariant_names_its_place_and_its_condition) {
    try {
        BROKERSIM_CHECK(1 + 1 == 3, "{} apples", 2);
        FAIL();
    } catch (const BrokenInvariant& broken) {
        EXPECT_NE(std::string(broken.what()).find("2 apples (1 + 1 == 3)"), std::string::npos) << broken.what();
    }
}

}  // namespace
}  // namespace brokersim
