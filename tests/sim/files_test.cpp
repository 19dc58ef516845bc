#include "sim/files.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>

#include "core/check.h"
#include "sim/arrivals.h"
#include "sim/store.h"
#include "tests/sim/script_node.h"

namespace brokersim::sim {
namespace {

using namespace testing;

/// A directory that is gone after the test.
struct Directory {
    Directory() {
        std::string pattern = (std::filesystem::temp_directory_path() / "brokersim-XXXXXX").string();
        path = ::mkdtemp(pattern.data());
    }
    ~Directory() { std::filesystem::remove_all(path); }
    std::string path;
};

void put(MappedRegion& region, std::uint64_t offset, std::string_view text) {
    std::memcpy(region.write(offset, text.size()).data(), text.data(), text.size());
}

std::string get(MappedRegion& region, std::uint64_t offset, std::uint64_t length) {
    const auto bytes = region.read(offset, length);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Both backings behave alike.
class Files : public ::testing::TestWithParam<bool> {
protected:
    Files() : test(options()) { node = test.add("broker/0"); }
    WorldOptions options() const {
        WorldOptions made;
        if (GetParam()) made.storage.keep_directory = directory.path;
        return made;
    }
    void in(std::function<void(Host&)> body) {
        test.in(node, [&](ScriptNode& self) { body(self.host); });
    }
    Directory directory;
    TestWorld test;
    NodeId node;
};
INSTANTIATE_TEST_SUITE_P(Backing, Files, ::testing::Values(false, true));

TEST_P(Files, AFileKeepsItsBytesOverProcessLives) {
    in([](Host& host) { put(**host.create("store/commitlog/0", 1 << 20), 5000, "hello"); });
    test.world.kill(node);
    test.world.start(node);
    in([](Host& host) {
        auto region = host.map("store/commitlog/0");
        ASSERT_TRUE(region);
        EXPECT_EQ((*region)->size(), 1U << 20);
        EXPECT_EQ(get(**region, 4999, 7), std::string("\0hello\0", 7));
    });
    if (GetParam()) {
        std::ifstream real(directory.path + "/broker/0/store/commitlog/0");
        real.seekg(5000);
        std::string text(5, ' ');
        real.read(text.data(), 5);
        EXPECT_EQ(text, "hello");
    }
}

TEST_P(Files, ErrorsAreValues) {
    in([](Host& host) {
        EXPECT_EQ(host.map("none").error().code, FileErrorCode::not_found);
        ASSERT_TRUE(host.create("a", 10));
        EXPECT_EQ(host.create("a", 10).error().code, FileErrorCode::exists);
        ASSERT_TRUE(host.write_file("empty", ""));
        EXPECT_EQ(host.map("empty").error().code, FileErrorCode::wrong_size);
        EXPECT_EQ(host.read_file("empty").value(), "");
        EXPECT_EQ(host.read_file("none").error().code, FileErrorCode::not_found);
        EXPECT_EQ(host.remove("none").error().code, FileErrorCode::not_found);
        EXPECT_EQ(host.rename("none", "b").error().code, FileErrorCode::not_found);
        EXPECT_EQ(host.set_length("none", 1).error().code, FileErrorCode::not_found);
        EXPECT_EQ(host.modified_time("none").error().code, FileErrorCode::not_found);
        EXPECT_EQ(host.list("none").error().code, FileErrorCode::not_found);
        EXPECT_THROW((void)(*host.map("a"))->read(5, 6), BrokenInvariant);
    });
}

TEST_P(Files, ListsAreSortedAndKnowDirectories) {
    in([](Host& host) {
        for (const char* path : {"q/b/1", "q/a", "q/c.json", "q/b/0", "q/b0", "q/ba/x/y", "top"})
            ASSERT_TRUE(host.create(path, 8));
        const auto found = host.list("q");
        ASSERT_TRUE(found);
        std::string text;
        for (const auto& info : *found) text += info.name + (info.directory ? "/ " : " ");
        EXPECT_EQ(text, "a b/ b0 ba/ c.json ");
        EXPECT_EQ(host.list("")->size(), 2U);
        EXPECT_EQ(host.list("q/b")->size(), 2U);
        EXPECT_EQ(host.list("q/b")->front().size, 8U);
        ASSERT_TRUE(host.remove("q/b/0"));
        EXPECT_EQ(host.remove("q/b").error().code, FileErrorCode::io);
        ASSERT_TRUE(host.remove("q/b/1"));
        EXPECT_TRUE(host.list("q/b")->empty());
        EXPECT_TRUE(host.remove("q/b"));
        EXPECT_EQ(host.list("q/b").error().code, FileErrorCode::not_found);
    });
}

TEST_P(Files, WholeFilesAreWrittenRenamedAndCut) {
    in([](Host& host) {
        ASSERT_TRUE(host.write_file("config/offsets.json", "{\"a\": 1}"));
        ASSERT_TRUE(host.write_file("config/offsets.json", "{}"));
        EXPECT_EQ(host.read_file("config/offsets.json").value(), "{}");
        ASSERT_TRUE(host.rename("config/offsets.json", "config/offsets.json.bak"));
        EXPECT_EQ(host.read_file("config/offsets.json").error().code, FileErrorCode::not_found);
        ASSERT_TRUE(host.set_length("config/offsets.json.bak", 5));
        EXPECT_EQ(host.read_file("config/offsets.json.bak").value(), std::string("{}\0\0\0", 5));
        ASSERT_TRUE(host.set_length("config/offsets.json.bak", 1));
        EXPECT_EQ(host.read_file("config/offsets.json.bak").value(), "{");
        ASSERT_TRUE(host.write_file("other", std::string(10'000, 'x')));
        ASSERT_TRUE(host.rename("other", "config/offsets.json.bak"));
        EXPECT_EQ(host.read_file("config/offsets.json.bak").value(), std::string(10'000, 'x'));
    });
}

std::uint64_t sum_of_sizes(const FileTable& files, const std::string& directory = "") {
    std::uint64_t sum = 0;
    const auto listed = files.list(directory);
    for (const auto& info : *listed) {
        const std::string path = directory.empty() ? info.name : directory + "/" + info.name;
        sum += info.directory ? sum_of_sizes(files, path) : info.size;
    }
    return sum;
}

TEST_P(Files, TheirSizesAreAddedUpWhateverHappensToThem) {
    FileTable& files = test.world.files(node);
    const std::string name[] = {"a", "b", "d/a", "d/b"};
    std::vector<MappedRegionPtr> held;  // a file that is mapped gets new bytes behind its name
    for (std::uint64_t step = 0; step < 400; ++step) {
        const std::uint64_t draw = draw_at(1, step);
        const std::string& one = name[draw % 4];
        const std::string& other = name[draw / 4 % 4];
        const std::uint64_t size = 1 + draw / 16 % 20'000;
        if (draw / 1'000'000 % 12 == 0) {
            if (draw % 2 == 0)
                test.world.power_off(test.world.machine_of(node));
            else
                test.world.kill(node);
            test.world.start(node);
            test.run(0s);
        } else {
            in([&](Host& host) {
                auto made = host.create(one, size);
                if (made) held.push_back(*made);
                if (!made && draw / 1'000'000 % 5 == 0) (void)host.remove(one);
                if (!made && draw / 1'000'000 % 5 == 1) (void)host.rename(one, other);
                if (!made && draw / 1'000'000 % 5 == 2) (void)host.set_length(one, size);
                if (!made && draw / 1'000'000 % 5 == 3) (void)host.write_file(one, std::string(size, 'x'));
            });
            test.run(draw % 3 == 0 ? 1s : 0s);
        }
        ASSERT_EQ(files.total_bytes(), sum_of_sizes(files)) << "step " << step;
    }
}

TEST_P(Files, AMappingOutlivesTheNameOfItsFile) {
    Slice pinned;
    in([&](Host& host) {
        auto region = *host.create("log", 8192);
        put(*region, 100, "kept");
        pinned = region->pin(100, 4);
        ASSERT_TRUE(host.remove("log"));
        EXPECT_EQ(get(*region, 100, 4), "kept");
        ASSERT_TRUE(host.create("log", 8192));  // another file
        EXPECT_EQ(get(**host.map("log"), 100, 4), std::string(4, '\0'));
    });
    test.world.kill(node);
    EXPECT_EQ(pinned.text(), "kept");
    EXPECT_GT(test.world.store().used_bytes(), 4096U);
    pinned = {};
}

TEST_P(Files, FreedPagesAreZeroWhenTheyAreUsedAgain) {
    in([](Host& host) {
        for (int i = 0; i < 5; ++i) {
            auto region = *host.create("log", 1 << 20);
            EXPECT_EQ(get(*region, 5000, 3), std::string(3, '\0'));
            put(*region, 5000, "abc");
            ASSERT_TRUE(host.remove("log"));
        }
    });
    test.run(6s);  // until the disk knows that the files are gone
    in([](Host& host) { ASSERT_TRUE(host.write_file("empty", "")); });
    EXPECT_EQ(test.world.store().used_bytes(), 0U);
}

TEST_P(Files, OnlyPagesThatAreUsedCount) {
    in([](Host& host) {
        auto region = *host.create("log", 1ULL << 30);
        put(*region, 0, "x");
        put(*region, 4095, "xy");
        put(*region, 500 << 20, "x");
        put(*region, 1, "x");
    });
    EXPECT_EQ(test.world.store().used_bytes(), 3U * 4096);
}

TEST(FileEnds, AFileInMemoryKnowsWhereItsTouchedPagesEnd) {
    TestWorld test;
    const NodeId node = test.add("broker/0");
    MappedRegionPtr region;
    test.in(node, [&](ScriptNode& self) { region = *self.host.create("queue", 2'000'000); });
    const auto end = [&] { return test.world.files(node).map("queue")->file().touched_end(); };
    EXPECT_EQ(end(), 0U);
    test.in(node, [&](ScriptNode&) { put(*region, 5000, "x"); });
    EXPECT_EQ(end(), 8192U);
    test.in(node, [&](ScriptNode&) { put(*region, 64 * 4096, "x"); });
    EXPECT_EQ(end(), 65U * 4096);
    test.in(node, [&](ScriptNode&) { put(*region, 1'999'999, "x"); });
    EXPECT_EQ(end(), 2'000'000U);
}

TEST_P(Files, ModifiedTimeIsTheNodesWallClock) {
    MappedRegionPtr region;
    in([&](Host& host) { region = *host.create("log", 4096); });
    test.run(5s);
    in([&](Host& host) {
        EXPECT_EQ(epoch_ms(*host.modified_time("log")), World::epoch_start_ms);
        put(*region, 0, "x");
        EXPECT_EQ(epoch_ms(*host.modified_time("log")), World::epoch_start_ms + 5000);
    });
    region = nullptr;
}

TEST_P(Files, AFlushTakesTheBarrierAndTheDirtyBytes) {
    std::vector<MonoTime> done;
    MappedRegionPtr region;
    in([&](Host& host) {
        region = *host.create("log", 64 << 20);
        for (std::uint64_t page = 0; page < 500; ++page) put(*region, page * 4096, "x");
        for (int i = 0; i < 2; ++i)
            region->flush(0, region->size(), [&](FileResult<void> result) {
                EXPECT_TRUE(result);
                done.push_back(host.mono_ns());
            });
        host.sync_file("log", [&](FileResult<void> result) {
            EXPECT_TRUE(result);
            done.push_back(host.mono_ns());
        });
        host.sync_directory("none", [&](FileResult<void> result) { EXPECT_FALSE(result); });
        host.fetch({}, [&] { done.push_back(host.mono_ns()); });
    });
    test.run(1s);
    EXPECT_EQ(done, (std::vector<MonoTime>{MonoTime(0ns), MonoTime(50us), MonoTime(50us), MonoTime(50us + 1024us)}));
    region = nullptr;
}

TEST(FileChecks, NobodyReadsWhatAnUnpaidHandlerWrote) {
    TestWorld test;
    MappedRegionPtr region;
    const NodeId node = test.add("a");
    test.in(node, [&](ScriptNode& self) {
        region = *self.host.create("log", 8192);
        put(*region, 100, "abcd");
        EXPECT_EQ(get(*region, 100, 4), "abcd");  // its own
        self.host.owe(1ms);
    });
    test.in(node, [&](ScriptNode&) {
        EXPECT_EQ(get(*region, 104, 4), std::string(4, '\0'));
        EXPECT_THROW(get(*region, 103, 4), BrokenInvariant);
    });
    test.run(1s);
    test.in(node, [&](ScriptNode&) { EXPECT_EQ(get(*region, 100, 4), "abcd"); });
    region = nullptr;
}

TEST(FileChecks, AKillLeavesSomePartOfEachUnpaidWrite) {
    constexpr std::size_t piece = 16;
    const std::string written = std::string(piece, 'a') + std::string(piece, 'b') + std::string(piece, 'c') + "d";
    std::map<std::string, int> found;  // of two such writes of a handler that was killed: a letter for each piece
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        TestWorld test({}, seed);
        const NodeId node = test.add("a");
        test.in(node, [&](ScriptNode& self) { put(**self.host.create("log", 8192), 0, "paid"); });
        test.in(node, [&](ScriptNode& self) {
            auto region = *self.host.map("log");
            put(*region, 4, written);
            put(*region, 4 + written.size(), written);
            self.host.owe(1ms);
        });
        test.run(10us);
        test.world.kill(node);
        const std::string bytes = test.world.files(node).read("log").value();
        EXPECT_EQ(bytes.substr(0, 4), "paid");
        std::string pieces;
        for (int write = 0; write < 2; ++write)
            for (std::size_t at = 0; at < written.size(); at += piece) {
                const std::size_t from = 4 + static_cast<std::size_t>(write) * written.size() + at;
                const std::string is = bytes.substr(from, std::min(piece, written.size() - at));
                const std::string all = written.substr(at, is.size());
                EXPECT_TRUE(is == all || is == std::string(is.size(), '\0'));
                pieces += is == all ? all[0] : '.';
            }
        ++found[pieces];
    }
    // All, nothing, one of two writes, a beginning, an end, a middle.
    for (const char* part : {"abcdabcd", "........", "abcd....", "....abcd", "ab..abcd", "..cdabcd", ".bc.abcd"})
        EXPECT_GT(found[part], 0) << part;
}

TEST(FileChecks, ReadsAndWritesMayCostTime) {
    TestWorld test({.storage = {.read_cost = 3us, .write_cost = 10us}});
    MonoTime paid{};
    const NodeId node = test.add("a");
    test.in(node, [&](ScriptNode& self) {
        auto region = *self.host.create("log", 8192);
        put(*region, 0, "x");
        get(*region, 0, 1);
        self.host.owe(100us);
        self.host.paid([&] { paid = self.host.mono_ns(); });
    });
    test.run(1s);
    EXPECT_EQ(paid, MonoTime(113us));
}

TEST(FileChecks, TheRunStopsWhenTheStoreIsFull) {
    WorldOptions options;
    options.storage.limit_bytes = 1 << 20;
    TestWorld test(options);
    test.add("a", [](ScriptNode& self) {
        auto region = *self.host.create("log", 64 << 20);
        auto page = std::make_shared<std::uint64_t>(0);
        auto write = std::make_shared<std::function<void()>>();
        *write = [&self, region, page, again = std::weak_ptr(write)] {
            put(*region, (*page)++ * 4096, "x");
            self.host.after(1ms, [again = again.lock()] { (*again)(); });
        };
        (*write)();
    });
    EXPECT_EQ(test.run(1h), RunStatus::store_limit);
    EXPECT_LT(test.world.store().used_bytes(), 2U << 20);
}

TEST(KeptStore, ExistingFilesAreTheNodes) {
    Directory directory;
    std::filesystem::create_directories(directory.path + "/a/store");
    std::ofstream(directory.path + "/a/store/x") << "left by another run";
    WorldOptions options;
    options.storage.keep_directory = directory.path;
    TestWorld test(options);
    const NodeId node = test.add("a");
    test.in(node, [](ScriptNode& self) {
        EXPECT_EQ(self.host.read_file("store/x").value(), "left by another run");
        EXPECT_EQ(self.host.list("store")->size(), 1U);
    });
}

TEST(KeptStore, GivesTheSameDigestAsMemory) {
    const auto digest = [](const std::string& keep) {
        WorldOptions options;
        options.storage.keep_directory = keep;
        TestWorld test(options);
        const NodeId node = test.add("a");
        test.in(node, [](ScriptNode& self) {
            auto region = *self.host.create("store/log", 1 << 16);
            for (std::uint64_t i = 0; i < 100; ++i) put(*region, i * 20, std::to_string(i));
            EXPECT_TRUE(self.host.write_file("abort", ""));
            EXPECT_TRUE(self.host.rename("store/log", "store/log2"));
            EXPECT_TRUE(self.host.set_length("store/log2", 100));
            EXPECT_TRUE(self.host.remove("abort"));
        });
        test.run(1s);
        return test.world.digest().value();
    };
    Directory directory;
    EXPECT_EQ(digest(""), digest(directory.path));
    EXPECT_TRUE(std::filesystem::exists(directory.path + "/a/store/log2"));
}

}  // namespace
}  // namespace brokersim::sim
