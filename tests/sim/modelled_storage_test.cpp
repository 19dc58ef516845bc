#include <cstring>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "sim/files.h"
#include "sim/machine.h"
#include "tests/sim/script_node.h"

/// Files of nodes whose machine has a page cache and a disk.
namespace brokersim::sim {
namespace {

using namespace testing;

constexpr std::uint64_t page = 4096;

struct Storage {
    explicit Storage(MachineSpec spec = {.name = "broker/0"}) : test({.storage = {.model = StorageModel::modelled}}) {
        node = test.add(std::move(spec));
    }
    Machine& machine() { return test.world.machine(test.world.machine_of(node)); }
    PageCache& cache() { return *machine().page_cache; }
    /// Writes `text` into a file that is mapped; returns when the handler had paid, since it began.
    Duration write(const MappedRegionPtr& region, std::uint64_t offset, std::uint64_t length) {
        const WorldTime begun = test.world.now();
        WorldTime paid = begun;
        test.in(node, [&](ScriptNode& self) {
            std::memset(region->write(offset, length).data(), 'x', length);
            self.host.paid([&] { paid = test.world.now(); });
        });
        test.run(1s);
        return paid - begun;
    }
    void expect_agreement(const std::string& path) {
        const FilePtr file = test.world.files(node).find(path);
        for (std::uint64_t at = 0; at < file->cached()->pages(); ++at)
            EXPECT_EQ(file->platter().dirty(at), file->cached()->dirty(at)) << path << ", page " << at;
    }

