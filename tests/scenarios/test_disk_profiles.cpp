#include <gtest/gtest.h>

#include "scenarios/profiles.h"
#include "sim/disk.h"

namespace brokersim::scenario {
namespace {

constexpr std::uint64_t mega = 1'000'000;

/// Bytes a second of `count` operations of `bytes`, all submitted at once, one `stride` after the other.
double rate(const sim::DiskSpec& spec, sim::Disk::Kind kind, int count, std::uint64_t bytes, std::uint64_t stride) {
    sim::Engine engine;
    sim::Disk disk(engine, spec);
    for (int i = 0; i < count; ++i) disk.submit(kind, static_cast<std::uint64_t>(i) * stride, bytes, {});
    while (engine.step(sim::WorldTime::max())) {
    }
    return static_cast<double>(bytes) * count * 1e9 / static_cast<double>(sim::ns_of(engine.now()));
}

/// The same for operations of 4 KiB, each submitted when the one before is complete.
double rate_one_by_one(const sim::DiskSpec& spec, sim::Disk::Kind kind, int count) {
    sim::Engine engine;
    sim::Disk disk(engine, spec);
    for (int i = 0; i < count; ++i) {
        disk.submit(kind, static_cast<std::uint64_t>(i) * mega, 4096, {});
        while (engine.step(sim::WorldTime::max())) {
        }
    }
    return 4096.0 * count * 1e9 / static_cast<double>(sim::ns_of(engine.now()));
}

struct Rates {
    const char* profile;
    double sequential;  // bytes a second
    double write;       // random 4 KiB writes a second, one at a time
    double read;
    double many;  // random 4 KiB reads a second, many at a time
};

TEST(DiskProfiles, GiveTheRatesOfTheirFigures) {
    const Rates all[] = {
        {"nvme", 2e9, 1e6 / 60, 1e6 / 90, 32e6 / 90},       {"sata-ssd", 500e6, 1e6 / 120, 1e6 / 150, 8e6 / 150},
        {"cloud-block", 180e6, 1e3 / 0.7, 1e3 / 0.7, 3000}, {"hdd", 160e6, 125, 125, 125},
        {"folklore", 600e6, 100e3 / 4096, 100, 100},
    };
    for (const Rates& want : all) {
        SCOPED_TRACE(want.profile);
        const DiskProfile* profile = find_disk_profile(want.profile);
        ASSERT_NE(profile, nullptr);
        using Kind = sim::Disk::Kind;
        for (const Kind kind : {Kind::read, Kind::write})
            EXPECT_NEAR(rate(profile->disk, kind, 10'000, mega, mega), want.sequential, want.sequential * 0.01);
        EXPECT_NEAR(rate_one_by_one(profile->disk, Kind::write, 1000), want.write * 4096, want.write * 41);
        EXPECT_NEAR(rate_one_by_one(profile->disk, Kind::read, 1000), want.read * 4096, want.read * 41);
        // Tokens in store help a little.
        EXPECT_NEAR(rate(profile->disk, Kind::read, 20'000, 4096, mega), want.many * 4096, want.many * 4096 * 0.02);
    }
    EXPECT_EQ(disk_profiles().size(), std::size(all));
}

TEST(DiskProfiles, FolkloreIsSixHundredMegabytesAgainstAHundredKilobytes) {
    const sim::DiskSpec disk = find_disk_profile("folklore")->disk;
    EXPECT_NEAR(rate(disk, sim::Disk::Kind::write, 6000, mega, mega), 600e6, 6e6);
    EXPECT_NEAR(rate(disk, sim::Disk::Kind::write, 100, 4096, mega), 100e3, 1e3);
}

}  // namespace
}  // namespace brokersim::scenario
