#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenarios/figures.h"
#include "tests/end_to_end/program.h"

namespace brokersim::testing {
namespace {

using ::testing::HasSubstr;

/// Where measuring is possible at all: a directory on a disk, if there is one.
std::string disk_directory() {
    for (const char* candidate : {BROKERSIM_SOURCE "/build", "/var/tmp", "."})
        if (std::filesystem::is_directory(candidate)) return candidate;
    return ".";
}

/// No disk is there, or its pages cannot be dropped: the program must say so, and does.
bool cannot_be_measured(const Ended& ended) {
    return ended.err.find("has no disk that could be measured") != std::string::npos ||
           ended.err.find("stayed in memory") != std::string::npos;
}

TEST(Calibrate, SaysWhatIsWrongWithItsOptions) {
    const Scratch scratch;
    EXPECT_EQ(brokersim("calibrate --help").code, 0);
    const Ended size = brokersim("calibrate --size 3");
    EXPECT_EQ(size.code, 2);
    EXPECT_THAT(size.err, HasSubstr("--size: \"3\" has no unit"));
    EXPECT_EQ(brokersim("calibrate --size 1MiB").code, 2);
    EXPECT_EQ(brokersim("calibrate --time 1ms").code, 2);
    const Ended missing = brokersim("calibrate --dir " + scratch.path("nothing"));
    EXPECT_EQ(missing.code, 2);
    EXPECT_THAT(missing.err, HasSubstr("No such file or directory"));
    const std::string there = scratch.write("there.toml", "mine");
    EXPECT_EQ(brokersim("calibrate --out " + there).code, 2);
    EXPECT_EQ(read(there), "mine");
    const Ended large = brokersim("calibrate --size 1TiB --dir " + disk_directory());
    EXPECT_EQ(large.code, 2);
    EXPECT_THAT(large.err, HasSubstr("MiB free"));
}

TEST(Calibrate, RefusesAFileSystemInMemory) {
    if (!std::filesystem::is_directory("/dev/shm")) GTEST_SKIP() << "no file system in memory here";
    const Ended ended = brokersim("calibrate --size 16MiB --time 1s --dir /dev/shm");
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, HasSubstr("has no disk that could be measured"));
}

TEST(Calibrate, WritesAProfileThatAScenarioTakes) {
    const Scratch scratch;
    const std::string out = scratch.path("mine.toml");
    const Ended ended = brokersim("calibrate --size 16MiB --time 1s --dir " + disk_directory() + " --out " + out);
    if (cannot_be_measured(ended)) GTEST_SKIP() << ended.err;
    ASSERT_EQ(ended.code, 0) << ended.err;
    scenario::Findings findings;
    const scenario::Figures figures = scenario::read_figures(read(out), findings);
    ASSERT_TRUE(findings.list().empty()) << findings.list().front().message;
    EXPECT_GT(figures.device.bytes_per_second, 0);
    EXPECT_GT(figures.device.random_write, Duration(0));
    EXPECT_GT(figures.device.read, Duration(0));
    EXPECT_GE(figures.device.flush, Duration(0));
    EXPECT_GT(figures.device.channels, 0);
    for (const auto& cost :
         {figures.costs.minor_fault, figures.costs.crc_per_kib, figures.costs.append, figures.costs.append_per_kib}) {
        ASSERT_TRUE(cost);
        EXPECT_GT(*cost, Duration(0));
    }
    EXPECT_THAT(ended.err, HasSubstr("cold pages of a mapping, in order"));
    std::string text = read(small_scenario);
    const std::string scenario = scratch.write("s.toml", text + "\n[hardware]\nprofile = \"mine.toml\"\n");
    const Ended checked = brokersim("run --check " + scenario);
    EXPECT_EQ(checked.code, 0) << checked.err;
}

TEST(Calibrate, LeavesNothingBehindWhenItIsInterrupted) {
    const Scratch scratch;
    const std::string directory = scratch.path("work");
    std::filesystem::create_directories(directory);
    const std::string out = scratch.path("never.toml");
    const Ended ended = brokersim("calibrate --size 64MiB --time 1h --dir " + directory + " --out " + out,
                                  "timeout --preserve-status -s INT 1");
    EXPECT_TRUE(std::filesystem::is_empty(directory));
    if (cannot_be_measured(ended)) GTEST_SKIP() << ended.err;
    EXPECT_EQ(ended.code, 130);
    EXPECT_FALSE(std::filesystem::exists(out));
}

}  // namespace
}  // namespace brokersim::testing
