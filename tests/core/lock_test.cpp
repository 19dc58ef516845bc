#include "core/lock.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/bare_host.h"

namespace brokersim::testing {
namespace {

using namespace std::chrono_literals;

TEST(Lock, is_got_at_once_when_free_and_in_order_of_asking_when_not) {
    BareWorld world;
    Lock lock(world.host("n", 1));
    std::vector<int> got;
    lock.acquire([&] { got.push_back(1); });
    lock.acquire([&] { got.push_back(2); });
    lock.acquire([&] { got.push_back(3); });
    EXPECT_EQ(got, std::vector<int>{1});
    EXPECT_EQ(lock.waiting(), 2U);
    lock.release();
    lock.acquire([&] { got.push_back(4); });
    world.settle();
    EXPECT_EQ(got, (std::vector<int>{1, 2}));
    lock.release();
    world.settle();
    lock.release();
    world.settle();
    EXPECT_EQ(got, (std::vector<int>{1, 2, 3, 4}));
    EXPECT_TRUE(lock.held());
    lock.release();
    EXPECT_FALSE(lock.held());
}

TEST(Lock, knows_since_when_its_present_holder_has_it) {
    BareWorld world;
    Lock lock(world.host("n", 1));
    world.run_for(5ms);
    lock.acquire([] {});
    const MonoTime first = world.now();
    lock.acquire([] {});
    world.run_for(7ms);
    EXPECT_EQ(lock.held_since(), first);
    lock.release();
    world.settle();
    EXPECT_EQ(lock.held_since(), first + 7ms);
}

}  // namespace
}  // namespace brokersim::testing
