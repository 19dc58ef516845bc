#include <algorithm>
#include <map>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/store/checkpoint.h"
#include "core/store/index.h"
#include "core/store/properties.h"
#include "tests/store/store_fixture.h"
#include "tests/store/store_vectors.h"

namespace brokersim::store::testing {
namespace {

using brokersim::testing::BareHost;
using brokersim::testing::BareWorld;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// An index with few slots and small files, fed with records that nobody stored.
class SmallIndex : public IndexEvents {
public:
    SmallIndex() {
        config_.maxHashSlotNum = 5;
        config_.maxIndexNum = 8;
        config_.maxMsgsNumBatch = 1000;
        open();
    }
    void open(bool orderly_exit = true) {
        index = std::make_unique<Index>(host, checkpoint, config_, *this);
        EXPECT_TRUE(index->load(orderly_exit).has_value());
    }
    void on_index_flushed() override { ++flushed; }
    void on_index_flush_failed(const FileError&) override { ++failed; }

    FileResult<void> enter(const std::string& topic, std::string properties, std::int64_t at, std::int64_t time,
                           std::int32_t sys_flag = 0) {
        RecordFields fields;
        fields.topic = topic;
        fields.properties = properties;
        fields.physical_offset = at;
        fields.store_timestamp = time;
        fields.sys_flag = sys_flag;
        std::vector<std::byte> bytes(static_cast<std::size_t>(encoded_size(fields)));
        encode_record(fields, bytes);
        auto entered = index->enter(*decode_record(bytes), dispatch_properties(properties), {at});
        index->settle();
        return entered;
    }
    void enter_now(const std::string& topic, std::string properties, std::int64_t at, std::int64_t time) {
        EXPECT_TRUE(enter(topic, std::move(properties), at, time).has_value());
        index->publish();
    }
    std::vector<std::int64_t> find(const std::string& topic, const std::string& key, std::int64_t begin = 0,
                                   std::int64_t end = INT64_MAX, std::int64_t most = 1000) const {
        std::vector<std::int64_t> found;
        for (const auto offset : index->query(topic, key, most, begin, end).records) found.push_back(offset.value);
        return found;
    }
    static std::string keyed(std::string_view keys, std::string_view unique = "") {
        std::string properties;
        if (!keys.empty()) append_property(properties, property::keys, keys);
        if (!unique.empty()) append_property(properties, property::uniq_key, unique);
        return properties;
    }

