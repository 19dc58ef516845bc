#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "cache_thread.h"

namespace brokersim::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t page = 4096;
constexpr std::int64_t ms = 1'000'000;

/// A machine of 100 pages on a disk of 100 MB/s, unless told otherwise.
class PageCacheTest : public ::testing::Test {
protected:
    static PageCacheSpec spec() { return {.min_free_bytes = 0}; }
    void make(std::uint64_t pages, const PageCacheSpec& wanted,
              DiskSpec disk_spec = {.bytes_per_second = 100'000'000}) {
        cache.reset();
        disk = std::make_unique<Disk>(engine, disk_spec);
        cache = std::make_unique<PageCache>(engine, *disk, pages * page + wanted.other_bytes, wanted);
    }
    CachedFile& file(std::uint64_t pages, bool stored = false) {
        CachedFile& made = cache->add(nullptr, pages * page);
        if (stored) cache->take_as_stored(made, 0, pages * page);
        return made;
    }
    CacheThread& thread() {
        threads.push_back(std::make_unique<CacheThread>(engine, *cache));
        return *threads.back();
    }
    void write(CachedFile& to, std::uint64_t first, std::uint64_t pages = 1) {
        CacheThread& writer = thread();
        writer.write(to, first * page, pages * page);
        writer.pay();
    }
    void read(CachedFile& from, std::uint64_t first, std::uint64_t pages = 1) {
        CacheThread& reader = thread();
        reader.read(from, first * page, pages * page);
        reader.pay();
    }
    void run(Duration time) { engine.run_until(engine.now() + time); }
    std::int64_t now() const { return ns_of(engine.now()); }

    Engine engine;
    std::unique_ptr<Disk> disk;
    std::unique_ptr<PageCache> cache;
    std::vector<std::unique_ptr<CacheThread>> threads;
};

TEST_F(PageCacheTest, KeepsAHotSetBesideAStream) {
    make(500, spec());
    CachedFile& hot = file(100, true);
    CachedFile& stream = file(5000, true);
    for (std::uint64_t at = 0; at < 5000; ++at) {
        if (at >= 1500) {
            ASSERT_TRUE(hot.resident(at % 100)) << at;  // used twice while it was inactive
        }
        read(hot, at % 100);
        read(stream, at);
        run(1ms);
        ASSERT_LE(cache->used_pages(), 500U);
    }
    EXPECT_EQ(hot.resident_pages(), 100U);
}

TEST_F(PageCacheTest, AMinorFaultCostsHalfAMicrosecondAndAHitNothing) {
    make(100, spec());
    CachedFile& some = file(20);
    write(some, 0);
    run(1ms);
    EXPECT_EQ(threads.back()->ended_at, 500);
    EXPECT_TRUE(some.hit_to_write(0, page));
    EXPECT_TRUE(some.hit_to_read(10, 20));
    cache->unmap(some);
    EXPECT_FALSE(some.hit_to_read(0, 1));
}

TEST_F(PageCacheTest, AReadFaultMapsWhatIsAroundIt) {
    make(100, spec());
    CachedFile& some = file(32);
    write(some, 0, 32);
    cache->unmap(some);
    const std::uint64_t before = cache->counters().minor_faults;
    read(some, 3);
    EXPECT_TRUE(some.hit_to_read(0, 16 * page));
    EXPECT_FALSE(some.hit_to_read(16 * page, 1));
    EXPECT_FALSE(some.hit_to_write(3 * page, 1)) << "mapped to be read";
    EXPECT_EQ(cache->counters().minor_faults - before, 1U);
}

TEST_F(PageCacheTest, TheFlusherWritesWhatWasDirtyForThirtySeconds) {
    make(100, spec());
    CachedFile& some = file(20);
    run(2s);
    write(some, 0);
    run(29s);
    write(some, 5);
    EXPECT_EQ(cache->dirty_pages(), 2U);
    run(900ms);
    EXPECT_EQ(cache->dirty_pages(), 2U);
    run(200ms);  // 32.1 s: it has been dirty for 30 s when the flusher wakes at 32 s
    EXPECT_EQ(cache->dirty_pages(), 0U);
    EXPECT_EQ(disk->counters().written_bytes, 2 * page);
    EXPECT_EQ(disk->counters().flushes, 0U);
}

TEST_F(PageCacheTest, AboveTheBackgroundThresholdTheFlusherWritesUntilItIsBelow) {
    make(1000, spec());  // background at 100 pages, hard limit 200
    CachedFile& some = file(200);
    write(some, 0, 100);
    run(100ms);
    EXPECT_EQ(cache->dirty_pages(), 100U);
    write(some, 100);
    run(100ms);
    EXPECT_LE(cache->dirty_pages(), 100U);
    EXPECT_GT(disk->counters().written_bytes, 0U);
}

