#include <gmock/gmock.h>

#include "core/store/properties.h"
#include "tests/store/store_fixture.h"

namespace brokersim::store::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class AsyncFlush : public StoreTest {
protected:
    void SetUp() override {
        config_.mappedFileSizeCommitLog = 1 << 20;
        config_.mappedFileSizeConsumeQueue = 100'000;
        new_life();
        open();
    }
    /// Flushes of the log so far, forgotten afterwards.
    std::vector<std::string> log_flushes() {
        std::vector<std::string> found;
        for (auto& flush : host_->flushed)
            if (flush.starts_with("commitlog/")) found.push_back(flush.substr(31));
        host_->flushed.clear();
        return found;
    }
};

TEST_F(AsyncFlush, BeginsThoroughlyAndThenWaitsForFourPages) {
    put_now(message("t", 0, ""));
    world_.run_for(500ms);
    EXPECT_THAT(log_flushes(), ElementsAre("0 92"));
    put_now(message("t", 0, std::string(8000, 'x')));  // two pages
    world_.run_for(2s);
    EXPECT_THAT(log_flushes(), IsEmpty());
    put_now(message("t", 0, std::string(8300, 'x')));
    world_.run_for(500ms);
    EXPECT_THAT(log_flushes(), ElementsAre("92 16484"));
    EXPECT_EQ(store_->flushed_offset(), store_->max_physical_offset());
}

TEST_F(AsyncFlush, IsThoroughEveryTenSeconds) {
    put_now(message("t", 0, ""));
    world_.run_for(1s);
    log_flushes();
    world_.run_for(5s);
    put_now(message("t", 0, ""));
    world_.run_for(10s + 499ms - 6040ms);
    EXPECT_THAT(log_flushes(), IsEmpty());
    world_.run_for(2ms);  // decided at 10 s, done at 10.5 s
    EXPECT_THAT(log_flushes(), ElementsAre("92 92"));
}

TEST_F(AsyncFlush, IsThoroughOnItsGridAfterIdleHours) {
    put_now(message("t", 0, ""));
    world_.run_for(3600s + 700ms - 20ms);
    log_flushes();
    put_now(message("t", 0, ""));  // at 3600.7: the thorough round was decided at 3600 s, and came at 3600.5
    world_.run_for(9s);
    EXPECT_THAT(log_flushes(), IsEmpty());
    world_.run_for(1s);
    EXPECT_THAT(log_flushes(), ElementsAre("92 92"));
}

TEST_F(AsyncFlush, MakesNoEventsWhenAllIsOnDisk) {
    put_now(message("t", 0, ""));
    world_.run_for(100s);
    const auto before = host_->handlers;
    world_.run_for(1h);
    EXPECT_EQ(host_->handlers, before);
    EXPECT_EQ(store_->flushed_offset(), store_->max_physical_offset());
}

