#include <gtest/gtest.h>
#include <stdlib.h>

#include <bit>
#include <cstring>
#include <filesystem>
#include <set>

#include "sim/files.h"
#include "tests/sim/script_node.h"

namespace brokersim::sim {
namespace {

using namespace testing;

constexpr std::uint64_t seeds = 40;

void put(MappedRegion& region, std::uint64_t offset, std::string_view text) {
    std::memcpy(region.write(offset, text.size()).data(), text.data(), text.size());
}

const auto expect_done = [](const FileResult<void>& result) { EXPECT_TRUE(result); };

/// What a node's file is after a power cut, for many seeds: its content, or "none".
std::set<std::string> outcomes(const std::string& path, const std::function<void(TestWorld&, NodeId)>& before) {
    std::set<std::string> found;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        TestWorld test({}, seed);
        const NodeId node = test.add("a");
        before(test, node);
        test.world.power_off(test.world.machine_of(node));
        found.insert(test.world.files(node).read(path).value_or("none"));
        test.world.start(node);
    }
    return found;
}

using Outcomes = std::set<std::string>;

TEST(PowerLoss, KeepsWhatWasFlushedAndTheNameOfItsFile) {
    const auto found = outcomes("store/log", [](TestWorld& test, NodeId node) {
        test.in(node, [](ScriptNode& self) {
            auto region = *self.host.create("store/log", 4);
            put(*region, 0, "safe");
            region->flush(0, 4, expect_done);
        });
        test.run(1ms);
    });
    EXPECT_EQ(found, (Outcomes{"safe"}));
}

TEST(PowerLoss, LeavesAFileWithoutFlushOldNewEmptyOrAway) {
    const auto found = outcomes("log", [](TestWorld& test, NodeId node) {
        test.in(node, [](ScriptNode& self) { put(**self.host.create("log", 4), 0, "text"); });
    });
    EXPECT_EQ(found, (Outcomes{"none", "", std::string(4, '\0'), "text"}));
}

TEST(PowerLoss, KeepsNamesThatAreOlderThanTheJournalsInterval) {
    const auto found = outcomes("log", [](TestWorld& test, NodeId node) {
        test.in(node, [](ScriptNode& self) { put(**self.host.create("log", 4), 0, "text"); });
        test.run(6s);
    });
    EXPECT_EQ(found, (Outcomes{std::string(4, '\0'), "text"}));
}

TEST(PowerLoss, GivesTheOldOrTheNewFileOfARenameOverAnother) {
    const auto found = outcomes("offsets.json", [](TestWorld& test, NodeId node) {
        test.in(node, [](ScriptNode& self) {
            for (const char* name : {"offsets.json", "new"}) {
                EXPECT_TRUE(self.host.write_file(name, name));
                self.host.sync_file(name, expect_done);
            }
        });
        test.run(1ms);
        test.in(node, [](ScriptNode& self) { EXPECT_TRUE(self.host.rename("new", "offsets.json")); });
    });
    EXPECT_EQ(found, (Outcomes{"offsets.json", "new"}));
}

TEST(PowerLoss, KeepsARenameWhoseDirectoryWasSynced) {
    const auto found = outcomes("config/offsets.json.bak", [](TestWorld& test, NodeId node) {
        test.in(node, [](ScriptNode& self) {
            EXPECT_TRUE(self.host.write_file("config/offsets.json", "{}"));
            self.host.sync_file("config/offsets.json", expect_done);
        });
        test.run(1ms);
        test.in(node, [](ScriptNode& self) {
            EXPECT_TRUE(self.host.rename("config/offsets.json", "config/offsets.json.bak"));
            self.host.sync_directory("config", expect_done);
        });
        test.run(1ms);
    });
    EXPECT_EQ(found, (Outcomes{"{}"}));
}

TEST(PowerLoss, BringsARemovedFileBackOrNot) {
    const auto found = outcomes("log", [](TestWorld& test, NodeId node) {
        test.in(node, [](ScriptNode& self) {
            put(**self.host.create("log", 4), 0, "text");
            self.host.sync_file("log", expect_done);
        });
        test.run(1ms);
        test.in(node, [](ScriptNode& self) { EXPECT_TRUE(self.host.remove("log")); });
    });
    EXPECT_EQ(found, (Outcomes{"none", "text"}));
}

TEST(PowerLoss, GivesTheFlushedPartOfAFileOfAnotherLength) {
    const auto found = outcomes("log", [](TestWorld& test, NodeId node) {
        test.in(node, [](ScriptNode& self) {
            put(**self.host.create("log", 8), 0, "12345678");
            self.host.sync_file("log", expect_done);
        });
        test.run(1ms);
        test.in(node, [](ScriptNode& self) { EXPECT_TRUE(self.host.set_length("log", 4)); });
    });
    EXPECT_EQ(found, (Outcomes{"1234", "12345678"}));
}

TEST(PowerLoss, TakesChangesOfNamesBackFromTheLastOne) {
    std::set<int> kept;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        TestWorld test({}, seed);
        const NodeId node = test.add("a");
        test.in(node, [](ScriptNode& self) {
            for (const char* name : {"0", "1", "2", "3"}) EXPECT_TRUE(self.host.write_file(name, ""));
        });
        test.world.power_off(test.world.machine_of(node));
        int there = 0;
        while (test.world.files(node).exists(std::to_string(there))) ++there;
        for (int later = there; later < 4; ++later) EXPECT_FALSE(test.world.files(node).exists(std::to_string(later)));
        kept.insert(there);
    }
    EXPECT_EQ(kept, (std::set<int>{0, 1, 2, 3, 4}));
}

