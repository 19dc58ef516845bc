#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "live/store/dump.h"
#include "tests/live/unpacked_store.h"

namespace brokersim::live::testing {
namespace {

const store::DelayLevels& levels() {
    static const store::DelayLevels usual = store::DelayLevels::parse(store::StoreConfig().messageDelayLevel).value();
    return usual;
}

/// What `dump` writes, line by line; it must not warn.
template <class Dump>
std::vector<std::string> lines_of(Dump&& dump) {
    std::string text;
    const DumpOptions options{.delay_levels = levels(),
                              .out = [&](std::string_view piece) { text += piece; },
                              .warning = [](const std::string& warning) { ADD_FAILURE() << warning; }};
    EXPECT_TRUE(dump(options));
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

std::unique_ptr<OpenedStore> opened(const UnpackedStore& store) {
    const StoreLayout layout = store.layout();
    auto result = OpenedStore::open(layout, layout.config());
    EXPECT_TRUE(result.has_value()) << (result ? "" : result.error());
    return std::move(*result);
}

class DumpOfRealStore : public ::testing::TestWithParam<const char*> {};

TEST_P(DumpOfRealStore, IsWhatTheRealStoreReadBack) {
    const UnpackedStore real(GetParam(), "expected");
    const auto before = real.files();
    const auto store = opened(real);
    const auto got = lines_of([&](const DumpOptions& options) { return dump_all(*store, options); });
    const auto wanted = real.lines({"msg", "blank", "cq", "indexFile"});
    ASSERT_EQ(got.size(), wanted.size());
    for (std::size_t i = 0; i < got.size(); ++i) ASSERT_EQ(got[i], wanted[i]) << "line " << i + 1;
    EXPECT_TRUE(real.files() == before);
}

TEST_P(DumpOfRealStore, FindsTheRecordsThatTheRealIndexFinds) {
    const UnpackedStore real(GetParam(), "expected");
    const StoreLayout layout = real.layout();
    const auto store = opened(real);
    int collisions = 0;
    for (const std::string& text : real.lines({"indexQuery"})) {
        const auto query = nlohmann::json::parse(text);
        if (query.at("begin") != 0 || query.at("end") != INT64_MAX) continue;  // a query of a span of time
        const std::string key = query.at("topic").get<std::string>() + "#" + query.at("key").get<std::string>();
        std::vector<std::int64_t> wanted;
        for (const std::int64_t at : query.at("phyOffsets"))
            if (wanted.empty() || wanted.back() != at) wanted.push_back(at);
        std::vector<std::int64_t> got;
        for (const std::string& line :
             lines_of([&](const DumpOptions& options) { return dump_key(*store, key, layout.index_slots, options); }))
            got.push_back(nlohmann::json::parse(line).at("phyOffset"));
        if (static_cast<std::int64_t>(query.at("phyOffsets").size()) >= query.at("maxNum")) continue;  // it stopped
        if (got != wanted) {  // the real index gives records of other keys with the same hash too
            ++collisions;
            EXPECT_THAT(wanted, ::testing::IsSupersetOf(got)) << text;
        }
    }
    EXPECT_LE(collisions, 6);
}

INSTANTIATE_TEST_SUITE_P(Vectors, DumpOfRealStore, ::testing::Values("basic", "features", "propcrc"),
                         [](const auto& test) { return std::string(test.param); });

TEST(Dump, OfOneQueueGivesItsMessagesInItsOrder) {
    const UnpackedStore real("basic", "expected");
    const auto store = opened(real);
    for (const auto& queue : store->queues()) {
        const auto lines = lines_of([&](const DumpOptions& options) { return dump_queue(*store, queue, options); });
        ASSERT_EQ(static_cast<std::int64_t>(lines.size()), queue.max - queue.min + 1);
        for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
            const auto message = nlohmann::json::parse(lines[i]);
            EXPECT_EQ(message.at("topic"), queue.topic);
            EXPECT_EQ(message.at("queueId"), queue.id);
            EXPECT_EQ(message.at("queueOffset"), i);
        }
        EXPECT_EQ(nlohmann::json::parse(lines.back()).at("t"), "cq");
    }
}

class DumpOfDamagedStore : public ::testing::TestWithParam<const char*> {};

TEST_P(DumpOfDamagedStore, ShowsWhatTheRealRecoveryMakesOfItWithoutChangingIt) {
    const UnpackedStore real(GetParam(), "recovered");
    const auto before = real.files();
    StoreSizes sizes;
    sizes.queue_file = 400;  // one of them has no queue file that could tell
    const StoreLayout layout = read_layout(real.root(), sizes).value();
    const auto store = OpenedStore::open(layout, layout.config());
    ASSERT_TRUE(store.has_value()) << store.error();
    auto got = lines_of([&](const DumpOptions& options) { return dump_all(**store, options); });
    std::erase_if(got, [](const std::string& line) { return line.starts_with("{\"t\": \"indexFile\""); });
    EXPECT_EQ(got, real.lines({"msg", "blank", "cq"}));
    EXPECT_TRUE(real.files() == before);
}

INSTANTIATE_TEST_SUITE_P(Vectors, DumpOfDamagedStore, ::testing::Values("damaged1", "damaged2", "damaged3"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace brokersim::live::testing
