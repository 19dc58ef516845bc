#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "scenarios/body.h"

namespace brokersim::scenario {
namespace {

TEST(Body, NamesItsSenderAndIsWhole) {
    for (std::size_t size : {24U, 25U, 31U, 32U, 33U, 256U, 4099U}) {
        std::vector<std::byte> body(size);
        make_body({7, 123'456'789'012}, 42, body);
        const auto whole = check_body(body);
        ASSERT_TRUE(whole.has_value()) << size;
        EXPECT_EQ(whole->id, (MessageId{7, 123'456'789'012}));
        EXPECT_EQ(whole->intended, 42);
    }
}

RC_GTEST_PROP(Body, AnyChangedByteIsFoundUnlessTheBodyIsVeryShort, ()) {
    std::vector<std::byte> body(*rc::gen::inRange<std::size_t>(32, 600));
    make_body({*rc::gen::inRange<std::uint32_t>(0, 100), *rc::gen::inRange<std::uint64_t>(0, 1'000'000)}, 5, body);
    const auto at = *rc::gen::inRange<std::size_t>(0, body.size());
    body[at] ^= static_cast<std::byte>(*rc::gen::inRange(1, 256));
    RC_ASSERT(!check_body(body).has_value());
}

TEST(Body, TheRestIsWordsThatRiseByOneStep) {
    std::vector<std::byte> body(min_body_bytes + 7 * 8 + 5);
    make_body({1, 2}, 3, body);
    const auto word = [&](std::size_t n) {
        std::uint64_t found = 0;
        std::memcpy(&found, body.data() + min_body_bytes + 8 * n, std::min<std::size_t>(8, 8 * (7 - n) + 5));
        return found;
    };
    const std::uint64_t step = word(1) - word(0);
    for (std::uint64_t n = 0; n < 7; ++n) EXPECT_EQ(word(n), word(0) + n * step) << n;
    EXPECT_EQ(word(7), (word(0) + 7 * step) & 0xFF'FFFF'FFFF);
}

TEST(Body, OneOfAnotherLengthIsRefused) {
    std::vector<std::byte> body(100);
    make_body({1, 2}, 3, body);
    EXPECT_FALSE(check_body(std::span(body).first(99)).has_value());
    EXPECT_FALSE(check_body(std::span(body).first(20)).has_value());
    EXPECT_FALSE(read_body_head(std::span(body).first(99)).has_value());
}

TEST(Body, AHollowOneNamesItsSenderOnly) {
    std::vector<std::byte> body(100);
    make_body_head({1, 2}, 3, body);
    ASSERT_TRUE(read_body_head(body).has_value());
    EXPECT_FALSE(check_body(body).has_value());
}

TEST(Body, TheTailOfAnotherMessageIsRefused) {
    std::vector<std::byte> one(64), other(64);
    make_body({1, 2}, 3, one);
    make_body({1, 3}, 3, other);
    std::copy(other.begin() + 32, other.end(), one.begin() + 32);
    EXPECT_FALSE(check_body(one).has_value());
}

}  // namespace
}  // namespace brokersim::scenario
