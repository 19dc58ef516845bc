#include <gmock/gmock.h>

#include "core/java_hash.h"
#include "core/store/properties.h"
#include "tests/store/store_fixture.h"

namespace brokersim::store::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class Pull : public StoreTest {
protected:
    void SetUp() override {
        config_.mappedFileSizeCommitLog = 4 << 20;
        config_.mappedFileSizeConsumeQueue = 100'000;
        costs_ = {.encode_base = 0ns,
                  .encode_per_kib = 0ns,
                  .append_base = 0ns,
                  .append_per_kib = 0ns,
                  .dispatch_per_message = 0ns};
        new_life();
        open();
    }
    void fill(int count, std::size_t body_size, std::string_view tag = "A") {
        std::string properties;
        append_property(properties, property::tags, tag);
        for (int i = 0; i < count; ++i) put(message("t", 0, std::string(body_size, 'x'), properties));
        world_.run_for(5ms);
    }
    GetResult get(std::int64_t from, std::int32_t max = 32, const TagFilter& filter = {}) {
        return store_->get("t", 0, {from}, max, filter);
    }
};

TEST_F(Pull, OutsideTheQueueIsSentWhereTheRealBrokerSendsIt) {
    const auto unknown = get(5);
    EXPECT_EQ(unknown.status, GetStatus::no_matched_logic_queue);
    EXPECT_EQ(unknown.next_begin_offset.value, 0);

    put(message("t", 0, "a"));
    world_.run_for(100us);  // stored, not dispatched
    EXPECT_EQ(get(5).status, GetStatus::no_message_in_queue);
    EXPECT_EQ(get(5).next_begin_offset.value, 0);

    fill(2, 1);
    EXPECT_EQ(get(3).status, GetStatus::offset_overflow_one);
    EXPECT_EQ(get(3).next_begin_offset.value, 3);
    EXPECT_EQ(get(4).status, GetStatus::offset_overflow_badly);
    EXPECT_EQ(get(4).next_begin_offset.value, 3);
    EXPECT_EQ(get(-1).status, GetStatus::offset_too_small);
    EXPECT_EQ(get(-1).next_begin_offset.value, 0);
    const auto found = get(1);
    EXPECT_EQ(found.status, GetStatus::found);
    EXPECT_EQ(found.min_offset.value, 0);
    EXPECT_EQ(found.max_offset.value, 3);
    EXPECT_EQ(found.next_begin_offset.value, 3);
}

TEST_F(Pull, TakesNoMoreMessagesThanItAsksFor) {
    fill(100, 10);
    EXPECT_THAT(get(0, 7).records, SizeIs(7));
    EXPECT_EQ(get(0, 7).next_begin_offset.value, 7);
    EXPECT_THAT(get(0, 50).records, SizeIs(32)) << "nor more than the broker gives";
    EXPECT_THAT(get(95, 50).records, SizeIs(5));
    EXPECT_THAT(get(0, 0).records, SizeIs(1)) << "the first one always goes";
}

