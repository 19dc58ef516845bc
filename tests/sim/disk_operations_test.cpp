#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "tests/sim/disk_bench.h"

namespace brokersim::sim {
namespace {

using testing::DiskBench;
using Completions = std::vector<DiskBench::Completion>;
using namespace std::chrono_literals;

/// 1 byte/ns; random writes position for 10 us, reads for 20 us.
DiskSpec plain(int channels) {
    return {.bytes_per_second = 1'000'000'000,
            .random_write = 14'096ns,
            .read = 24'096ns,
            .flush = 7us,
            .operations_per_second = 0,
            .channels = channels};
}

TEST(DiskQueue, AnOperationCostsPositionAndTransfer) {
    DiskBench bench(plain(1));
    bench.write(1, 1 << 20);
    bench.read(2, 8 << 20, 8192);
    bench.flush(3);
    EXPECT_TRUE(bench.complete.empty()) << "never within submit";
    bench.run();
    EXPECT_EQ(bench.complete, (Completions{{1, 14'096}, {2, 14'096 + 20'000 + 8192}, {3, 42'288 + 7000}}));
}

TEST(DiskQueue, NoPositioningWhereAStreamGoesOn) {
    DiskBench bench(plain(1));
    bench.write(1, 0, 1000);
    bench.write(2, 1000, 500);
    bench.write(3, 9000, 500);
    bench.write(4, 1500, 500);  // with one channel the disk remembers one stream
    bench.run();
    EXPECT_EQ(bench.complete, (Completions{{1, 11'000}, {2, 11'500}, {3, 22'000}, {4, 32'500}}));
}

TEST(DiskQueue, RemembersAsManyStreamsAsChannels) {
    DiskBench bench(plain(2));
    for (int i = 0; i < 3; ++i) {  // each alone on the disk
        bench.write(i, 1'000'000U * static_cast<unsigned>(i), 1000);
        bench.run();
    }
    bench.write(3, 1'001'000, 1000);
    bench.run();
    EXPECT_EQ(bench.complete.back().at_ns, 3 * 11'000 + 1000);
    bench.write(4, 1000, 1000);  // the oldest of three
    bench.run();
    EXPECT_EQ(bench.complete.back().at_ns, 3 * 11'000 + 1000 + 11'000);
}

TEST(DiskQueue, ChannelsPositionInParallelAndShareTheBandwidth) {
    DiskBench bench(plain(4));
    for (int i = 0; i < 5; ++i) bench.write(i, 1'000'000U * static_cast<unsigned>(i), 3000);
    EXPECT_EQ(bench.disk.counters().queue_length, 5U);
    bench.run();
    // Four position at once and transfer one after the other; the fifth begins when the first is complete.
    EXPECT_EQ(bench.complete, (Completions{{0, 13'000}, {1, 16'000}, {2, 19'000}, {3, 22'000}, {4, 26'000}}));
}

TEST(DiskQueue, LongTransfersTakeTurns) {
    DiskBench bench(plain(3));
    bench.write(0, 0, 200'000);
    bench.run_to(20'000);
    bench.read(1, 1 << 20, 4000);  // positioned at 40,000; its turn comes when the slice is over
    bench.run();
    EXPECT_EQ(bench.complete, (Completions{{1, 10'000 + 65'536 + 4000}, {0, 10'000 + 200'000 + 4000}}));

    bench.complete.clear();
    const std::int64_t begin = 300'000;
    bench.run_to(begin);
    bench.write(2, 2 << 20, 200'000);
    bench.run_to(begin + 5000);
    bench.write(3, 3 << 20, 100'000);
    bench.write(4, 4 << 20, 1000);
    bench.run();
    EXPECT_EQ(bench.complete, (Completions{{4, begin + 10'000 + 2 * 65'536 + 1000},
                                           {3, begin + 10'000 + 3 * 65'536 + 1000 + 34'464},
                                           {2, begin + 10'000 + 301'000}}));
}

TEST(DiskQueue, NoTimeIsLostBetweenOddTransfers) {
    DiskSpec spec = plain(1);
    spec.bytes_per_second = 3'000'000'000;  // a byte takes a third of a nanosecond
    spec.random_write = Duration(0);
    DiskBench bench(spec);
    for (int i = 0; i < 3000; ++i) bench.write(i, static_cast<unsigned>(i), 1);
    bench.run();
    EXPECT_EQ(bench.complete.back().at_ns, 1000);
    EXPECT_EQ(bench.complete.front().at_ns, 1) << "not before its time";
}

TEST(DiskQueue, ReadsMayHaveABandwidthOfTheirOwn) {
    DiskSpec spec = plain(1);
    spec.read_bytes_per_second = 3'000'000'000;
    spec.read = Duration(11'365);  // 4 KiB take 1,365
    DiskBench bench(spec);
    bench.read(0, 0, 30'000);
    bench.read(1, 30'000, 30'000);
    bench.write(2, 60'000, 30'000);
    bench.run();
    EXPECT_EQ(bench.complete, (Completions{{0, 20'000}, {1, 30'000}, {2, 60'000}}));
}

TEST(DiskQueue, ACapOnOperationsIsATokenBucket) {
    DiskSpec spec = plain(4);
    spec.operations_per_second = 1000;
    DiskBench bench(spec);
    for (int i = 0; i < 104; ++i) bench.read(i, 1'000'000U * static_cast<unsigned>(i));
    bench.flush(104);
    bench.run();
    EXPECT_EQ(bench.complete[3].at_ns, 20'000 + 4 * 4096) << "four tokens lie there at first";
    EXPECT_EQ(bench.complete[4].at_ns, 1'000'000 + 24'096);
    EXPECT_EQ(bench.complete[103], (DiskBench::Completion{104, 100'000'000 + 7000})) << "a flush takes none";
    EXPECT_EQ(bench.complete[104], (DiskBench::Completion{103, 100'000'000 + 24'096}));
}

TEST(DiskQueue, NothingHappensDuringAStall) {
    DiskBench bench(plain(2));
    bench.write(0, 0, 1000);
    bench.run_to(10'500);  // in the middle of its transfer
    bench.disk.stall(1ms);
    bench.write(1, 1 << 20, 1000);
    bench.run_to(500'000);
    bench.disk.stall(100us);  // within the other
    bench.run_to(1'010'499);
    EXPECT_TRUE(bench.complete.empty());
    bench.disk.stall(2us);  // makes it longer
    bench.run();
    EXPECT_EQ(bench.complete, (Completions{{0, 1'012'499 + 500}, {1, 1'012'499 + 11'000}}));
    EXPECT_EQ(bench.disk.counters().busy_ns, 1'012'499 + 11'000) << "a stalled disk is busy";
}

TEST(DiskQueue, ForgetsEverythingWhenThePowerGoes) {
    DiskBench bench(plain(1));
    bench.write(0, 0);
    bench.write(1, 1 << 20);
    bench.run_to(5000);
    bench.disk.power_lost();
    EXPECT_EQ(bench.disk.counters().queue_length, 0U);
    EXPECT_EQ(bench.disk.counters().busy_ns, 5000);
    bench.run_to(100'000);
    EXPECT_TRUE(bench.complete.empty());
    bench.write(2, 4096, 1000);
    bench.run();
    EXPECT_EQ(bench.complete, (Completions{{2, 111'000}})) << "the head is anywhere";
    EXPECT_EQ(bench.disk.counters().writes, 1U);
}

TEST(DiskQueue, ACompletionMaySubmitMore) {
    DiskBench bench(plain(1));
    int left = 9;
    std::function<void()> next = [&] {
        if (left-- > 0) bench.disk.submit(Disk::Kind::write, 10'000U - static_cast<unsigned>(left) * 1000, 1000, next);
    };
    next();
    bench.run();
    EXPECT_EQ(ns_of(bench.engine.now()), 10'000 + 9 * 1000);
    const DiskCounters counters = bench.disk.counters();
    EXPECT_EQ(counters.written_bytes, 9000U);
    EXPECT_EQ(counters.busy_ns, 19'000);
    EXPECT_EQ(counters.longest_queue, 1U);
}

TEST(DiskQueue, FilesLieOneAfterTheOther) {
    DiskBench bench(plain(1));
    EXPECT_EQ(bench.disk.allocate(5000), 0U);
    EXPECT_EQ(bench.disk.allocate(4096), 8192U);
    EXPECT_EQ(bench.disk.allocate(0), 12'288U);
    EXPECT_EQ(bench.disk.allocate(1), 12'288U);
}

struct Asked {
    std::int64_t at_ns;
    Disk::Kind kind;
    std::uint64_t address;
    std::uint64_t bytes;
};

/// Submissions at random times, near to each other, often where another ended.
std::vector<Asked> random_operations() {
    std::vector<Asked> all;
    std::int64_t at = 0;
    std::uint64_t end = 0;
    const int count = *rc::gen::inRange(1, 60);
    for (int i = 0; i < count; ++i) {
        at += *rc::gen::element<std::int64_t>(0, 0, 1, 977, 30'011, 400'000);
        const auto kind = *rc::gen::element(Disk::Kind::read, Disk::Kind::write, Disk::Kind::write, Disk::Kind::flush);
        const auto bytes = *rc::gen::element<std::uint64_t>(0, 1, 511, 4096, 65'536, 1 << 20);
        const bool goes_on = *rc::gen::arbitrary<bool>();
        const std::uint64_t address = goes_on ? end : *rc::gen::inRange<std::uint64_t>(0, 1 << 30);
        all.push_back({at, kind, address, bytes});
        if (kind != Disk::Kind::flush) end = address + bytes;
    }
    return all;
}

DiskSpec random_disk(int channels) {
    return {.bytes_per_second = *rc::gen::element<std::int64_t>(1'000'000, 3'141'592'653, 600'000'007),
            .random_write = Duration(*rc::gen::inRange(0, 100'000)),
            .read = Duration(*rc::gen::inRange(0, 100'000)),
            .flush = Duration(*rc::gen::inRange(0, 100'000)),
            .operations_per_second = *rc::gen::element<std::int64_t>(0, 0, 7919),
            .channels = channels};
}

void submit_all(DiskBench& bench, const std::vector<Asked>& asked) {
    for (std::size_t i = 0; i < asked.size(); ++i)
        bench.engine.at(WorldTime(Duration(asked[i].at_ns)), [&bench, operation = asked[i], i] {
            bench.submit(static_cast<int>(i), operation.kind, operation.address, operation.bytes);
        });
}

/// With one channel a disk is a recurrence, and exact: here a nanosecond is as many units as the disk has bytes a
/// second.
RC_GTEST_PROP(DiskQueue, WithOneChannelIsARecurrence, ()) {
    DiskSpec spec = random_disk(1);
    spec.operations_per_second = 0;
    const std::vector<Asked> asked = random_operations();
    DiskBench bench(spec);
    submit_all(bench, asked);
    bench.run();
    RC_ASSERT(bench.complete.size() == asked.size());
    using Units = unsigned __int128;
    const auto ns = static_cast<Units>(spec.bytes_per_second);
    const std::int64_t included = 4096LL * 1'000'000'000 / spec.bytes_per_second;
    Units free_at = 0;
    std::int64_t complete_at = -1;
    std::optional<std::uint64_t> head;
    for (std::size_t i = 0; i < asked.size(); ++i) {
        const Asked& operation = asked[i];
        const bool flush = operation.kind == Disk::Kind::flush;
        std::int64_t position = spec.flush.count();
        if (!flush) {
            const Duration random = operation.kind == Disk::Kind::read ? spec.read : spec.random_write;
            position = head == operation.address ? 0 : std::max<std::int64_t>(random.count() - included, 0);
            head = operation.address + operation.bytes;
        }
        if (operation.at_ns > complete_at) free_at = static_cast<Units>(operation.at_ns) * ns;
        if (position > 0) free_at = ((free_at + ns - 1) / ns + static_cast<Units>(position)) * ns;
        if (!flush) free_at += static_cast<Units>(operation.bytes) * 1'000'000'000;
        complete_at = static_cast<std::int64_t>((free_at + ns - 1) / ns);
        RC_ASSERT(bench.complete[i] == (DiskBench::Completion{static_cast<int>(i), complete_at}));
    }
}

RC_GTEST_PROP(DiskQueue, KeepsItsBandwidthAndIsNeverTooEarly, ()) {
    const int channels = *rc::gen::inRange(1, 9);
    const DiskSpec spec = random_disk(channels);
    const std::vector<Asked> asked = random_operations();
    DiskBench bench(spec);
    submit_all(bench, asked);
    bench.run();
    RC_ASSERT(bench.complete.size() == asked.size());
    std::vector<int> numbers;
    unsigned __int128 bytes = 0;
    for (const auto& done : bench.complete) {
        const Asked& operation = asked[static_cast<std::size_t>(done.number)];
        numbers.push_back(done.number);
        const bool flush = operation.kind == Disk::Kind::flush;
        const std::int64_t least = flush ? spec.flush.count()
                                         : static_cast<std::int64_t>(operation.bytes * 1'000'000'000 /
                                                                     static_cast<std::uint64_t>(spec.bytes_per_second));
        RC_ASSERT(done.at_ns >= operation.at_ns + least);
        if (!flush) bytes += operation.bytes;
        // All bytes so far, in the time since the disk was first asked.
        RC_ASSERT(bytes * 1'000'000'000 <= static_cast<unsigned __int128>(done.at_ns - asked.front().at_ns) *
                                               static_cast<unsigned __int128>(spec.bytes_per_second));
    }
    std::ranges::sort(numbers);
    for (std::size_t i = 0; i < numbers.size(); ++i) RC_ASSERT(numbers[i] == static_cast<int>(i));
    const DiskCounters counters = bench.disk.counters();
    RC_ASSERT(counters.queue_length == 0U);
    RC_ASSERT(counters.reads + counters.writes + counters.flushes == asked.size());
    RC_ASSERT(static_cast<unsigned __int128>(counters.busy_ns) *
                  static_cast<unsigned __int128>(spec.bytes_per_second) >=
              bytes * 1'000'000'000);
}

/// A stall moves everything that had not happened, and nothing else.
RC_GTEST_PROP(DiskQueue, AStallOnlyPutsOff, ()) {
    const DiskSpec spec = random_disk(*rc::gen::inRange(1, 5));
    std::vector<Asked> asked = random_operations();
    for (Asked& operation : asked) operation.at_ns = 0;
    const std::int64_t from = *rc::gen::inRange(0, 3'000'000);
    const std::int64_t length = *rc::gen::inRange(1, 3'000'000);
    DiskBench smooth(spec);
    submit_all(smooth, asked);
    smooth.run();
    DiskBench stalled(spec);
    stalled.engine.at(WorldTime(Duration(from)), [&] { stalled.disk.stall(Duration(length)); });
    submit_all(stalled, asked);
    stalled.run();
    Completions expected = smooth.complete;
    for (auto& done : expected)
        if (done.at_ns >= from) done.at_ns += length;
    Completions got = stalled.complete;
    // What is complete in the very nanosecond of the stall may come before it.
    for (std::size_t i = 0; i < got.size(); ++i)
        RC_ASSERT(got[i] == expected[i] || (got[i].at_ns == from && expected[i].at_ns == from + length));
}

}  // namespace
}  // namespace brokersim::sim