    BareWorld world;
    BareHost& host = world.host("broker/0", 1);
    Checkpoint checkpoint{host};
    std::unique_ptr<Index> index;
    int flushed = 0;
    int failed = 0;

private:
    StoreConfig config_;
};

TEST(Index, FindsAMessageByItsUniqueKeyAndByEachWordOfItsKeys) {
    SmallIndex small;
    small.enter_now("t", SmallIndex::keyed("a  b", "U"), 100, 5000);
    EXPECT_THAT(small.find("t", "a"), ElementsAre(100));
    EXPECT_THAT(small.find("t", "b"), ElementsAre(100));
    EXPECT_THAT(small.find("t", "U"), ElementsAre(100));
    EXPECT_THAT(small.find("t", ""), IsEmpty());
    EXPECT_THAT(small.find("other", "a"), IsEmpty());
    EXPECT_EQ(small.index->files()[0].header().count, 4);
}

TEST(Index, ShowsRecordsWhenTheyArePublished) {
    SmallIndex small;
    small.enter_now("t", SmallIndex::keyed("a"), 0, 1000);
    ASSERT_TRUE(small.enter("t", SmallIndex::keyed("a"), 100, 1000).has_value());
    EXPECT_THAT(small.find("t", "a"), ElementsAre(0));
    small.index->publish();
    EXPECT_THAT(small.find("t", "a"), ElementsAre(100, 0));
}

TEST(Index, LeavesOutRolledBackMessagesAndWhatIsThereAlready) {
    SmallIndex small;
    small.enter_now("t", SmallIndex::keyed("a"), 100, 1000);
    EXPECT_TRUE(small.enter("t", SmallIndex::keyed("a"), 50, 1000).has_value());
    EXPECT_TRUE(small.enter("t", SmallIndex::keyed("a"), 200, 1000, 0xC).has_value());
    EXPECT_TRUE(small.enter("t", SmallIndex::keyed("a"), 300, 1000, 0x4).has_value());
    small.index->publish();
    EXPECT_THAT(small.find("t", "a"), ElementsAre(300, 100));
}

TEST(Index, BeginsAFileWhenTheLastIsFullAndFlushesThatOne) {
    SmallIndex small;
    for (int i = 0; i < 8; ++i) small.enter_now("t", SmallIndex::keyed("a"), i * 100, 1'000'000 + i * 1000);
    small.world.settle();
    ASSERT_THAT(small.index->files(), SizeIs(2));
    EXPECT_EQ(small.flushed, 1);
    EXPECT_EQ(small.checkpoint.values.index_time, 1'006'000);
    EXPECT_EQ(small.index->files()[0].path(), "index/20231114221320000");
    EXPECT_EQ(small.index->files()[1].path(), "index/20231114221320001");  // in the same millisecond
    EXPECT_EQ(small.index->files()[1].header().begin_time, 1'007'000);
    EXPECT_THAT(small.find("t", "a", 0, INT64_MAX, 3), ElementsAre(700, 600, 500));
    EXPECT_THAT(small.find("t", "a", 1'002'000, 1'004'000), ElementsAre(400, 300, 200));
}

TEST(Index, AfterACrashForgetsFilesThatTheCheckpointDoesNotVouchFor) {
    SmallIndex small;
    for (int i = 0; i < 8; ++i) small.enter_now("t", SmallIndex::keyed("a"), i * 100, 1'000'000 + i * 1000);
    small.world.settle();
    small.open(false);
    ASSERT_THAT(small.index->files(), SizeIs(1));
    EXPECT_THAT(names_in(small.host, "index"), SizeIs(1));
    small.enter_now("t", SmallIndex::keyed("a"), 700, 1'007'000);
    EXPECT_THAT(small.find("t", "a", 0, INT64_MAX, 2), ElementsAre(700, 600));
}

TEST(Index, GoesOnWhereItStoppedWhenAFileCouldNotBeMade) {
    SmallIndex small;
    for (int i = 0; i < 6; ++i) small.enter_now("t", SmallIndex::keyed("a"), i * 100, 1000);
    small.host.disk_bytes = 0;
    EXPECT_FALSE(small.enter("t", SmallIndex::keyed("b b", "U"), 600, 1000).has_value());
    small.host.disk_bytes = UINT64_MAX;
    EXPECT_TRUE(small.enter("t", SmallIndex::keyed("b b", "U"), 600, 1000).has_value());
    small.index->publish();
    EXPECT_THAT(small.find("t", "U"), ElementsAre(600));
    EXPECT_THAT(small.find("t", "b"), ElementsAre(600, 600));
}

TEST(Index, RemovesFilesThatTheLogHasLeftBehindButNotTheNewest) {
    SmallIndex small;
    for (int i = 0; i < 20; ++i) small.enter_now("t", SmallIndex::keyed("a"), i * 100, 1000);
    ASSERT_THAT(small.index->files(), SizeIs(3));
    ASSERT_TRUE(small.index->remove_before({600}).has_value());
    EXPECT_THAT(small.index->files(), SizeIs(3));
    ASSERT_TRUE(small.index->remove_before({601}).has_value());
    EXPECT_THAT(small.index->files(), SizeIs(2));
    ASSERT_TRUE(small.index->remove_before({100'000}).has_value());
    EXPECT_THAT(names_in(small.host, "index"), SizeIs(1));
    small.enter_now("t", SmallIndex::keyed("a"), 2000, 1000);
    EXPECT_THAT(small.find("t", "a", 0, INT64_MAX, 1), ElementsAre(2000));
}

TEST(Index, GivesAFileThatWasCutShortItsFullLength) {
    SmallIndex small;
    ASSERT_TRUE(small.host.write_file("index/20200101000000000", "").has_value());
    ASSERT_TRUE(small.host.write_file("index/notes", "mine").has_value());
    small.open();
    small.enter_now("t", SmallIndex::keyed("a"), 0, 1000);
    EXPECT_THAT(small.find("t", "a"), ElementsAre(0));
    EXPECT_EQ(*small.host.read_file("index/notes"), "mine");
}

RC_GTEST_PROP(Index, SurvivesAnyBytesInItsFiles, ()) {
    SmallIndex small;
    const auto size = index_format::file_size(5, 8);
    std::string bytes(static_cast<std::size_t>(size), '\0');
    for (auto& byte : bytes)
        byte = *rc::gen::weightedOneOf<char>(
            {{3, rc::gen::just('\0')}, {1, rc::gen::inRange<char>(0, 9)}, {1, rc::gen::arbitrary<char>()}});
    RC_ASSERT(small.host.write_file("index/20200101000000000", bytes).has_value());
    small.open();
    small.find("t", "a");
    (void)small.enter("t", SmallIndex::keyed("a b c d"), 1LL << 60, 1000);
    small.index->publish();
    small.find("t", "a");
}

RC_GTEST_PROP(Index, FindsWhatAPlainListFinds, ()) {
    SmallIndex small;
    struct Entry {
        std::string key;
        std::int64_t at;
        std::int64_t time;
    };
    std::vector<Entry> model;
    std::int64_t time = 1'000'000;
    const auto count = *rc::gen::inRange(0, 60);
    for (int i = 0; i < count; ++i) {
        // The first time of a file counts from the end of the one before, as there: no gap, no difference.
        if (i % 7 != 0) time += *rc::gen::inRange(0, 3) * 1000;
        const std::string key(1, *rc::gen::inRange('a', 'f'));
        small.enter_now("t", SmallIndex::keyed(key), i * 10, time);
        model.push_back({key, i * 10, time});
        if (*rc::gen::inRange(0, 10) == 0) small.open();
    }
    const std::string key(1, *rc::gen::inRange('a', 'f'));
    std::int64_t begin = 1'000'000 + *rc::gen::inRange(-5, 60) * 1000;
    std::int64_t end = begin + *rc::gen::inRange(0, 60) * 1000;
    const auto most = *rc::gen::inRange<std::int64_t>(1, 20);
    std::vector<std::int64_t> expected;
    for (auto entry = model.rbegin(); entry != model.rend(); ++entry)
        if (entry->key == key && entry->time >= begin && entry->time <= end &&
            static_cast<std::int64_t>(expected.size()) < most)
            expected.push_back(entry->at);
    RC_ASSERT(small.find("t", key, begin, end, most) == expected);
}

}  // namespace
}  // namespace brokersim::store::testing