TEST_F(Pull, TakesAtMostAQuarterMebibyteFromMemory) {
    fill(40, 60'000);
    const auto got = get(0);
    EXPECT_THAT(got.records, SizeIs(4));
    EXPECT_LE(got.bytes, 262'144);
    EXPECT_FALSE(got.suggest_pulling_from_slave);
}

TEST_F(Pull, TakesLessOfWhatIsTakenToBeOnDisk) {
    host_->memory = 100'000;  // 40 % of it is in memory
    new_life();
    host_->memory = 100'000;
    open();
    fill(100, 1000 - 100);
    const auto old = get(0);
    EXPECT_THAT(old.records, SizeIs(8));
    EXPECT_TRUE(old.suggest_pulling_from_slave);
    EXPECT_FALSE(store_->in_memory("t", 0, {0}));
    EXPECT_THAT(get(90).records, SizeIs(10));
    EXPECT_FALSE(get(90).suggest_pulling_from_slave);
    EXPECT_TRUE(store_->in_memory("t", 0, {90}));
    EXPECT_FALSE(store_->in_memory("t", 0, {100})) << "it is not there";
}

TEST_F(Pull, TakesAtMost64KibibytesFromDisk) {
    new_life();
    host_->memory = 100'000;
    open();
    fill(10, 20'000);
    EXPECT_THAT(get(0).records, SizeIs(3));
}

TEST_F(Pull, GivesABigMessageAlone) {
    fill(3, 1'000'000);
    EXPECT_THAT(get(0).records, SizeIs(1));
    EXPECT_EQ(get(0).next_begin_offset.value, 1);
}

TEST_F(Pull, PassesOverWhatTheFilterDoesNotWant) {
    fill(5, 1, "A");
    fill(1, 1, "B");
    fill(5, 1, "A");
    const auto got = get(0, 32, {java_hash("B")});
    EXPECT_EQ(got.status, GetStatus::found);
    EXPECT_THAT(got.records, SizeIs(1));
    EXPECT_EQ(got.next_begin_offset.value, 11);
    const auto none = get(0, 32, {java_hash("C")});
    EXPECT_EQ(none.status, GetStatus::no_matched_message);
    EXPECT_EQ(none.next_begin_offset.value, 11);
    EXPECT_THAT(get(0, 32, {java_hash("C"), java_hash("A")}).records, SizeIs(10));
}

TEST_F(Pull, ScansAtMost800UnitsOrAsManyAsItAsksFor) {
    fill(1500, 1);
    const auto none = get(0, 32, {1});
    EXPECT_EQ(none.status, GetStatus::no_matched_message);
    EXPECT_EQ(none.next_begin_offset.value, 800);
    EXPECT_EQ(get(0, 1000, {1}).next_begin_offset.value, 1000);
    EXPECT_EQ(get(1400, 32, {1}).next_begin_offset.value, 1500);
}

TEST_F(Pull, EndsWithTheFileOfTheIndex) {
    config_.mappedFileSizeConsumeQueue = 200;
    new_life();
    open();
    fill(25, 1);
    EXPECT_THAT(get(7).records, SizeIs(3));
    EXPECT_EQ(get(7).next_begin_offset.value, 10);
    EXPECT_THAT(get(10).records, SizeIs(10));
    EXPECT_EQ(get(0, 32, {1}).next_begin_offset.value, 10);
}

TEST_F(Pull, LooksIntoMoreFilesIfItMay) {
    config_.mappedFileSizeConsumeQueue = 200;
    config_.travelCqFileNumWhenGetMessage = 2;
    new_life();
    open();
    fill(25, 1, "A");
    EXPECT_EQ(get(0, 32, {1}).next_begin_offset.value, 20);
    EXPECT_THAT(get(0, 32).records, SizeIs(10)) << "but not once it has found something";
}

TEST_F(Pull, GivesRecordsThatOutliveTheStore) {
    put_now(message("t", 0, "hello"));
    const auto got = get(0);
    store_.reset();
    EXPECT_THAT(bodies(got), ElementsAre("hello"));
}

TEST_F(Pull, PassesOverWhatTheLogHasLost) {
    config_.mappedFileSizeCommitLog = 8192;
    new_life();
    open();
    for (int i = 0; i < 4; ++i) put_now(message("t", 0, std::string(5000, static_cast<char>('a' + i))));
    shut_down();
    new_life();
    ASSERT_TRUE(bare_->remove("commitlog/00000000000000008192").has_value());
    open();
    const auto gone = get(1, 1);
    EXPECT_EQ(gone.status, GetStatus::found) << "it goes on behind the gap";
    EXPECT_EQ(gone.next_begin_offset.value, 3);
    EXPECT_EQ(bodies(gone).at(0)[0], 'c');
}

TEST_F(Pull, ByTimeFindsTheFirstAtOrAfter) {
    for (int i = 0; i < 50; ++i) {
        put(message("t", 0, "x"));
        put(message("t", 0, "y"));
        world_.run_for(10ms);
    }
    const auto at = [](std::int64_t ms) { return WallTime(std::chrono::milliseconds(1'700'000'000'000 + ms)); };
    EXPECT_EQ(store_->offset_by_time("t", 0, at(-1000)).value, 0);
    for (int i = 0; i < 50; ++i) {
        EXPECT_EQ(store_->offset_by_time("t", 0, at(10 * i)).value, 2 * i);
        EXPECT_EQ(store_->offset_by_time("t", 0, at(10 * i + 1)).value, 2 * i + 2);
        EXPECT_EQ(store_->offset_by_time("t", 0, at(10 * i), TimeBoundary::upper).value, 2 * i + 1);
    }
    EXPECT_EQ(store_->offset_by_time("t", 0, at(100'000)).value, 100);
    EXPECT_EQ(store_->offset_by_time("u", 0, at(0)).value, 0);
}

}  // namespace
}  // namespace brokersim::store::testing
