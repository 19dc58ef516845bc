#include <gmock/gmock.h>

#include "tests/store/store_fixture.h"
#include "tests/store/store_vectors.h"

namespace brokersim::store::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Messages are written to buffers, and copied each 200 ms.
class Pooled : public StoreTest {
protected:
    Pooled() {
        config_.transientStorePoolEnable = true;
        config_.mappedFileSizeCommitLog = 1 << 20;
    }
    static std::string body(char fill, std::size_t size = 3900) { return std::string(size, fill); }
    /// Two messages fill a log file of 8 KiB.
    void small_files() { config_.mappedFileSizeCommitLog = 8192; }
};

TEST_F(Pooled, AMessageIsAcknowledgedAtOnceAndSeenWhenItIsCopied) {
    open();
    EXPECT_EQ(put_now(message("t", 0, "a")).status, PutStatus::ok);
    EXPECT_EQ(store_->max_physical_offset().value, 0);
    EXPECT_EQ(store_->max_offset("t", 0).value, 0);
    world_.run_for(300ms);
    EXPECT_THAT(read_all("t", 0), ElementsAre("a"));
}

TEST_F(Pooled, FourPagesAreCopiedAtAPut) {
    open();
    world_.run_for(1s);
    for (const char fill : {'a', 'b', 'c', 'd'}) put_now(message("t", 0, body(fill)));
    EXPECT_EQ(store_->max_offset("t", 0).value, 0) << "3 pages";
    put_now(message("t", 0, body('e')));
    EXPECT_EQ(store_->max_offset("t", 0).value, 5);
}

TEST_F(Pooled, NothingIsCopiedAtAPutThatDoesNotWake) {
    config_.wakeCommitWhenPutMessage = false;
    open();
    world_.run_for(1s + 10ms);
    for (const char fill : {'a', 'b', 'c', 'd', 'e', 'f'}) put_now(message("t", 0, body(fill)));
    EXPECT_EQ(store_->max_offset("t", 0).value, 0);
    world_.run_for(70ms);
    EXPECT_EQ(store_->max_offset("t", 0).value, 0);
    world_.run_for(10ms);  // 200 ms after the last round, the sixth since the start
    EXPECT_EQ(store_->max_offset("t", 0).value, 6);
}

TEST_F(Pooled, AKillLosesWhatWasNotCopiedAndNothingElse) {
    open();
    put_now(message("t", 0, "kept"));
    world_.run_for(1s);
    put_now(message("t", 0, "lost"));
    new_life();
    open();
    world_.run_for(1s);
    EXPECT_THAT(read_all("t", 0), ElementsAre("kept"));
    EXPECT_EQ(put_now(message("t", 0, "again")).queue_offset.value, 1);
}

TEST_F(Pooled, AnEndInOrderLosesNothing) {
    small_files();
    open();
    for (const char fill : {'a', 'b', 'c', 'd', 'e'}) put(message("t", 0, body(fill)));
    world_.run_for(1ms);
    shut_down();
    new_life();
    open();
    world_.run_for(1s);
    EXPECT_THAT(read_all("t", 0), ElementsAre(body('a'), body('b'), body('c'), body('d'), body('e')));
}

TEST_F(Pooled, UnderSyncFlushNothingIsAcknowledgedThatIsNotOnDisk) {
    config_.flushDiskType = "SYNC_FLUSH";
    open();
    world_.run_for(1s);
    put(message("t", 0, "a"));
    world_.run_for(10ms);
    EXPECT_THAT(results_, IsEmpty());
    world_.run_for(500ms);
    ASSERT_THAT(results_, SizeIs(1));
    EXPECT_EQ(results_[0].result.status, PutStatus::ok);
    EXPECT_EQ(store_->flushed_offset(), store_->max_physical_offset());
    new_life();
    open();
    EXPECT_THAT(read_all("t", 0), ElementsAre("a"));
}

TEST_F(Pooled, WithoutAFreeBufferAFileIsWrittenToWithoutOne) {
    config_.transientStorePoolSize = 1;
    small_files();
    open();
    for (const char fill : {'a', 'b', 'c', 'd', 'e'})
        EXPECT_EQ(put_now(message("t", 0, body(fill))).status, PutStatus::ok);
    EXPECT_FALSE(store_->pool_exhausted());
    world_.run_for(1s);
    EXPECT_THAT(read_all("t", 0), ElementsAre(body('a'), body('b'), body('c'), body('d'), body('e')));
}

TEST_F(Pooled, WithoutAFreeBufferItFailsFastUntilAFileIsCopied) {
    config_.transientStorePoolSize = 1;
    config_.fastFailIfNoBufferInStorePool = true;
    config_.wakeCommitWhenPutMessage = false;
    small_files();
    open();
    EXPECT_FALSE(store_->pool_exhausted());
    EXPECT_EQ(put_now(message("t", 0, body('a'))).status, PutStatus::ok);
    EXPECT_TRUE(store_->pool_exhausted());
    put_now(message("t", 0, body('b')));
    EXPECT_EQ(put_now(message("t", 0, body('c'))).status, PutStatus::create_mapped_file_failed);
    world_.run_for(1s);
    EXPECT_FALSE(store_->pool_exhausted());
    EXPECT_EQ(put_now(message("t", 0, body('c'))).status, PutStatus::ok);
    world_.run_for(1s);
    EXPECT_THAT(read_all("t", 0), ElementsAre(body('a'), body('b'), body('c')));
}

TEST_F(Pooled, TheFilesAreThoseOfAStoreWithoutAPool) {
    std::map<std::string, std::string> files[2];
    for (const bool pool : {false, true}) {
        brokersim::testing::BareWorld world;
        auto& host = world.host("broker/0", 1);
        config_.transientStorePoolEnable = pool;
        small_files();
        MessageStore store(host, "broker-0", config_);
        ASSERT_TRUE(store.load().has_value());
        store.start();
        for (int i = 0; i < 40; ++i) {
            store.put(message("t", i % 3, std::string(static_cast<std::size_t>(i * 397 % 3000), 'x')), world.now(),
                      world.now(), [](const PutResult& result) { EXPECT_EQ(result.status, PutStatus::ok); });
            world.run_for(i % 7 == 0 ? 300ms : 10ms);
        }
        bool done = false;
        store.shutdown([&done] { done = true; });
        world.run_for(1s);
        EXPECT_TRUE(done);
        files[pool] = files_under(host, "commitlog");
        files[pool].merge(files_under(host, "consumequeue"));
    }
    EXPECT_THAT(files[0], SizeIs(::testing::Gt(8U)));
    EXPECT_THAT(differing(files[0], files[1]), IsEmpty());
}

}  // namespace
}  // namespace brokersim::store::testing
