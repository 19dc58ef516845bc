#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/store/message_store.h"
#include "core/store/record.h"
#include "tests/store/store_vectors.h"

namespace brokersim::store::testing {
namespace {

using brokersim::testing::BareHost;
using brokersim::testing::BareWorld;

/// The queues of a store must be those that the real store had after loading the same files.
void expect_queues(MessageStore& store, const StoreVector& vector) {
    for (const auto& line : vector.of("cq")) {
        const std::string topic = line.at("topic");
        const std::int32_t id = line.at("queueId");
        SCOPED_TRACE(topic + " " + std::to_string(id));
        EXPECT_EQ(store.min_offset(topic, id).value, line.at("minOffset"));
        ASSERT_EQ(store.max_offset(topic, id).value, line.at("maxOffset"));
        for (const auto& unit : line.at("units")) {
            const auto got = store.get(topic, id, {unit.at(0)}, 1, {});
            ASSERT_EQ(got.status, GetStatus::found);
            EXPECT_EQ(got.records.at(0).size(), unit.at(2));
            const auto record = decode_record(got.records.at(0).bytes);
            EXPECT_EQ(record->physical_offset().value, unit.at(1));
            EXPECT_EQ(store.get(topic, id, {unit.at(0)}, 1, {static_cast<std::int32_t>(unit.at(3).get<std::int64_t>())})
                          .status,
                      GetStatus::found);
        }
    }
    for (const auto& line : vector.of("cqTime"))
        for (const auto& asked : line.at("lowerUpper")) {
            const std::string topic = line.at("topic");
            const std::int32_t id = line.at("queueId");
            const WallTime time{std::chrono::milliseconds(asked.at(0).get<std::int64_t>())};
            EXPECT_EQ(store.offset_by_time(topic, id, time, TimeBoundary::lower).value, asked.at(1)) << asked;
            EXPECT_EQ(store.offset_by_time(topic, id, time, TimeBoundary::upper).value, asked.at(2)) << asked;
        }
}

std::map<std::string, std::string> queue_files(const StoreVector& vector) {
    std::map<std::string, std::string> files;
    for (const auto& [path, content] : vector.files)
        if (path.starts_with("consumequeue/")) files.emplace(path, content);
    return files;
}

class RealStore : public ::testing::TestWithParam<const char*> {
protected:
    StoreVector vector_ = load_vector(GetParam(), "expected");
    BareWorld world_;
    BareHost& host_ = world_.host("broker/0", 1);
};

TEST_P(RealStore, OpensWithoutAChangedByte) {
    copy_into(vector_, host_);
    const auto log = files_under(host_, "commitlog");
    const auto queues = files_under(host_, "consumequeue");
    const auto checkpoint = host_.read_file("checkpoint");
    {
        MessageStore store(host_, "broker-0", vector_.config);
        ASSERT_TRUE(store.load().has_value());
        EXPECT_EQ(store.min_physical_offset().value, vector_.one("store").at("minPhyOffset"));
        EXPECT_EQ(store.max_physical_offset().value, vector_.one("store").at("maxPhyOffset"));
        EXPECT_EQ(store.flushed_offset().value, vector_.one("store").at("flushedWhere"));
        expect_queues(store, vector_);
    }
    EXPECT_THAT(differing(files_under(host_, "commitlog"), log), ::testing::IsEmpty());
    EXPECT_THAT(differing(files_under(host_, "consumequeue"), queues), ::testing::IsEmpty());
    EXPECT_EQ(*host_.read_file("checkpoint"), *checkpoint);
}

TEST_P(RealStore, IsClosedAndOpenedAgainWithoutAChangedByteOfLogAndQueues) {
    copy_into(vector_, host_);
    const auto log = files_under(host_, "commitlog");
    const auto queues = files_under(host_, "consumequeue");
    {
        MessageStore store(host_, "broker-0", vector_.config);
        ASSERT_TRUE(store.load().has_value());
        store.start();
        world_.run_for(std::chrono::seconds(100));
        bool closed = false;
        store.shutdown([&closed] { closed = true; });
        world_.settle();
        EXPECT_TRUE(closed);
        EXPECT_FALSE(host_.read_file("abort").has_value());
    }
    EXPECT_THAT(differing(files_under(host_, "commitlog"), log), ::testing::IsEmpty());
    EXPECT_THAT(differing(files_under(host_, "consumequeue"), queues), ::testing::IsEmpty());
    MessageStore store(world_.host("broker/0", 1), "broker-0", vector_.config);
    ASSERT_TRUE(store.load().has_value());
    expect_queues(store, vector_);
}

TEST_P(RealStore, HasItsQueuesRebuiltFromTheLogByteForByte) {
    for (auto& [path, content] : vector_.files)
        if (path.starts_with("commitlog/")) host_.write_file(path, content).value();
    ASSERT_TRUE(host_.write_file("abort", "4711").has_value());
    MessageStore store(host_, "broker-0", vector_.config);
    ASSERT_TRUE(store.load().has_value());
    EXPECT_THAT(differing(files_under(host_, "consumequeue"), queue_files(vector_)), ::testing::IsEmpty());
    expect_queues(store, vector_);
}

INSTANTIATE_TEST_SUITE_P(Vectors, RealStore, ::testing::Values("basic", "features", "propcrc"),
                         [](const auto& test) { return std::string(test.param); });

class DamagedStore : public ::testing::TestWithParam<const char*> {
protected:
    StoreVector vector_ = load_vector(GetParam(), "recovered");
    BareWorld world_;
    BareHost& host_ = world_.host("broker/0", 1);
};

TEST_P(DamagedStore, RecoversAsTheRealStoreDoes) {
    copy_into(vector_, host_);
    MessageStore store(host_, "broker-0", vector_.config);
    ASSERT_TRUE(store.load().has_value());
    const auto expected = vector_.one("store");
    EXPECT_EQ(store.min_physical_offset().value, expected.at("minPhyOffset"));
    EXPECT_EQ(store.max_physical_offset().value, expected.at("maxPhyOffset"));
    EXPECT_EQ(store.flushed_offset().value, expected.at("flushedWhere"));
    EXPECT_EQ(nlohmann::json(names_in(host_, "commitlog")), expected.at("commitLogFiles"));
    expect_queues(store, vector_);
    for (const auto& line : vector_.of("cq")) {
        const std::string directory =
            fmt::format("consumequeue/{}/{}", line.at("topic").get<std::string>(), line.at("queueId").get<int>());
        EXPECT_EQ(nlohmann::json(names_in(host_, directory)), line.at("files"));
    }
}

TEST_P(DamagedStore, RecoversToTheSameAgain) {
    copy_into(vector_, host_);
    {
        MessageStore store(host_, "broker-0", vector_.config);
        ASSERT_TRUE(store.load().has_value());
    }
    const auto log = files_under(host_, "commitlog");
    const auto queues = files_under(host_, "consumequeue");
    MessageStore store(world_.host("broker/0", 1), "broker-0", vector_.config);
    ASSERT_TRUE(store.load().has_value());
    expect_queues(store, vector_);
    EXPECT_THAT(differing(files_under(world_.host("broker/0", 1), "commitlog"), log), ::testing::IsEmpty());
    EXPECT_THAT(differing(files_under(world_.host("broker/0", 1), "consumequeue"), queues), ::testing::IsEmpty());
}

TEST_P(DamagedStore, WritesTheCheckpointThatTheRealStoreHolds) {
    copy_into(vector_, host_);
    MessageStore store(host_, "broker-0", vector_.config);
    ASSERT_TRUE(store.load().has_value());
    store.start();
    world_.run_for(std::chrono::seconds(2));
    const auto bytes = *host_.read_file("checkpoint");
    const auto at = [&bytes](std::size_t i) { return load_big<std::int64_t>(as_bytes(bytes).data() + i); };
    const auto expected = vector_.one("checkpoint");
    EXPECT_EQ(at(0), expected.at("physicMsgTimestamp"));
    EXPECT_EQ(at(8), expected.at("logicsMsgTimestamp"));
    EXPECT_EQ(at(32), expected.at("confirmPhyOffset"));
}

INSTANTIATE_TEST_SUITE_P(Vectors, DamagedStore, ::testing::Values("damaged1", "damaged2", "damaged3"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace brokersim::store::testing
