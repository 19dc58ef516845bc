#include <algorithm>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <nlohmann/json.hpp>

#include "live/store/recover.h"
#include "live/store/verify.h"
#include "tests/live/unpacked_store.h"

namespace brokersim::live::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Verified {
    VerifyCounts counts;
    std::vector<std::string> texts;
    std::vector<Finding> findings;
};

Verified verify(const UnpackedStore& store) {
    Verified verified;
    Findings findings([&](const Finding& finding) {
        verified.texts.push_back(finding.text());
        verified.findings.push_back(finding);
    });
    const VerifyOptions options{store::DelayLevels::parse(store::StoreConfig().messageDelayLevel).value(), {}};
    verified.counts = live::verify(store.layout(), options, findings);
    return verified;
}

struct RealCounts {
    const char* name;
    std::int64_t records, units, entries;
};

class VerifyOfRealStore : public ::testing::TestWithParam<RealCounts> {};

TEST_P(VerifyOfRealStore, FindsNothingWrongAndLeavesItAsItIs) {
    const UnpackedStore store(GetParam().name, "expected");
    const auto before = store.files();
    const Verified verified = verify(store);
    EXPECT_THAT(verified.texts, IsEmpty());
    EXPECT_EQ(verified.counts.records, GetParam().records);
    EXPECT_EQ(verified.counts.units, GetParam().units);
    EXPECT_EQ(verified.counts.entries, GetParam().entries);
    EXPECT_TRUE(store.files() == before);
}

