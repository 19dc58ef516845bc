#include "core/callback.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>

namespace brokersim {
namespace {

TEST(Callback, calls_what_it_holds_with_arguments_and_result) {
    Callback<int(int, int)> add = [](int a, int b) { return a + b; };
    ASSERT_TRUE(static_cast<bool>(add));
    EXPECT_EQ(add(2, 3), 5);
}

TEST(Callback, takes_arguments_that_can_only_be_moved) {
    Callback<int(std::unique_ptr<int>)> read = [](std::unique_ptr<int> number) { return *number; };
    EXPECT_EQ(read(std::make_unique<int>(7)), 7);
}

template <std::size_t Bytes>
void destroys_its_capture_once() {
    auto counted = std::make_shared<int>(0);
    {
        std::array<std::byte, Bytes> ballast{};
        Callback<void()> first = [counted, ballast] { *counted += static_cast<int>(ballast.size()); };
        EXPECT_EQ(counted.use_count(), 2);
        Callback<void()> second = std::move(first);
        EXPECT_FALSE(static_cast<bool>(first));
        EXPECT_EQ(counted.use_count(), 2);
        second();
        second = [] {};
        EXPECT_EQ(counted.use_count(), 1);
        second = [counted] {};
    }
    EXPECT_EQ(counted.use_count(), 1);
    EXPECT_EQ(*counted, static_cast<int>(Bytes));
}

TEST(Callback, destroys_a_small_capture_once) { destroys_its_capture_once<8>(); }
TEST(Callback, destroys_a_large_capture_once) { destroys_its_capture_once<500>(); }

TEST(Callback, reset_and_null_make_it_empty) {
    Callback<void()> nothing = nullptr;
    EXPECT_FALSE(static_cast<bool>(nothing));
    Callback<void()> something = [] {};
    something.reset();
    EXPECT_FALSE(static_cast<bool>(something));
}

}  // namespace
}  // namespace brokersim
