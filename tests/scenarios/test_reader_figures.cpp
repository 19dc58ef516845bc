#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "scenarios/configs.h"
#include "scenarios/figures.h"
#include "scenarios/profiles.h"
#include "scenarios/writer.h"
#include "tests/scenarios/reader_support.h"

namespace brokersim::scenario {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view measured = R"(about = "the host of a test"
[disk]
bytes_per_second = "512MiB"
read_bytes_per_second = "1GB"
random_write = "200us"
read = "110us"
flush = "1.5ms"
operations_per_second = 9000
channels = 24
[costs]
minor_fault = "300ns"
crc_per_kib = "70ns"
append = "900ns"
)";

std::string first_error(const std::vector<Diagnostic>& diagnostics) {
    for (const Diagnostic& diagnostic : diagnostics)
        if (!diagnostic.warning) return diagnostic.text();
    return "none";
}

/// A scenario in a directory of its own, with a file of figures beside it.
class ProfileFile : public ::testing::Test {
protected:
    ProfileFile() { std::filesystem::create_directories(directory_); }
    ~ProfileFile() override { std::filesystem::remove_all(directory_); }

    void write(std::string_view text) { std::ofstream(directory_ + "/mine.toml") << text; }
    auto read(std::vector<std::string> overrides = {}) {
        overrides.insert(overrides.begin(), "hardware.profile=mine.toml");
        return read_scenario(valid_scenario, directory_ + "/s.toml", overrides);
    }
    /// The first complaint, without the directory.
    std::string complaint() {
        const auto file = read();
        if (file) return "none";
        std::string text = first_error(file.error());
        for (std::size_t at; (at = text.find(directory_ + "/")) != std::string::npos;)
            text.erase(at, directory_.size() + 1);
        return text;
    }

    const std::string directory_ = ::testing::TempDir() + "profile-" + std::to_string(getpid());
};

TEST_F(ProfileFile, GivesTheFiguresOfDiskAndCosts) {
    write(measured);
    const auto file = read();
    ASSERT_TRUE(file.has_value()) << file.error().front().text();
    const HardwareSpec& hardware = file->variants.front().scenario.hardware;
    EXPECT_EQ(hardware.profile, own_profile);
    EXPECT_EQ(hardware.device, (sim::DiskSpec{512 << 20, 200us, 110us, 1500us, 9000, 24, 1'000'000'000}));
    EXPECT_EQ(hardware.costs.minor_fault, 300ns);
    EXPECT_FALSE(hardware.costs.append_per_kib);
    const store::StoreCosts costs = store_costs(file->variants.front().scenario);
    EXPECT_EQ(costs.append_base, 900ns);
    EXPECT_EQ(costs.encode_per_kib, 70ns);
    EXPECT_EQ(costs.append_per_kib, store::StoreCosts{}.append_per_kib);
}

TEST_F(ProfileFile, IsNotNeededAnyMoreByAScenarioThatWasWrittenOut) {
    write(measured);
    const auto file = read();
    ASSERT_TRUE(file.has_value());
    std::filesystem::remove_all(directory_);
    const Scenario& scenario = file->variants.front().scenario;
    const Scenario again = read_one(write_scenario(scenario));
    EXPECT_EQ(again.hardware, scenario.hardware);
}

TEST_F(ProfileFile, TheScenariosOwnFiguresGoFirst) {
    write(measured);
    const auto file = read({"disk.read=5ms", "costs.append=1us"});
    ASSERT_TRUE(file.has_value()) << file.error().front().text();
    EXPECT_EQ(file->variants.front().scenario.hardware.device.read, 5ms);
    EXPECT_EQ(file->variants.front().scenario.hardware.device.flush, 1500us);
    EXPECT_EQ(file->variants.front().scenario.hardware.costs.append, 1us);
}

TEST_F(ProfileFile, IsReadStrictly) {
    EXPECT_EQ(complaint(), "--set hardware.profile=mine.toml:1:1: `profile`: the file mine.toml cannot be read");
    write("[disk\n");
    EXPECT_TRUE(complaint().starts_with("mine.toml:1:6: not TOML")) << complaint();
    const auto with = [&](std::string_view from, std::string_view to) {
        std::string text(measured);
        text.replace(text.find(from), from.size(), to);
        write(text);
        return complaint();
    };
    EXPECT_EQ(with("read =", "raed ="), "mine.toml:2:1: [disk] has no `read`");
    EXPECT_EQ(with("[costs]\n", "[costs]\nreed = 1\n"),
              "mine.toml:11:1: unknown key `reed` in [costs]; keys are `minor_fault`, `write_fault`, `crc_per_kib`, "
              "`append`, "
              "`append_per_kib`");
    EXPECT_EQ(with("\"200us\"", "200"), "mine.toml:5:16: `random_write` has no unit; write a duration such as \"30s\"");
    EXPECT_EQ(with("= 24", "= 0"), "mine.toml:9:12: `channels` is 0; its range is 1..1024");
    EXPECT_EQ(with("\"512MiB\"", "\"1B\""), "mine.toml:3:20: `bytes_per_second` is \"1B\"; its range is 64KiB..1TiB");
    EXPECT_EQ(with("[costs]", "[cost]"), "mine.toml:10:2: a profile has no `cost`; did you mean `costs`?");
    EXPECT_EQ(with("[disk]", "[[disk]]"), "mine.toml:2:1: `disk` wants a table, not a list");
    write("about = \"nothing\"\n");
    EXPECT_EQ(complaint(), "mine.toml:1:1: a profile needs a section [disk]");
    write(std::string(max_profile_bytes + 1, '#'));
    EXPECT_EQ(complaint(), "mine.toml:1:1: the file is longer than 65536 bytes");
}

std::string complaint_about(const std::vector<std::string>& overrides) {
    const auto file = read_scenario(valid_scenario, "test.toml", overrides);
    return file ? "none" : first_error(file.error());
}

TEST(ReaderFigures, ANameThatIsNoFileIsNoWord) {
    EXPECT_EQ(complaint_about({"hardware.profile=hhd"}),
              "--set hardware.profile=hhd:1:1: `profile` = \"hhd\": no such word; did you mean `hdd`?");
}

TEST(ReaderFigures, ADiskOfItsOwnHasAllFigures) {
    EXPECT_EQ(complaint_about({"hardware.profile=own", "disk.read=1ms"}),
              "--set disk.read=1ms:1:1: [disk] has no `bytes_per_second`");
}

TEST(ReaderFigures, OneFigureOfAProfileCanBeChanged) {
    const Scenario scenario = read_one(valid_scenario, {"hardware.profile=hdd", "disk.flush=20ms"});
    EXPECT_EQ(scenario.hardware.profile, "hdd");
    sim::DiskSpec hdd = find_disk_profile("hdd")->disk;
    hdd.flush = 20ms;
    EXPECT_EQ(scenario.hardware.device, hdd);
    EXPECT_EQ(read_one(valid_scenario).hardware.device, find_disk_profile("nvme")->disk);
}

}  // namespace
}  // namespace brokersim::scenario