    TestWorld test;
    NodeId node;
};

MappedRegionPtr created(Storage& storage, const std::string& path, std::uint64_t size) {
    MappedRegionPtr region;
    storage.test.in(storage.node, [&](ScriptNode& self) { region = *self.host.create(path, size); });
    return region;
}

TEST(ModelledStorage, AHitCostsNoTimeAndNoEvent) {
    Storage storage;
    const MappedRegionPtr region = created(storage, "log", 64 * page);
    EXPECT_EQ(storage.write(region, 0, 100), 500ns);
    const std::uint64_t before = storage.test.world.events();
    EXPECT_EQ(storage.write(region, 100, 100), 0ns);
    EXPECT_EQ(storage.test.world.events(), before);
}

TEST(ModelledStorage, AStallThatBeginsLaterHoldsWhoWaitsAlready) {
    Storage storage;
    const MappedRegionPtr region = created(storage, "log", 64 * page);
    storage.write(region, 0, 64 * page);
    storage.test.run(60s);  // all of it is on the disk
    storage.test.world.power_off(storage.test.world.machine_of(storage.node));
    storage.test.world.start(storage.node);
    WorldTime read{};
    const WorldTime begun = storage.test.world.now();
    storage.test.in(storage.node, [&](ScriptNode& self) {
        auto again = *self.host.map("log");
        again->read(20 * page, 1);
        again->read(40 * page, 1);
        self.host.paid([&] { read = storage.test.world.now(); });
    });
    storage.test.run(100us);  // the second of two reads
    storage.machine().disk->stall(1s);
    storage.test.run(5s);
    EXPECT_GT(read - begun, 1s);
    EXPECT_LT(read - begun, 1s + 1ms);
}

TEST(ModelledStorage, AProcessIsKilledAndItsDirtyPagesReachTheDisk) {
    Storage storage;
    storage.write(created(storage, "log", 64 * page), 0, 3 * page);
    storage.test.world.kill(storage.node);
    EXPECT_EQ(storage.cache().dirty_pages(), 3U);
    storage.expect_agreement("log");
    storage.test.run(60s);
    EXPECT_EQ(storage.cache().dirty_pages(), 0U);
    storage.expect_agreement("log");
    storage.test.world.power_off(storage.test.world.machine_of(storage.node));
    EXPECT_EQ(storage.cache().used_pages(), 0U);
    EXPECT_EQ(*storage.test.world.files(storage.node).read("log"),
              std::string(3 * page, 'x') + std::string(61 * page, '\0'));
}

TEST(ModelledStorage, AFlushUnderWayWhenTheProcessDiesIsCarriedToItsEnd) {
    Storage storage;
    const MappedRegionPtr region = created(storage, "log", 64 * page);
    storage.write(region, 0, page);
    storage.test.in(storage.node,
                    [&](ScriptNode&) { region->flush(0, page, [](FileResult<void>) { FAIL() << "it is dead"; }); });
    storage.test.world.kill(storage.node);
    storage.test.run(1s);
    EXPECT_EQ(storage.cache().dirty_pages(), 0U);
    storage.expect_agreement("log");
    EXPECT_EQ(storage.machine().disk->counters().flushes, 1U);
}

TEST(ModelledStorage, AHandlerThatIsKilledWhileItWaitsLeavesNothingBehind) {
    Storage storage({.name = "broker/0", .memory_bytes = 64 * page, .page_cache = {.hard_ratio = 100}});
    const MappedRegionPtr region = created(storage, "log", 128 * page);
    storage.machine().disk->stall(10s);
    storage.test.in(storage.node, [&](ScriptNode& self) {
        std::memset(region->write(0, 100 * page).data(), 'x', 100 * page);
        self.host.paid([] { FAIL() << "it was killed"; });
    });
    storage.test.run(1s);
    EXPECT_LE(storage.cache().used_pages(), 64U);
    storage.test.world.kill(storage.node);
    storage.test.run(60s);
    EXPECT_EQ(storage.cache().dirty_pages(), 0U);
    storage.test.world.start(storage.node);
    EXPECT_GT(storage.write(created(storage, "other", page), 0, 1), 0ns);
}

TEST(ModelledStorage, APausedProcessGoesOnPayingWhenItIsResumed) {
    Storage storage;
    const MappedRegionPtr region = created(storage, "log", 64 * page);
    bool paid = false;
    storage.test.in(storage.node, [&](ScriptNode& self) {
        region->write(0, 3 * page);
        self.host.paid([&] { paid = true; });
    });
    storage.test.world.pause(storage.node);
    storage.test.run(1s);
    EXPECT_FALSE(paid);
    storage.test.world.resume(storage.node);
    storage.test.run(1s);
    EXPECT_TRUE(paid);
}

TEST(ModelledStorage, FetchReadsWhatIsNotInMemory) {
    Storage storage;
    storage.write(created(storage, "log", 64 * page), 0, 64 * page);
    storage.test.run(60s);
    storage.test.world.power_off(storage.test.world.machine_of(storage.node));
    storage.test.world.start(storage.node);
    Duration took{};
    storage.test.in(storage.node, [&](ScriptNode& self) {
        auto region = *self.host.map("log");
        const std::vector<Slice> slices{{PinnedPtr(region.get()), {region->read(0, 0).data() + 8 * page, 8 * page}},
                                        copy_slice("on the heap")};
        const WorldTime begun = storage.test.world.now();
        self.host.fetch(slices, [&, begun] { took = storage.test.world.now() - begun; });
    });
    storage.test.run(1s);
    EXPECT_GE(took, 90us);
    EXPECT_EQ(storage.cache().used_pages(), 8U);
    EXPECT_EQ(storage.machine().disk->counters().reads, 1U);
}

TEST(ModelledStorage, ARemovedFileLeavesTheCacheWithItsLastMapping) {
    Storage storage;
    MappedRegionPtr region = created(storage, "log", 64 * page);
    storage.write(region, 0, 5 * page);
    storage.test.in(storage.node, [](ScriptNode& self) { EXPECT_TRUE(self.host.remove("log")); });
    EXPECT_EQ(storage.cache().used_pages(), 5U);
    region.reset();
    EXPECT_EQ(storage.cache().used_pages(), 0U);
    EXPECT_EQ(storage.cache().dirty_pages(), 0U);
}

TEST(ModelledStorage, AFileThatWasWrittenWholeIsDirtyInTheCache) {
    Storage storage;
    storage.test.in(storage.node, [](ScriptNode& self) {
        EXPECT_TRUE(self.host.write_file("config", std::string(3 * page, 'c')));
        EXPECT_TRUE(self.host.set_length("config", 2 * page));
        EXPECT_TRUE(self.host.rename("config", "moved"));
    });
    EXPECT_EQ(storage.cache().dirty_pages(), 2U);
    storage.expect_agreement("moved");
}

/// Random work of a process, with kills and power cuts between: when nobody is unpaid, the pages that the cache takes
/// for dirty are those that the disk does not hold.
RC_GTEST_PROP(ModelledStorageProperty, CacheAndPlatterAgreeOnWhatIsDirty, ()) {
    Storage storage({.name = "broker/0",
                     .memory_bytes = *rc::gen::inRange<std::uint64_t>(20, 200) * page,
                     .page_cache = {.background_ratio = *rc::gen::inRange(1, 50), .expire = 2s, .min_free_bytes = 0}});
    TestWorld& test = storage.test;
    MappedRegionPtr region = created(storage, "log", 100 * page);
    int unpaid = 0;
    for (const int step : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1000))) {
        const auto at = static_cast<std::uint64_t>(step / 10) * page;
        const auto touch = [&](std::function<void()> body) {
            ++unpaid;
            test.in(storage.node, [&, body = std::move(body)](ScriptNode& self) {
                body();
                self.host.paid([&] { --unpaid; });
            });
        };
        if (step % 50 == 9) {
            region.reset();
            if (step < 500)
                test.world.kill(storage.node);
            else
                test.world.power_off(test.world.machine_of(storage.node));
            test.run(1s);  // what was unpaid comes to the cache
            unpaid = 0;
            test.world.start(storage.node);
            test.in(storage.node, [&](ScriptNode& self) { region = *self.host.map("log"); });
        } else if (step % 10 >= 8) {
            if (unpaid > 0) test.run(2s);
            test.in(storage.node, [&](ScriptNode&) { region->flush(at, page, [](FileResult<void>) {}); });
        } else if (step % 10 < 3) {
            if (unpaid > 0) test.run(2s);
            if (unpaid == 0) touch([&] { region->read(at, page); });
        } else {
            touch([&] { region->write(at, 10)[0] = std::byte{1}; });
        }
        test.run(step % 7 == 0 ? Duration(1s) : Duration(20us));
        if (test.world.crash()) RC_FAIL(test.world.crash()->what);
        const FilePtr file = test.world.files(storage.node).find("log");
        for (std::uint64_t each = 0; unpaid == 0 && each < 100; ++each)
            RC_ASSERT(file->platter().dirty(each) == file->cached()->dirty(each));
        RC_ASSERT(storage.cache().used_pages() <= storage.cache().capacity_pages());
    }
}

}  // namespace
}  // namespace brokersim::sim
