#include <gmock/gmock.h>

#include "core/protocol/codes.h"
#include "tests/store/store_fixture.h"
#include "tests/store/store_vectors.h"

namespace brokersim::store::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Append : public StoreTest {
protected:
    void SetUp() override { open(); }
};

TEST_F(Append, IsVisibleOnceItIsPaid) {
    put(message("orders", 0, "a"));
    world_.run_for(14us);
    EXPECT_EQ(store_->max_physical_offset().value, 0);
    EXPECT_THAT(results_, IsEmpty());
    world_.run_for(1us);
    ASSERT_EQ(results_.size(), 1U);
    EXPECT_EQ(results_[0].result.status, PutStatus::ok);
    EXPECT_EQ(store_->max_physical_offset().value, results_[0].result.size);
    EXPECT_EQ(results_[0].result.size, 91 + 6 + 1);
}

TEST_F(Append, GivesTheStoredNote) {
    put(message("orders", 3, "a"));
    world_.run_for(1s);
    const auto stored = world_.notes_of<note::Stored>();
    ASSERT_EQ(stored.size(), 1U);
    EXPECT_EQ(world_.text(stored[0].queue), "orders@broker-0:3");
    EXPECT_EQ(stored[0].offset.value, 0);
    EXPECT_EQ(stored[0].size, 98);
    EXPECT_EQ(stored[0].locked - stored[0].arrived, 10us);
}

TEST_F(Append, WaitsForTheLockOfTheOneBefore) {
    put(message("orders", 0, "a"));
    put(message("orders", 0, "b"));
    put(message("orders", 1, "c"));
    world_.run_for(17us);
    EXPECT_GT(store_->append_lock_held(), 0us);
    world_.run_for(1s);
    EXPECT_EQ(store_->append_lock_held(), 0us);
    ASSERT_EQ(results_.size(), 3U);
    for (std::size_t i = 1; i < results_.size(); ++i)
        EXPECT_GE(results_[i].result.locked, results_[i - 1].at) << "the lock is free when the append is paid";
    EXPECT_EQ(results_[1].result.queue_offset.value, 1);
    EXPECT_EQ(results_[2].result.queue_offset.value, 0);
    EXPECT_EQ(results_[1].result.physical_offset, results_[0].result.physical_offset + 98);
}

TEST_F(Append, OwesByTheKibibyteInsideAndOutsideTheLock) {
    costs_ = {.encode_base = 10us, .encode_per_kib = 2us, .append_base = 5us, .append_per_kib = 1us};
    new_life();
    open();
    put(message("orders", 0, std::string(2048 - 97, 'x')));
    world_.run_for(1ms - 1ns);  // the dispatch has not begun
    EXPECT_EQ(host_->owed_in_all, 14us + 7us);
    EXPECT_EQ(results_.at(0).result.locked - MonoTime{}, 14us);
}

TEST_F(Append, SetsTheStoreTimeInsideTheLock) {
    costs_.encode_base = 5ms;
    new_life();
    open();
    put(message("orders", 0, "a"));
    world_.run_for(1s);
    const auto got = store_->get("orders", 0, {0}, 1, {});
    EXPECT_EQ(decode_record(got.records.at(0).bytes)->store_timestamp(), 1'700'000'000'005);
    EXPECT_EQ(epoch_ms(results_.at(0).result.store_timestamp), 1'700'000'000'005);
}

TEST_F(Append, MarksTheRestOfAFileAndGoesOnInTheNext) {
    // 8192 = 3 * 2700 + 92: a fourth record of 91 + 6 does not leave room for the marker.
    for (int i = 0; i < 3; ++i) put_now(message("orders", 0, std::string(2700 - 97, 'x')));
    const auto last = put_now(message("orders", 0, ""));
    EXPECT_EQ(last.physical_offset.value, 8192);
    EXPECT_THAT(names_in(*bare_, "commitlog"),
                ElementsAre("00000000000000000000", "00000000000000008192", "00000000000000016384"));
    const auto file = *bare_->read_file("commitlog/00000000000000000000");
    EXPECT_EQ(load_big<std::int32_t>(as_bytes(file).data() + 8100), 92);
    EXPECT_EQ(load_big<std::int32_t>(as_bytes(file).data() + 8104), magic_blank);
    EXPECT_EQ(store_->get("orders", 0, {3}, 1, {}).status, GetStatus::found);
}

TEST_F(Append, LeavesExactlyRoomForTheMarkerIfItMust) {
    for (int i = 0; i < 2; ++i) put_now(message("orders", 0, std::string(2700 - 97, 'x')));
    const auto fits = put_now(message("orders", 0, std::string(8192 - 5400 - 8 - 97, 'x')));
    EXPECT_EQ(fits.physical_offset.value, 5400);
    EXPECT_EQ(put_now(message("orders", 0, "")).physical_offset.value, 8192);
    EXPECT_EQ(store_->max_offset("orders", 0).value, 4);
}

