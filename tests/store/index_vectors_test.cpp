#include <algorithm>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/store/checkpoint.h"
#include "core/store/index.h"
#include "core/store/message_store.h"
#include "tests/store/store_vectors.h"

/// The index against what the real store wrote, and answered.
namespace brokersim::store::testing {
namespace {

using brokersim::testing::BareHost;
using brokersim::testing::BareWorld;

class NoEvents final : public IndexEvents {
public:
    void on_index_flushed() override {}
    void on_index_flush_failed(const FileError&) override {}
};

/// The index as it lies in the host's files.
class OpenedIndex {
public:
    OpenedIndex(Host& host, const StoreConfig& config) : checkpoint_(host), index_(host, checkpoint_, config, events_) {
        EXPECT_TRUE(checkpoint_.load().has_value());
        EXPECT_TRUE(index_.load(true).has_value());
    }
    const Index& get() const { return index_; }

private:
    NoEvents events_;
    Checkpoint checkpoint_;
    Index index_;
};

void expect_files(const Index& index, const StoreVector& vector, bool names_too) {
    const auto lines = vector.of("indexFile");
    ASSERT_EQ(index.files().size(), lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
        SCOPED_TRACE(i);
        const auto& head = index.files()[i].header();
        if (names_too) {
            EXPECT_EQ(index.files()[i].path(), "index/" + lines[i].at("name").get<std::string>());
        }
        EXPECT_EQ(head.begin_time, lines[i].at("beginTimestamp"));
        EXPECT_EQ(head.end_time, lines[i].at("endTimestamp"));
        EXPECT_EQ(head.begin_offset.value, lines[i].at("beginPhyOffset"));
        EXPECT_EQ(head.end_offset.value, lines[i].at("endPhyOffset"));
        EXPECT_EQ(head.slots_used, lines[i].at("hashSlotCount"));
        EXPECT_EQ(head.count, lines[i].at("indexCount"));
    }
}

void expect_answers(const Index& index, const StoreVector& vector) {
    const auto lines = vector.of("indexQuery");
    EXPECT_FALSE(lines.empty());
    for (const auto& line : lines) {
        const auto found = index.query(line.at("topic").get<std::string>(), line.at("key").get<std::string>(),
                                       line.at("maxNum"), line.at("begin"), line.at("end"));
        std::vector<std::int64_t> records;
        for (const auto offset : found.records) records.push_back(offset.value);
        EXPECT_EQ(nlohmann::json(records), line.at("phyOffsets")) << line;
        EXPECT_EQ(found.last_time, line.at("indexLastUpdateTimestamp"));
        EXPECT_EQ(found.last_offset.value, line.at("indexLastUpdatePhyoffset"));
    }
}

std::vector<std::string> contents(const std::map<std::string, std::string>& files) {
    std::vector<std::string> contents;
    for (const auto& [path, content] : files)
        if (path.starts_with("index/")) contents.push_back(content);
    return contents;
}

class RealIndex : public ::testing::TestWithParam<const char*> {
protected:
    StoreVector vector_ = load_vector(GetParam(), "expected");
    BareWorld world_;
    BareHost& host_ = world_.host("broker/0", 1);
};

TEST_P(RealIndex, AnswersAsTheRealOneDoes) {
    copy_into(vector_, host_);
    const OpenedIndex index(host_, vector_.config);
    expect_files(index.get(), vector_, true);
    expect_answers(index.get(), vector_);
}

TEST_P(RealIndex, IsOpenedAndClosedWithoutAChangedByte) {
    copy_into(vector_, host_);
    const auto before = files_under(host_, "index");
    MessageStore store(host_, "broker-0", vector_.config);
    ASSERT_TRUE(store.load().has_value());
    store.start();
    world_.run_for(std::chrono::seconds(100));
    bool closed = false;
    store.shutdown([&closed] { closed = true; });
    world_.settle();
    EXPECT_TRUE(closed);
    EXPECT_THAT(differing(files_under(host_, "index"), before), ::testing::IsEmpty());
}

TEST_P(RealIndex, IsRebuiltFromTheLogByteForByte) {
    for (auto& [path, content] : vector_.files)
        if (path.starts_with("commitlog/")) host_.write_file(path, content).value();
    ASSERT_TRUE(host_.write_file("abort", "4711").has_value());
    MessageStore store(host_, "broker-0", vector_.config);
    ASSERT_TRUE(store.load().has_value());
    EXPECT_TRUE(contents(files_under(host_, "index")) == contents(vector_.files));
    const OpenedIndex index(host_, vector_.config);
    expect_files(index.get(), vector_, false);
}

INSTANTIATE_TEST_SUITE_P(Vectors, RealIndex, ::testing::Values("basic", "features", "propcrc"),
                         [](const auto& test) { return std::string(test.param); });

class DamagedIndex : public ::testing::TestWithParam<const char*> {
protected:
    StoreVector vector_ = load_vector(GetParam(), "recovered");
    BareWorld world_;
    BareHost& host_ = world_.host("broker/0", 1);
};

TEST_P(DamagedIndex, IsRecoveredAsByTheRealStore) {
    copy_into(vector_, host_);
    MessageStore store(host_, "broker-0", vector_.config);
    ASSERT_TRUE(store.load().has_value());
    const OpenedIndex index(host_, vector_.config);
    expect_files(index.get(), vector_, false);
    expect_answers(index.get(), vector_);
}

TEST_P(DamagedIndex, MovesTheCheckpointWhenAFullFileIsOnDisk) {
    copy_into(vector_, host_);
    MessageStore store(host_, "broker-0", vector_.config);
    ASSERT_TRUE(store.load().has_value());
    store.start();
    world_.run_for(std::chrono::seconds(2));
    Checkpoint checkpoint(host_);
    ASSERT_TRUE(checkpoint.load().has_value());
    EXPECT_EQ(checkpoint.values.index_time, vector_.one("checkpoint").at("indexMsgTimestamp"));
}

INSTANTIATE_TEST_SUITE_P(Vectors, DamagedIndex, ::testing::Values("damaged1", "damaged2", "damaged3"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace brokersim::store::testing
