#include <fmt/format.h>
#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include "core/store/big_endian.h"
#include "core/store/consume_queue.h"
#include "tests/store/store_vectors.h"
#include "tests/support/bare_host.h"

namespace brokersim::store::testing {
namespace {

class Queue : public ::testing::Test {
protected:
    brokersim::testing::BareWorld world_;
    brokersim::testing::BareHost& host_ = world_.host("broker/0", 1);
};

TEST_F(Queue, ThatBeginsInTheMiddleIsFilledUpToThere) {
    ConsumeQueue queue(host_, "consumequeue/u/0", 200);
    for (const std::int64_t at : {23, 24})
        EXPECT_EQ(*queue.put({{at * 100}, 100, 7}, {at}), ConsumeQueue::Put::written);
    queue.publish();
    EXPECT_EQ(queue.max_offset().value, 25);
    EXPECT_EQ(queue.min_offset().value, 23);
    EXPECT_TRUE(queue.read({22}, 1).empty());
    EXPECT_EQ(queue.unit({23})->tags_code, 7);
    const auto bytes = *host_.read_file("consumequeue/u/0/00000000000000000400");
    for (int unit = 0; unit < 3; ++unit) {
        EXPECT_EQ(load_big<std::int64_t>(as_bytes(bytes).data() + unit * 20), 0);
        EXPECT_EQ(load_big<std::int32_t>(as_bytes(bytes).data() + unit * 20 + 8), INT32_MAX);
    }
    EXPECT_EQ(queue.files().flushed(), 400) << "what was filled in is to be flushed too";
}

TEST_F(Queue, TakesAUnitOnce) {
    ConsumeQueue queue(host_, "consumequeue/u/0", 200);
    EXPECT_EQ(*queue.put({{0}, 100, 1}, {0}), ConsumeQueue::Put::written);
    EXPECT_EQ(*queue.put({{0}, 100, 1}, {0}), ConsumeQueue::Put::repeated);
    EXPECT_EQ(*queue.put({{100}, 100, 1}, {1}), ConsumeQueue::Put::written);
    EXPECT_EQ(*queue.put({{300}, 100, 1}, {1}), ConsumeQueue::Put::repeated) << "its place is taken";
    EXPECT_EQ(*queue.put({{500}, 100, 1}, {4}), ConsumeQueue::Put::misplaced) << "units are missing";
    EXPECT_EQ(queue.next_offset().value, 3);
    queue.publish();
    EXPECT_EQ(queue.max_physical_offset().value, 600);
}

TEST_F(Queue, CorrectsTheMinimumToWhatTheLogStillHas) {
    ConsumeQueue queue(host_, "consumequeue/u/0", 200);
    for (std::int64_t i = 0; i < 25; ++i) queue.put({{i * 100}, 100, 1}, {i}).value();
    queue.publish();
    for (const auto& [log_min, expected] : std::vector<std::pair<std::int64_t, std::int64_t>>{
             {0, 0}, {1, 1}, {100, 1}, {450, 5}, {400, 5}, {899, 9}, {900, 9}, {2401, 25}}) {
        queue.correct_min_offset({log_min});
        EXPECT_EQ(queue.min_offset().value, expected) << log_min;
    }
}

TEST_F(Queue, EndsAfterRecoveryWhereItsUnitsEnd) {
    EXPECT_TRUE(rc::check([] {
        brokersim::testing::BareWorld world;
        auto& host = world.host("broker/0", 1);
        const auto count = *rc::gen::inRange<std::int64_t>(1, 100);
        const auto file_size = *rc::gen::element<std::int64_t>(20, 100, 400);
        {
            ConsumeQueue queue(host, "q", file_size);
            for (std::int64_t i = 0; i < count; ++i) queue.put({{i * 100}, 100, i}, {i}).value();
        }
        ConsumeQueue queue(host, "q", file_size);
        RC_ASSERT(queue.load().has_value());
        RC_ASSERT(queue.recover().has_value());
        RC_ASSERT(queue.max_offset().value == count);
        RC_ASSERT(queue.max_physical_offset().value == count * 100);
        const auto cut = *rc::gen::inRange<std::int64_t>(0, count * 100 + 100);
        RC_ASSERT(queue.truncate({cut}).has_value());
        const std::int64_t left = std::min(count, (cut + 99) / 100);
        RC_ASSERT(queue.max_offset().value == left);
        RC_ASSERT(names_in(host, "q").size() == static_cast<std::size_t>((left * 20 + file_size - 1) / file_size));
        for (std::int64_t i = 0; i < left; ++i) RC_ASSERT(queue.unit({i})->tags_code == i);
    }));
}

TEST_F(Queue, LosesNoneForOneDamagedUnitWhenItIsCut) {
    EXPECT_TRUE(rc::check([] {
        brokersim::testing::BareWorld world;
        auto& host = world.host("broker/0", 1);
        const auto count = *rc::gen::inRange<std::int64_t>(4, 100);
        const auto damaged = *rc::gen::inRange<std::int64_t>(0, count);
        const auto says = *rc::gen::element<std::int64_t>(0, 536'871'912, INT64_MAX);
        const auto file_size = *rc::gen::element<std::int64_t>(20, 100, 400);
        ConsumeQueue queue(host, "q", file_size);
        for (std::int64_t i = 0; i < count; ++i) queue.put({{i * 100}, 100, i}, {i}).value();
        queue.publish();
        const std::int64_t start = damaged * 20 - damaged * 20 % file_size;
        const auto file = host.map("q/" + offset_file_name(start)).value();
        save_big(file->write(static_cast<std::uint64_t>(damaged * 20 - start), 8).data(), says);
        const auto cut = *rc::gen::inRange<std::int64_t>(0, count + 1);
        RC_ASSERT(queue.truncate({cut * 100}).has_value());
        const std::int64_t left = queue.max_offset().value;
        // Close to the cut a damaged unit may count to the other side.
        if (damaged < cut - 1 || damaged > cut + 1) RC_ASSERT(left == cut);
        RC_ASSERT(left <= cut + 2);
        RC_ASSERT(left >= cut - 1);
        RC_ASSERT(queue.max_physical_offset() <= PhysicalOffset{cut * 100});
    }));
}

}  // namespace
}  // namespace brokersim::store::testing