TEST(PowerLoss, NeverChangesBytesThatSomebodyStillHolds) {
    int changed = 0;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        TestWorld test({}, seed);
        const NodeId node = test.add("a");
        Slice in_flight;
        test.in(node, [&](ScriptNode& self) {
            auto region = *self.host.create("log", 4096);
            region->flush(0, 4096, expect_done);
            put(*region, 0, "message");
            in_flight = region->pin(0, 7);
        });
        test.world.power_off(test.world.machine_of(node));
        EXPECT_EQ(in_flight.text(), "message");
        const auto left = test.world.files(node).read("log");
        if (!left || !left->starts_with("message")) ++changed;
        in_flight = {};
    }
    EXPECT_GT(changed, 5);
}

TEST(PowerLoss, IsTheSameForFilesOnDisk) {
    const auto run = [](const std::string& keep, std::uint64_t seed) {
        WorldOptions options;
        options.storage.keep_directory = keep;
        TestWorld test(options, seed);
        const NodeId node = test.add("a");
        for (int life = 0; life < 3; ++life) {
            test.in(node, [life](ScriptNode& self) {
                Host& host = self.host;
                if (!host.map("store/log")) (void)host.create("store/log", 40'000);
                auto region = *host.map("store/log");
                for (std::uint64_t i = 0; i < 9; ++i)
                    put(*region, i * 4096, std::string(100, static_cast<char>('a' + life)));
                region->flush(0, 8192, expect_done);
                (void)host.rename("config.json", "config.json.bak");
                EXPECT_TRUE(host.write_file("config.json", std::string(5000, static_cast<char>('0' + life))));
                (void)host.remove("gone");
                EXPECT_TRUE(host.write_file("gone", "x"));
                EXPECT_TRUE(host.set_length("gone", 3));
            });
            test.run(60us);
            test.world.power_off(test.world.machine_of(node));
            test.world.start(node);
        }
        std::string all = std::to_string(test.world.digest().value());
        for (const char* path : {"store/log", "config.json", "config.json.bak", "gone"})
            all += "|" + test.world.files(node).read(path).value_or("none");
        return all;
    };
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        std::string pattern = (std::filesystem::temp_directory_path() / "brokersim-XXXXXX").string();
        const std::string directory = ::mkdtemp(pattern.data());
        EXPECT_EQ(run("", seed), run(directory, seed)) << seed;
        std::filesystem::remove_all(directory);
    }
}

// --- other faults of disks -------------------------------------------------------------------------------------------

TEST(DiskFaults, AFailedFlushIsToldOnceAndTheOldContentComesBackWithTheNextLifeBySeed) {
    Outcomes found;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        TestWorld test({}, seed);
        const NodeId node = test.add("a");
        std::vector<bool> told;
        const auto flush = [&](std::string_view text) {
            test.in(node, [&, text](ScriptNode& self) {
                auto region = self.host.map("log") ? *self.host.map("log") : *self.host.create("log", 3);
                if (!text.empty()) put(*region, 0, text);
                region->flush(0, 3, [&](FileResult<void> result) { told.push_back(result.has_value()); });
            });
            test.run(1ms);
        };
        flush("old");
        test.world.files(node).fail_next_flush("lo");
        flush("new");
        flush("");
        EXPECT_EQ(told, (std::vector<bool>{true, false, true}));
        EXPECT_EQ(test.world.files(node).read("log").value(), "new");
        test.world.kill(node);
        found.insert(test.world.files(node).read("log").value());
    }
    EXPECT_EQ(found, (Outcomes{"old", "new"}));
}

TEST(DiskFaults, OneBitOfAUsedPageFlips) {
    TestWorld test;
    const NodeId node = test.add("a");
    EXPECT_FALSE(test.world.files(node).flip_bit("commitlog/", 1));
    const std::string text(5000, '\0');
    test.in(node, [&](ScriptNode& self) { EXPECT_TRUE(self.host.write_file("commitlog/0", text)); });
    for (std::uint64_t draw = 1; draw < 20; ++draw) {
        const std::string before = test.world.files(node).read("commitlog/0").value();
        EXPECT_EQ(test.world.files(node).flip_bit("commitlog/", mix64(draw)), "commitlog/0");
        const std::string after = test.world.files(node).read("commitlog/0").value();
        int bits = 0;
        for (std::size_t i = 0; i < before.size(); ++i)
            bits += std::popcount(static_cast<unsigned>(before[i] ^ after[i]) & 0xFF);
        EXPECT_EQ(bits, 1);
    }
}

}  // namespace
}  // namespace brokersim::sim
