#include "scenarios/mapping_trial.h"

#include <gtest/gtest.h>

namespace brokersim::scenario {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t mib = 1 << 20;

/// 100 MB/s written, 200 MB/s read; 1 ms to read a page, 2 ms to flush; memory costs nothing.
TrialMachine slow_disk() {
    TrialMachine machine;
    machine.figures.device = {.bytes_per_second = 100'000'000,
                              .random_write = 1ms,
                              .read = 1ms,
                              .flush = 2ms,
                              .operations_per_second = 0,
                              .channels = 8,
                              .read_bytes_per_second = 200'000'000};
    machine.figures.costs = {
        .minor_fault = 0ns, .write_fault = 0ns, .crc_per_kib = {}, .append = {}, .append_per_kib = 0ns};
    return machine;
}

void expect_near(Duration time, Duration wanted, int percent) {
    EXPECT_NEAR(static_cast<double>(time.count()), static_cast<double>(wanted.count()),
                static_cast<double>(wanted.count()) * percent / 100);
}

TEST(MappingTrial, ReadsInOrderAtTheDisksSpeed) {
    expect_near(touch_in_order(slow_disk(), 64 * mib), Duration(64 * mib * 5), 2);
}

TEST(MappingTrial, ReadsOnePageAtATimeAtRandom) {
    const std::vector<std::uint64_t> pages{9000, 17, 4000, 12'000, 1};
    EXPECT_EQ(touch_at_random(slow_disk(), 64 * mib, pages), 5ms);
    EXPECT_EQ(touch_at_random(slow_disk(), 64 * mib, {3, 3, 3}), touch_at_random(slow_disk(), 64 * mib, {3}));
}

TEST(MappingTrial, AppendsAtTheSpeedOfMemoryBelowTheDirtyLimit) {
    TrialMachine machine = slow_disk();
    machine.figures.costs.append_per_kib = 100ns;
    EXPECT_EQ(append(machine, 64 * mib, 65'536, 0), 64 * 1024 * 100ns);
}

TEST(MappingTrial, AppendsAtTheDisksSpeedWhereItIsFlushed) {
    // Each 16 MiB: transfer, barrier, and once the way there.
    expect_near(append(slow_disk(), 64 * mib, 65'536, 16 * mib), Duration(64 * mib * 10) + 4 * 2ms, 2);
}

TEST(MappingTrial, AppendsAtTheDisksSpeedPastTheDirtyLimit) {
    TrialMachine machine = slow_disk();
    machine.memory_bytes = 256 * mib;
    const std::uint64_t bytes = 1024 * mib;
    const Duration time = append(machine, bytes, 65'536, 0);
    expect_near(time, Duration((bytes - 256 * mib / 10) * 10), 15);
    EXPECT_LT(time, Duration(bytes * 10)) << "what is dirty in the end is still to be written";
}

}  // namespace
}  // namespace brokersim::scenario
