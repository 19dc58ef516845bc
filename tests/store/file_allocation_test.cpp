#include <gmock/gmock.h>

#include "tests/store/store_fixture.h"
#include "tests/store/store_vectors.h"

namespace brokersim::store::testing {
namespace {

using ::testing::ElementsAre;

const std::string first = "00000000000000000000";
const std::string second = "00000000000000008192";
const std::string third = "00000000000000016384";

class MadeAhead : public StoreTest {
protected:
    std::vector<std::string> log_files() { return names_in(*bare_, "commitlog"); }
};

TEST_F(MadeAhead, TheNextFileIsThereBeforeItIsNeeded) {
    open();
    EXPECT_THAT(log_files(), ElementsAre()) << "nothing is made before there is a message";
    put_now(message("t", 0, "x"));
    EXPECT_THAT(log_files(), ElementsAre(first, second));
    for (int i = 0; i < 4; ++i) put_now(message("t", 0, std::string(2600, 'x')));
    EXPECT_THAT(log_files(), ElementsAre(first, second, third));
    EXPECT_EQ(store_->max_physical_offset().value, 8192 + 2600 + 92) << "but the log ends where its records do";
}

TEST_F(MadeAhead, AnOrderlyEndRemovesIt) {
    open();
    put_now(message("t", 0, "x"));
    shut_down();
    EXPECT_THAT(log_files(), ElementsAre(first));
    EXPECT_EQ(store_->failure(), nullptr);
}

TEST_F(MadeAhead, RecoveryRemovesItAfterACrash) {
    open();
    put_now(message("t", 0, "x"));
    new_life();
    EXPECT_THAT(log_files(), ElementsAre(first, second));
    open();
    EXPECT_THAT(log_files(), ElementsAre(first));
    EXPECT_THAT(read_all("t", 0), ElementsAre("x"));
    for (int i = 0; i < 4; ++i) put_now(message("t", 0, std::string(2600, 'x')));
    EXPECT_THAT(log_files(), ElementsAre(first, second, third));
}

TEST_F(MadeAhead, IsTriedAgainWhenItIsNeededIfTheDiskWasFull) {
    open();
    bare_->disk_bytes = bare_->disk_usage().used + 8192 + 4096 + 200 + 1080;
    put_now(message("t", 0, std::string(5000, 'x')));
    EXPECT_THAT(log_files(), ElementsAre(first));
    bare_->disk_bytes = UINT64_MAX;
    put_now(message("t", 0, std::string(5000, 'x')));
    EXPECT_THAT(log_files(), ElementsAre(first, second, third));
}

/// Files of 16 pages, each of which takes 10 us to be touched.
class Warming : public MadeAhead {
protected:
    Warming() {
        config_.mappedFileSizeCommitLog = 65'536;
        config_.warmMapedFileEnable = true;
        costs_.warm_per_page = 10us;
    }
    /// How long a message that takes half a file is on its way.
    Duration time_of_a_put() {
        const MonoTime begin = world_.now();
        EXPECT_EQ(put_now(message("t", 0, std::string(40'000, 'x'))).status, PutStatus::ok);
        return results_.at(0).at - begin;
    }
    std::vector<std::string> forced() {
        std::vector<std::string> found;
        for (const auto& flush : host_->flushed)
            if (flush == "commitlog/" + first + " 0 65536") found.push_back(flush);
        return found;
    }
};

TEST_F(Warming, TheFirstMessageWaitsForItsFileAndLaterOnesFindTheirsReady) {
    open();
    EXPECT_EQ(time_of_a_put(), 15us + 160us);
    EXPECT_EQ(time_of_a_put(), 15us);
    EXPECT_EQ(store_->max_physical_offset().value, 65'536 + 40'092);
    EXPECT_EQ(forced().size(), 0U);
}

TEST_F(Warming, AMessageThatComesTooEarlyWaitsForTheRest) {
    costs_.warm_per_page = 5ms;
    open();
    put(message("t", 0, std::string(40'000, 'x')));
    put(message("t", 0, std::string(40'000, 'y')));
    world_.run_for(1s);
    ASSERT_EQ(results_.size(), 2U);
    EXPECT_EQ(results_[0].at - MonoTime{}, 15us + 80ms);
    EXPECT_EQ(results_[1].at - MonoTime{}, 15us + 160ms);
}

TEST_F(Warming, NobodyWaitsLongerThanFiveSecondsAndTheStoreIsBusyMeanwhile) {
    costs_.warm_per_page = 400ms;
    open();
    put(message("t", 0, "in vain"));
    world_.run_for(2s);
    put(message("t", 0, "busy"));
    world_.run_for(1ms);
    ASSERT_EQ(results_.size(), 1U);
    EXPECT_EQ(results_[0].result.status, PutStatus::os_page_cache_busy);
    world_.run_for(4s);
    ASSERT_EQ(results_.size(), 2U);
    EXPECT_EQ(results_[1].result.status, PutStatus::create_mapped_file_failed);
    world_.run_for(10s);
    EXPECT_EQ(put_now(message("t", 0, "at last")).status, PutStatus::ok);
    EXPECT_THAT(read_all("t", 0), ElementsAre("at last"));
}

TEST_F(Warming, ForcesPagesAsItGoesOnUnderSyncFlush) {
    config_.flushDiskType = "SYNC_FLUSH";
    config_.flushLeastPagesWhenWarmMapedFile = 4;
    host_->flush_takes = 1ms;
    open();
    const Duration took = time_of_a_put();
    EXPECT_EQ(forced().size(), 4U) << "behind the 5th, the 9th, the 13th and the last page";
    EXPECT_GT(took, 5ms);
    EXPECT_LT(took, 20ms);
}

TEST_F(Warming, CanBeCutShortByAnEnd) {
    costs_.warm_per_page = 100ms;
    open();
    put(message("t", 0, "x"));
    world_.run_for(2s);
    ASSERT_EQ(results_.size(), 1U);
    shut_down();
    EXPECT_THAT(log_files(), ElementsAre(first));
    world_.run_for(10s);
    EXPECT_THAT(log_files(), ElementsAre(first));
}

}  // namespace
}  // namespace brokersim::store::testing