INSTANTIATE_TEST_SUITE_P(Vectors, VerifyOfRealStore,
                         ::testing::Values(RealCounts{"basic", 500, 500, 399 + 399 + 395},
                                           RealCounts{"features", 129, 127, 221}, RealCounts{"propcrc", 87, 87, 119}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Verify, NamesTheUnitsAndEntriesOfRecordsThatAreGone) {
    const Verified verified = verify(UnpackedStore("damaged1", "recovered"));
    EXPECT_THAT(
        verified.texts,
        Contains(::testing::StartsWith("consumequeue/SmallB/0/00000000000000000800 at 40: unit 42 is (position 1")));
    EXPECT_THAT(verified.texts, Contains(HasSubstr("behind the end of the log")));
    EXPECT_THAT(verified.texts, Contains(::testing::StartsWith("index/20261122152950532 at")));
}

TEST(Verify, NamesQueuesThatAreGone) {
    const Verified verified = verify(UnpackedStore("damaged2", "recovered"));
    for (const std::string queue : {"SmallA/0", "SmallA/1", "SmallA/2", "SmallB/0", "SmallB/1", "SmallB/2"})
        EXPECT_THAT(verified.texts, Contains(HasSubstr("consumequeue/" + queue + ": no file"))) << queue;
    EXPECT_THAT(verified.texts, Contains("checkpoint: missing"));
}

TEST(Verify, TakesAFileOfZerosForAPreparedOne) {
    const Verified verified = verify(UnpackedStore("damaged3", "recovered"));
    EXPECT_THAT(verified.texts, ::testing::ElementsAre("abort: the broker did not end in order, or is running"));
}

TEST(Verify, TellsZerosInTheMiddleFromTheEndOfTheLog) {
    const UnpackedStore store("basic", "expected");
    std::string file = store.read("commitlog/00000000000000131072");
    const std::size_t half = file.size() / 2;
    std::ranges::fill(file.begin() + static_cast<std::ptrdiff_t>(half), file.end(), '\0');
    store.write("commitlog/00000000000000131072", file);
    EXPECT_THAT(verify(store).texts, Contains(HasSubstr("commitlog/00000000000000131072 at ")));
}

TEST(Verify, AcceptsThatACrashEntersTheLastRecordIntoTheIndexOnceMore) {
    const UnpackedStore store("basic", "expected");
    store.write("abort", "");
    std::string checkpoint = store.read("checkpoint");
    checkpoint[16] = 1;  // the index was flushed: its files are kept
    store.write("checkpoint", checkpoint);
    const StoreLayout layout = store.layout();
    ASSERT_TRUE(recover(layout, layout.config(), false).has_value());
    const Verified verified = verify(store);
    EXPECT_EQ(verified.counts.problems, 0U);
}

TEST(Verify, ShowsADamagedNameSoThatItDoesNothingToATerminal) {
    EXPECT_EQ((Finding{"consumequeue/T\x1b[2J\n\x7f\xff/0", 20, "as \"x\" is"}).text(),
              "consumequeue/T\\u001b[2J\\n\\u007f\\ufffd/0 at 20: as \"x\" is");
}

TEST(Verify, GoesOnBehindDamage) {
    const UnpackedStore store("basic", "expected");
    store.flip("commitlog/00000000000000065536", 4, 0xFF);  // the first record's magic
    const Verified verified = verify(store);
    EXPECT_EQ(verified.counts.records, 499);
    EXPECT_THAT(verified.texts, Contains(HasSubstr("commitlog/00000000000000065536 at 0: neither a record nor an end "
                                                   "marker begins here; the next record begins at ")));
}

TEST(Verify, NamesFilesOfTheWrongSizeAndMissingOnes) {
    const UnpackedStore store("basic", "expected");
    std::filesystem::resize_file(store.root() + "/commitlog/00000000000000131072", 60000);
    std::filesystem::remove(store.root() + "/commitlog/00000000000000262144");
    const Verified verified = verify(store);
    EXPECT_THAT(verified.texts,
                Contains("commitlog/00000000000000131072: 60000 bytes where files of this kind have 65536"));
    EXPECT_THAT(verified.texts, Contains("commitlog/00000000000000327680: the file before it is missing: "
                                         "00000000000000262144 should be there"));
}

TEST(Verify, ReadsConfigFilesAsFastjsonWritesThemAndNamesBrokenOnes) {
    const UnpackedStore store("basic", "expected");
    store.write("config/delayOffset.json", "{\n\t\"offsetTable\":{1:77,2:0}\n}");
    store.write("config/topics.json", "{\"topicConfigTable\":{");
    store.write("config/consumerOffset.json", "");
    EXPECT_THAT(verify(store).texts,
                ::testing::ElementsAre("config/consumerOffset.json: empty", "config/topics.json: no JSON object"));
}

TEST(Verify, NamesDelayOffsetsThatAreNone) {
    const UnpackedStore store("basic", "expected");
    store.write("config/delayOffset.json", "{\"offsetTable\":{0:1,2:-5,3:\"7\",\"x\":1,4:{}}}");
    store.write("config/delayOffset.json.bak", "{}");
    EXPECT_THAT(verify(store).texts,
                ::testing::ElementsAre("config/delayOffset.json: \"0\" is no delay level",
                                       "config/delayOffset.json: the offset of delay level 2 is \"-5\"",
                                       "config/delayOffset.json: \"x\" is no delay level",
                                       "config/delayOffset.json: the offset of delay level 4 is \"\"",
                                       "config/delayOffset.json.bak: it has no offsetTable"));
}

/// Every byte of the real store that something else tells of: a change of it must be found in that very file.
struct Place {
    std::string path;
    std::size_t offset;
};

/// Of a store whose records have record checksums every byte of a record or marker counts.
std::vector<Place> checked_places(const UnpackedStore& store) {
    std::vector<Place> places;
    const StoreLayout layout = store.layout();
    const auto add = [&](const std::string& path, std::int64_t from, std::int64_t size) {
        for (std::int64_t i = 0; i < size; ++i) places.push_back({path, static_cast<std::size_t>(from + i)});
    };
    const auto file_of = [](const std::vector<StoreFile>& files, std::int64_t at) {
        return *(std::ranges::upper_bound(files, at, {}, &StoreFile::start) - 1);
    };
    for (const std::string& text : store.lines({"msg", "blank"})) {
        const auto line = nlohmann::json::parse(text);
        const std::int64_t at = line.at("phyOffset");
        const StoreFile file = file_of(layout.log, at);
        add(file.path, at - file.start, line.at("t") == "blank" ? 8 : line.at("size").get<std::int64_t>());
    }
    for (const StoreQueue& queue : layout.queues)
        for (const StoreFile& file : queue.files) add(file.path, 0, file.size);  // zeros behind its end too
    for (const std::string& text : store.lines({"indexFile"})) {
        const auto line = nlohmann::json::parse(text);
        const std::string path = "index/" + line.at("name").get<std::string>();
        add(path, 0, 40 + 4 * layout.index_slots);
        const std::int64_t first = 40 + 4 * layout.index_slots + 20;
        add(path, first, 20 * (line.at("indexCount").get<std::int64_t>() - 1));
    }
    return places;
}

RC_GTEST_PROP(VerifyProperty, FindsAnyChangedByteOfAStoreWithRecordChecksums, ()) {
    static const UnpackedStore store("propcrc", "expected");
    static const std::vector<Place> places = checked_places(store);
    const Place& place = places[*rc::gen::inRange<std::size_t>(0, places.size())];
    const auto bits = static_cast<unsigned char>(*rc::gen::inRange(1, 256));
    RC_LOG() << place.path << " at " << place.offset << " bits " << static_cast<int>(bits);
    store.flip(place.path, place.offset, bits);
    const Verified verified = verify(store);
    store.flip(place.path, place.offset, bits);
    RC_ASSERT(verified.counts.problems > 0);
    RC_ASSERT(std::ranges::any_of(verified.findings, [&](const Finding& finding) {
        return finding.path == place.path ||
               place.path.starts_with(finding.path);  // the directory, where sizes are agreed upon
    }));
}

RC_GTEST_PROP(VerifyProperty, NeverFailsOverAChangedByteOfAnyFile, ()) {
    static const UnpackedStore store("damaged3", "recovered");
    static const auto files = store.files();
    auto file = files.begin();
    std::advance(file, *rc::gen::inRange<std::ptrdiff_t>(0, static_cast<std::ptrdiff_t>(files.size())));
    RC_PRE(!file->second.empty());
    const auto offset = *rc::gen::inRange<std::size_t>(0, file->second.size());
    store.flip(file->first, offset, 0x81);
    const Verified verified = verify(store);
    store.flip(file->first, offset, 0x81);
    RC_ASSERT(verified.counts.problems > 0);
}

}  // namespace
}  // namespace brokersim::live::testing