TEST_F(Append, RollsIfSevenBytesWouldBeLeft) {
    for (int i = 0; i < 2; ++i) put_now(message("orders", 0, std::string(2700 - 97, 'x')));
    EXPECT_EQ(put_now(message("orders", 0, std::string(8192 - 5400 - 7 - 97, 'x'))).physical_offset.value, 8192);
}

TEST_F(Append, RefusesWhatTheRealBrokerRefuses) {
    const auto status = [this](MessageToPut wrong) { return put_now(std::move(wrong)).status; };
    EXPECT_EQ(status(message(std::string(128, 't'), 0, "")), PutStatus::message_illegal);
    EXPECT_EQ(status(message(std::string(127, 't'), 0, "")), PutStatus::ok);
    EXPECT_EQ(status(message("%RETRY%" + std::string(249, 't'), 0, "")), PutStatus::message_illegal);
    EXPECT_EQ(status(message("t", 0, "", std::string(32'768, 'p'))), PutStatus::properties_size_exceeded);
    EXPECT_EQ(status(message("t", 0, std::string(8192, 'b'))), PutStatus::message_illegal) << "no file can hold it";
    const auto end = store_->max_physical_offset();
    EXPECT_EQ(status(message("t", 0, std::string(8192 - 92 - 7, 'b'))), PutStatus::message_illegal)
        << "it leaves no room for the marker";
    EXPECT_EQ(store_->max_physical_offset(), end);
    EXPECT_EQ(put_now(message("t", 0, "")).queue_offset.value, 0) << "refused messages take no offset";
}

TEST_F(Append, RefusesBodiesAboveTheLimit) {
    config_.maxMessageSize = 100;
    new_life();
    open();
    EXPECT_EQ(put_now(message("t", 0, std::string(101, 'b'))).status, PutStatus::message_illegal);
    EXPECT_EQ(put_now(message("t", 0, std::string(100, 'b'))).status, PutStatus::ok);
}

TEST_F(Append, WritesVersionTwoForLongTopicsOnly) {
    const std::string long_topic = "%RETRY%" + std::string(121, 'g');
    put_now(message(long_topic, 0, ""));
    put_now(message(std::string(127, 't'), 0, ""));
    EXPECT_EQ(decode_record(store_->get(long_topic, 0, {0}, 1, {}).records.at(0).bytes)->magic(), magic_v2);
    EXPECT_EQ(decode_record(store_->get(std::string(127, 't'), 0, {0}, 1, {}).records.at(0).bytes)->magic(), magic_v1);
}

TEST_F(Append, GivesHalfAndRolledBackMessagesNoOffset) {
    put_now(message("t", 0, "a"));
    auto half = message("t", 0, "half");
    half.sys_flag = protocol::sys_flag::transaction_prepared;
    EXPECT_EQ(put_now(std::move(half)).queue_offset.value, 0);
    auto rollback = message("t", 0, "rollback");
    rollback.sys_flag = protocol::sys_flag::transaction_rollback;
    EXPECT_EQ(put_now(std::move(rollback)).queue_offset.value, 0);
    EXPECT_EQ(put_now(message("t", 0, "b")).queue_offset.value, 1);
    EXPECT_THAT(read_all("t", 0), ElementsAre("a", "b"));
}

TEST_F(Append, SaysThatTheLockIsHeldTooLong) {
    costs_.append_base = 3s;
    new_life();
    open();
    put(message("t", 0, "slow"));
    world_.run_for(1s);
    put(message("t", 0, "in time"));
    world_.run_for(11us);
    put(message("t", 0, "late"));
    world_.run_for(1us);
    ASSERT_EQ(results_.size(), 1U);
    EXPECT_EQ(results_[0].result.status, PutStatus::os_page_cache_busy);
    world_.run_for(10s);
    EXPECT_THAT(read_all("t", 0), ElementsAre("slow", "in time"));
}

TEST_F(Append, FailsWhenTheDiskIsFullAndGoesOnWhenItIsNot) {
    // Room for one log file, the first files of consume queue and index, and the small ones.
    bare_->disk_bytes = 8192 + 4096 + 400 + 1080;
    for (int i = 0; i < 3; ++i) EXPECT_EQ(put_now(message("t", 0, std::string(2600, 'x'))).status, PutStatus::ok);
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(put_now(message("t", 0, std::string(2600, 'y'))).status, PutStatus::create_mapped_file_failed);
        EXPECT_EQ(store_->max_physical_offset().value, 8192) << "the full file is closed";
    }
    bare_->disk_bytes = UINT64_MAX;
    const auto result = put_now(message("t", 0, "z"));
    EXPECT_EQ(result.physical_offset.value, 8192);
    EXPECT_EQ(result.queue_offset.value, 3);
    EXPECT_EQ(store_->max_offset("t", 0).value, 4);
}

TEST_F(Append, IsRefusedAfterShutdown) {
    shut_down();
    EXPECT_EQ(put_now(message("t", 0, "")).status, PutStatus::service_not_available);
    EXPECT_EQ(store_->failure(), nullptr);
}

}  // namespace
}  // namespace brokersim::store::testing
