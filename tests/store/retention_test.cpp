#include <gmock/gmock.h>

#include "core/store/properties.h"
#include "core/store/retention.h"
#include "tests/store/store_fixture.h"
#include "tests/store/store_vectors.h"

namespace brokersim::store::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// The bare world begins at 22:13:20 UTC.
class Retaining : public StoreTest {
protected:
    void SetUp() override { open(); }
    /// Two messages fill a log file.
    void fill(int files) {
        for (int i = 0; i < 2 * files; ++i) {
            std::string properties;
            append_property(properties, property::keys, "k" + std::to_string(next_));
            put_now(message("t", 0, std::to_string(next_++) + std::string(3900, 'x'), std::move(properties)));
        }
    }
    /// Without the one that is made ahead.
    std::size_t log_files() { return names_in(*bare_, "commitlog").size() - 1; }
    std::size_t queue_files() { return names_in(*bare_, "consumequeue/t/0").size(); }
    int next_ = 0;
};

TEST(RetentionHours, AreReadAsTheRealBrokerReadsThem) {
    EXPECT_THAT(*parse_hours("04"), ElementsAre(4));
    EXPECT_THAT(*parse_hours("0;23"), ElementsAre(0, 23));
    for (const char* bad : {"", "24", "4;", "x", "-1", "4 "}) EXPECT_FALSE(parse_hours(bad)) << bad;
}

TEST_F(Retaining, RefusesToOpenWithHoursThatAreNone) {
    shut_down();
    config_.deleteWhen = "25";
    new_life();
    MessageStore store(*host_, "broker-0", config_, costs_);
    EXPECT_FALSE(store.load().has_value());
}

TEST_F(Retaining, RemovesFilesOfThreeDaysAgoAtFourInTheMorning) {
    fill(5);
    world_.run_for(6h);  // 04:13, but they are young
    EXPECT_EQ(log_files(), 5U);
    world_.run_for(66h);  // 22:13: old, but it is not the hour
    EXPECT_EQ(log_files(), 5U);
    world_.run_for(5h + 46min);
    EXPECT_EQ(log_files(), 5U);
    world_.run_for(2min);
    EXPECT_EQ(log_files(), 1U) << "the newest stays";
    EXPECT_EQ(store_->min_physical_offset().value, 4 * 8192);
    EXPECT_EQ(store_->min_offset("t", 0).value, 8);
    EXPECT_EQ(store_->get("t", 0, {0}, 32, {}).status, GetStatus::offset_too_small);
    EXPECT_THAT(read_all("t", 0), SizeIs(2));
    EXPECT_THAT(store_->query("t", "k1", 64, WallTime{}, WallTime{Millis(4'000'000'000'000)}).records, IsEmpty());
}

TEST_F(Retaining, RemovesNoMoreThanABatchInARound) {
    fill(15);
    store_->remove_expired_files();
    world_.run_for(72h + 1min);
    store_->remove_expired_files();
    world_.run_for(10s + 950ms);
    EXPECT_EQ(log_files(), 5U);
    world_.run_for(10s);
    EXPECT_EQ(log_files(), 1U);
}

TEST_F(Retaining, RemovesQueueAndIndexFilesOfWhatIsGone) {
    fill(30);  // 60 units of 10 in a queue file, and two index files
    EXPECT_EQ(queue_files(), 6U);
    EXPECT_THAT(names_in(*bare_, "index"), SizeIs(2));
    world_.run_for(72h);
    store_->remove_expired_files();
    world_.run_for(2min);
    EXPECT_EQ(log_files(), 1U);
    EXPECT_EQ(queue_files(), 1U);
    EXPECT_THAT(names_in(*bare_, "index"), SizeIs(1));
    EXPECT_EQ(store_->min_offset("t", 0).value, 58);
    EXPECT_THAT(read_all("t", 0), SizeIs(2));
    shut_down();
    new_life();
    open();
    EXPECT_EQ(store_->min_offset("t", 0).value, 58);
    EXPECT_EQ(store_->min_physical_offset().value, 29 * 8192);
    EXPECT_THAT(read_all("t", 0), SizeIs(2));
}

TEST_F(Retaining, LeavesAFileToItsReadersForTwoMinutes) {
    fill(3);
    const auto held = store_->get("t", 0, {0}, 1, {});
    ASSERT_THAT(held.records, SizeIs(1));
    world_.run_for(72h);
    store_->remove_expired_files();
    EXPECT_EQ(bodies(store_->get("t", 0, {1}, 1, {})).at(0).substr(0, 2), "1x");
    world_.run_for(1min);
    EXPECT_EQ(log_files(), 3U);
    EXPECT_EQ(bodies(store_->get("t", 0, {1}, 1, {})).at(0).substr(0, 2), "2x") << "its removal has begun";
    EXPECT_EQ(store_->min_physical_offset().value, 8192);
    world_.run_for(3min);
    EXPECT_EQ(log_files(), 1U);
    EXPECT_EQ(body_of(held.records[0]).substr(0, 2), "0x") << "what the reader has stays readable";
}

TEST_F(Retaining, EndsARemovalThatHasBegunWhenTheReasonIsGone) {
    fill(3);
    bare_->disk_bytes = bare_->disk_usage().used * 100 / 88;
    const auto held = store_->get("t", 0, {0}, 1, {});
    world_.run_for(61s);
    bare_->disk_bytes = UINT64_MAX;
    EXPECT_EQ(log_files(), 3U);
    world_.run_for(5min);
    EXPECT_EQ(log_files(), 2U) << "the others were never due";
    EXPECT_EQ(store_->min_offset("t", 0).value, 2);
}

TEST_F(Retaining, RemovesFilesThatAreNotDueWhenTheDiskIsCrowded) {
    fill(4);
    const auto used = bare_->disk_usage().used;
    bare_->disk_bytes = used * 100 / 80;
    world_.run_for(2min);
    EXPECT_EQ(log_files(), 4U) << "80 %: only what is due may go";
    bare_->disk_bytes = used * 100 / 88;
    world_.run_for(2min);
    EXPECT_EQ(log_files(), 1U);
    EXPECT_EQ(put_now(message("t", 0, "")).status, PutStatus::ok);
}

TEST_F(Retaining, TakesNoMessagesWhenTheDiskIsFullUntilThereIsRoom) {
    put_now(message("t", 0, "first"));
    bare_->disk_bytes = bare_->disk_usage().used * 100 / 95;
    world_.run_for(61s);
    EXPECT_FALSE(store_->writable());
    EXPECT_EQ(store_->failure(), nullptr);
    EXPECT_EQ(put_now(message("t", 0, "refused")).status, PutStatus::service_not_available);
    bare_->disk_bytes = bare_->disk_usage().used * 100 / 88;
    world_.run_for(1min);
    EXPECT_FALSE(store_->writable()) << "between both levels it stays full";
    bare_->disk_bytes = UINT64_MAX;
    world_.run_for(10s);
    EXPECT_EQ(put_now(message("t", 0, "second")).status, PutStatus::ok);
    EXPECT_THAT(read_all("t", 0), ElementsAre("first", "second"));
}

TEST_F(Retaining, CostsNoEventWhenNothingCanGo) {
    put_now(message("t", 0, "x"));
    world_.run_for(2min);
    const auto before = host_->handlers;
    world_.run_for(100h);
    EXPECT_EQ(host_->handlers, before);
}

}  // namespace
}  // namespace brokersim::store::testing