TEST_F(PageCacheTest, WritersArePausedAndNeverGetPastTheHardLimit) {
    make(1000, spec(), {.bytes_per_second = 1'000'000});  // 244 pages a second
    CachedFile& some = file(900);
    CacheThread& writer = thread();
    std::uint64_t most = 0;
    for (std::uint64_t at = 0; at < 900; ++at) {
        writer.write(some, at * page, page);
        writer.pay();
        for (int waits = 0; !writer.debt.paid(); ++waits) {
            ASSERT_LT(waits, 1000) << "never let go";
            run(waits == 0 ? Duration(1us) : Duration(1ms));
        }
        most = std::max(most, cache->dirty_pages() + cache->writeback_pages());
    }
    EXPECT_LE(most, 201U);
    EXPECT_GT(most, 150U);
    EXPECT_GT(now(), 2'000 * ms) << "no faster than the disk, but for what may be dirty";
    EXPECT_GT(cache->counters().throttled_ns, 1'000 * ms);
}

TEST_F(PageCacheTest, APauseIsAtMostTwoHundredMilliseconds) {
    make(1000, spec(), {.bytes_per_second = 1'000'000});
    CachedFile& some = file(300);
    disk->stall(10s);
    write(some, 0, 151);  // beyond (background + hard) / 2
    EXPECT_FALSE(threads.back()->debt.paid());
    run(200ms);
    EXPECT_TRUE(threads.back()->debt.paid());
    write(some, 151, 60);  // beyond the hard limit: held until the disk works
    run(9s);
    EXPECT_FALSE(threads.back()->debt.paid());
    run(3s);
    EXPECT_TRUE(threads.back()->debt.paid());
}

TEST_F(PageCacheTest, NeighboursAreWrittenTogetherUpToAMebibyte) {
    make(2000, spec());
    CachedFile& some = file(600);
    write(some, 0, 300);
    write(some, 400, 20);
    bool flushed = false;
    cache->flush(some, 0, some.bytes(), [&] { flushed = true; });
    run(1s);
    EXPECT_TRUE(flushed);
    EXPECT_EQ(disk->counters().writes, 3U);
    EXPECT_EQ(disk->counters().written_bytes, 320 * page);
    EXPECT_EQ(disk->counters().flushes, 1U);
}

TEST_F(PageCacheTest, AfterWritebackAPageTakesAWriteFaultAgain) {
    make(100, spec());
    CachedFile& some = file(4);
    write(some, 0);
    const std::uint64_t before = cache->counters().minor_faults;
    EXPECT_TRUE(some.hit_to_write(0, 1));
    cache->flush(some, 0, page, [] {});
    run(1s);
    EXPECT_FALSE(some.hit_to_write(0, 1));
    EXPECT_TRUE(some.hit_to_read(0, 1));
    write(some, 0);
    EXPECT_EQ(cache->counters().minor_faults, before + 1);
    EXPECT_TRUE(some.dirty(0));
}

TEST_F(PageCacheTest, AWriteWaitsForWritebackOnlyWherePagesAreStable) {
    for (const bool stable : {false, true}) {
        make(100, {.min_free_bytes = 0, .stable_pages = stable});
        CachedFile& some = file(4);
        write(some, 0);
        disk->stall(50ms);
        bool flushed = false;
        cache->flush(some, 0, page, [&] { flushed = true; });
        write(some, 0);
        run(40ms);
        EXPECT_EQ(threads.back()->debt.paid(), !stable);
        run(20ms);
        EXPECT_TRUE(threads.back()->debt.paid());
        EXPECT_TRUE(flushed);
        EXPECT_TRUE(some.dirty(0)) << "written to since the flush began";
    }
}

TEST_F(PageCacheTest, AFlushWaitsForWhatIsWrittenAlready) {
    make(100, {.background_bytes = 4096, .min_free_bytes = 0});
    CachedFile& some = file(20);
    write(some, 0, 10);
    disk->stall(1s);
    run(1ms);  // the flusher has taken the pages
    EXPECT_EQ(cache->dirty_pages(), 0U);
    write(some, 0);  // dirty under writeback
    std::int64_t flushed = 0;
    cache->flush(some, 0, some.bytes(), [&] { flushed = now(); });
    run(3s);
    EXPECT_GT(flushed, 1'000 * ms);
    EXPECT_EQ(disk->counters().written_bytes, 11 * page);
}

TEST_F(PageCacheTest, ReadsAheadOfASequentialReaderAndNotOfOthers) {
    make(1000, spec());
    CachedFile& some = file(256, true);
    std::uint64_t waited = 0;
    for (std::uint64_t at = 0; at < 256; ++at) {
        const std::uint64_t before = cache->counters().major_faults;
        read(some, at);
        run(5ms);  // time enough to read ahead
        waited += cache->counters().major_faults - before;
    }
    EXPECT_EQ(waited, 1U) << "only the first page is waited for";
    EXPECT_EQ(disk->counters().read_bytes, 256 * page);
    EXPECT_EQ(disk->counters().reads, 11U);  // 4, 8, 16, then 32 pages at a time
    CachedFile& other = file(256, true);
    for (const std::uint64_t at : {100U, 50U, 200U, 7U}) read(other, at);
    run(1s);
    EXPECT_EQ(other.resident_pages(), 4U);
}

TEST_F(PageCacheTest, ReadersOfOnePageWaitForOneRead) {
    make(100, spec());
    CachedFile& some = file(40, true);
    read(some, 20);
    read(some, 20);
    run(1s);
    EXPECT_EQ(disk->counters().reads, 1U);
    EXPECT_EQ(threads[0]->ended_at, threads[1]->ended_at);
    EXPECT_TRUE(some.hit_to_read(20 * page, page));
}

TEST_F(PageCacheTest, AThreadThatFindsOnlyDirtyPagesWaitsForTheDisk) {
    make(50, {.background_ratio = 100, .hard_bytes = 1 << 30, .min_free_bytes = 0});
    CachedFile& some = file(60);
    write(some, 0, 50);
    disk->stall(100ms);
    write(some, 55);
    run(99ms);
    EXPECT_FALSE(threads.back()->debt.paid());
    EXPECT_EQ(cache->used_pages(), 50U);
    disk->stall(100ms);  // begins while the thread waits, and holds it longer
    run(90ms);
    EXPECT_FALSE(threads.back()->debt.paid());
    run(100ms);
    EXPECT_TRUE(threads.back()->debt.paid());
    EXPECT_TRUE(some.dirty(55));
    EXPECT_LE(cache->used_pages(), 50U);
}

TEST_F(PageCacheTest, WhatADeadThreadHadWrittenReachesTheCache) {
    make(50, {.background_ratio = 100, .hard_bytes = 1 << 30, .min_free_bytes = 0});
    CachedFile& some = file(60);
    write(some, 0, 50);
    disk->stall(100ms);
    write(some, 55);
    threads.back()->die();
    run(1s);
    EXPECT_TRUE(some.dirty(55));
}

TEST_F(PageCacheTest, LockedPagesStayAndCountAsNobodysMemory) {
    make(100, spec());
    CachedFile& kept = file(60, true);
    CachedFile& stream = file(300, true);
    CacheThread& locker = thread();
    ASSERT_TRUE(cache->lock(kept, 0, 60 * page, locker.debt));
    locker.pay();
    run(1s);
    EXPECT_EQ(cache->limits().hard(), 8U) << "20 % of what is not locked";
    for (std::uint64_t at = 0; at < 300; ++at) {
        read(stream, at);
        run(1ms);
    }
    EXPECT_EQ(kept.resident_pages(), 60U);
    EXPECT_TRUE(cache->resident(kept, 0, 60 * page));
    CacheThread& other = thread();
    EXPECT_FALSE(cache->lock(stream, 0, 41 * page, other.debt)) << "ENOMEM";
    cache->unlock(kept, 0, 60 * page);
    EXPECT_EQ(cache->locked_pages(), 0U);
    EXPECT_EQ(cache->limits().hard(), 20U);
}

TEST_F(PageCacheTest, OtherMemoryIsTakenFromTheCache) {
    make(100, {.other_bytes = 1 << 30, .min_free_bytes = 0});
    EXPECT_EQ(cache->capacity_pages(), 100U);
}

TEST_F(PageCacheTest, BackgroundReclaimKeepsPagesFree) {
    make(1000, {.min_free_bytes = 100 * page});
    CachedFile& stream = file(3000, true);
    for (std::uint64_t at = 0; at < 3000; ++at) {
        read(stream, at);
        run(1ms);
        ASSERT_LE(cache->used_pages(), 900U);
    }
    EXPECT_GT(cache->used_pages(), 800U);
}

TEST_F(PageCacheTest, RemovingALargeFileTakesTheDisksTime) {
    make(100, {.granule = 65536, .min_free_bytes = 0});
    CachedFile& large = cache->add(nullptr, 1ULL << 30);
    EXPECT_EQ(cache->removal_time(large), 0ms) << "nothing of it is on the disk";
    cache->take_as_stored(large, 0, 1ULL << 30);
    EXPECT_EQ(cache->removal_time(large), 100ms);
    CachedFile& some = cache->add(nullptr, 1 << 20);
    write(some, 0);
    cache->stall_for_removal(large);
    std::int64_t flushed = 0;
    cache->flush(some, 0, 1 << 20, [&] { flushed = now(); });
    cache->drop(large);
    run(1s);
    EXPECT_GT(flushed, 100 * ms);
}

TEST_F(PageCacheTest, APowerCutForgetsAllButWhatIsOnTheDisk) {
    make(100, spec());
    CachedFile& some = file(40);
    write(some, 0, 10);
    cache->flush(some, 0, 5 * page, [] {});
    run(1s);
    cache->flush(some, 0, 10 * page, [] { FAIL() << "nobody is left to be told"; });
    cache->power_lost();
    run(1s);
    EXPECT_EQ(cache->used_pages(), 0U);
    EXPECT_EQ(cache->dirty_pages() + cache->writeback_pages(), 0U);
    read(some, 0);
    run(1s);
    EXPECT_EQ(cache->counters().major_faults, 1U) << "it was on the disk";
    read(some, 9);
    run(1s);
    EXPECT_EQ(cache->counters().major_faults, 1U) << "a hole again";
}

}  // namespace
}  // namespace brokersim::sim