TEST_F(AsyncFlush, ForcesOneFileARound) {
    config_.mappedFileSizeCommitLog = 8192;
    new_life();
    open();
    for (int i = 0; i < 3; ++i) put_now(message("t", 0, std::string(5000, 'x')));
    log_flushes();
    world_.run_for(440ms);
    EXPECT_EQ(store_->flushed_offset().value, 8192);
    world_.run_for(500ms);
    EXPECT_EQ(store_->flushed_offset().value, 16'384);
    world_.run_for(11s);
    EXPECT_EQ(store_->flushed_offset(), store_->max_physical_offset());
}

TEST_F(AsyncFlush, ForcesConsumeQueuesAndCheckpoint) {
    put_now(message("t", 0, "a"));
    put_now(message("t", 1, "b"));
    world_.run_for(1500ms);
    EXPECT_THAT(host_->flushed,
                ElementsAre("commitlog/00000000000000000000 0 186", "consumequeue/t/0/00000000000000000000 0 20",
                            "consumequeue/t/1/00000000000000000000 0 20", "checkpoint 0 40"));
    const auto checkpoint = *bare_->read_file("checkpoint");
    const auto stored = epoch_ms(results_.at(0).result.store_timestamp);
    EXPECT_EQ(load_big<std::int64_t>(as_bytes(checkpoint).data()), stored);
    EXPECT_EQ(load_big<std::int64_t>(as_bytes(checkpoint).data() + 8), stored);
    host_->flushed.clear();
    put_now(message("t", 1, "c"));
    world_.run_for(58s);
    EXPECT_THAT(host_->flushed,
                ElementsAre("checkpoint 0 40", "commitlog/00000000000000000000 186 93", "checkpoint 0 40"));
    world_.run_for(2s);
    EXPECT_EQ(host_->flushed.back(), "consumequeue/t/1/00000000000000000000 20 20");
}

TEST_F(AsyncFlush, ThatFailsStopsWrites) {
    put_now(message("t", 0, "a"));
    host_->flush_fails = true;
    world_.run_for(1s);
    ASSERT_NE(store_->failure(), nullptr);
    EXPECT_THAT(store_->failure()->what, ::testing::HasSubstr("the disk says no"));
    host_->flush_fails = false;
    EXPECT_FALSE(store_->writable());
    EXPECT_EQ(put_now(message("t", 0, "b")).status, PutStatus::service_not_available);
    EXPECT_THAT(read_all("t", 0), ElementsAre("a"));
    shut_down();
    EXPECT_TRUE(bare_->read_file("abort").has_value()) << "this was no orderly end";
}

TEST_F(AsyncFlush, ThatFailsIsNotTriedAgain) {
    put_now(message("t", 0, "a"));
    host_->flush_takes = 10ms;
    host_->flush_fails = true;
    world_.run_for(505ms - 20ms);  // the flush is under way
    put(message("t", 0, "b"));     // and this one is not refused yet
    world_.run_for(20s);
    EXPECT_EQ(results_.back().result.status, PutStatus::ok);
    EXPECT_THAT(log_flushes(), SizeIs(1));
    EXPECT_EQ(store_->flushed_offset().value, 0);
}

class SyncFlush : public StoreTest {
protected:
    void SetUp() override {
        config_.flushDiskType = "SYNC_FLUSH";
        config_.mappedFileSizeCommitLog = 1 << 20;
        new_life();
        host_->flush_takes = 3ms;
        open();
    }
};

TEST_F(SyncFlush, AnswersWhenTheRecordIsOnDisk) {
    put(message("t", 0, "a"));
    world_.run_for(3ms);
    EXPECT_THAT(results_, IsEmpty());
    EXPECT_EQ(world_.notes_of<note::Stored>().size(), 1U);
    world_.run_for(1ms);
    ASSERT_THAT(results_, SizeIs(1));
    EXPECT_EQ(results_[0].result.status, PutStatus::ok);
    EXPECT_EQ(store_->flushed_offset(), store_->max_physical_offset());
}

TEST_F(SyncFlush, ShowsRecordsOnceTheyAreOnDisk) {
    put(message("t", 0, "a"));
    world_.run_for(3ms);
    EXPECT_EQ(store_->max_offset("t", 0).value, 0);
    world_.run_for(2ms);
    EXPECT_EQ(store_->max_offset("t", 0).value, 1);
}

TEST_F(SyncFlush, ServesAllThatWaitWithOneFlush) {
    put(message("t", 0, "a"));
    world_.run_for(1ms);
    for (int i = 0; i < 5; ++i) put(message("t", 0, "b"));
    world_.run_for(20ms);
    EXPECT_THAT(results_, SizeIs(6));
    EXPECT_THAT(host_->flushed,
                ElementsAre("commitlog/00000000000000000000 0 93", "commitlog/00000000000000000000 93 465"));
}

TEST_F(SyncFlush, DoesNotWaitWhereTheMessageDoesNot) {
    std::string properties;
    append_property(properties, property::wait, "false");
    put(message("t", 0, "a", properties));
    world_.run_for(1ms);
    ASSERT_THAT(results_, SizeIs(1));
    EXPECT_EQ(results_[0].result.status, PutStatus::ok);
    EXPECT_THAT(host_->flushed, SizeIs(1)) << "but the flush begins";
}

TEST_F(SyncFlush, GivesUpAfterTheTimeOut) {
    host_->flush_takes = 8s;
    put(message("t", 0, "a"));
    world_.run_for(2s);
    put(message("t", 0, "b"));
    world_.run_for(3s);
    ASSERT_THAT(results_, SizeIs(0));
    world_.run_for(1ms);
    ASSERT_THAT(results_, SizeIs(1));
    EXPECT_EQ(results_[0].result.status, PutStatus::flush_disk_timeout);
    EXPECT_EQ(results_[0].result.queue_offset.value, 0);
    world_.run_for(2s);
    ASSERT_THAT(results_, SizeIs(2));
    EXPECT_EQ(results_[1].result.status, PutStatus::flush_disk_timeout);
    world_.run_for(20s);
    EXPECT_THAT(read_all("t", 0), ElementsAre("a", "b")) << "they are stored all the same";
}

TEST_F(SyncFlush, ThatFailsTellsAllThatWaitAndStopsWrites) {
    host_->flush_fails = true;
    put(message("t", 0, "a"));
    put(message("t", 0, "b"));
    world_.run_for(10ms);
    ASSERT_THAT(results_, SizeIs(2));
    for (const auto& outcome : results_) EXPECT_EQ(outcome.result.status, PutStatus::flush_disk_timeout);
    EXPECT_EQ(put_now(message("t", 0, "c")).status, PutStatus::service_not_available);
    EXPECT_EQ(store_->max_offset("t", 0).value, 0);
}

TEST_F(SyncFlush, MakesNoEventsWhenIdle) {
    put_now(message("t", 0, "a"));
    world_.run_for(100s);
    const auto before = host_->handlers;
    world_.run_for(1h);
    EXPECT_EQ(host_->handlers, before);
}

}  // namespace
}  // namespace brokersim::store::testing
