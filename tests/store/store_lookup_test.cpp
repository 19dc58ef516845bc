#include <gmock/gmock.h>

#include "core/store/properties.h"
#include "tests/store/store_fixture.h"

namespace brokersim::store::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string keyed(std::string_view keys, std::string_view unique = "") {
    std::string properties;
    append_property(properties, property::keys, keys);
    if (!unique.empty()) append_property(properties, property::uniq_key, unique);
    return properties;
}

class Lookup : public StoreTest {
protected:
    void SetUp() override { open(); }
    std::vector<std::string> find(std::string_view topic, std::string_view key, std::int64_t most = 64) {
        std::vector<std::string> found;
        for (const auto& record : store_->query(topic, key, most, WallTime{}, last).records)
            found.push_back(body_of(record));
        return found;
    }
    static constexpr WallTime last{Millis(4'000'000'000'000)};
};

TEST_F(Lookup, GivesTheRecordThatBeginsAtAnOffset) {
    const auto first = put_now(message("t", 0, "one"));
    const auto second = put_now(message("t", 1, "two"));
    EXPECT_EQ(body_of(store_->record_at(first.physical_offset)), "one");
    EXPECT_EQ(body_of(store_->record_at(second.physical_offset)), "two");
    EXPECT_TRUE(store_->record_at(second.physical_offset + 1).empty());
    EXPECT_TRUE(store_->record_at(store_->max_physical_offset()).empty());
    EXPECT_TRUE(store_->record_at({-1}).empty());
    EXPECT_TRUE(store_->record_at({INT64_MAX}).empty());
}

TEST_F(Lookup, FindsTheNewestRecordsOfAKeyInTheOrderOfTheLog) {
    for (int i = 0; i < 5; ++i) put_now(message("t", i % 2, std::to_string(i), keyed("order")));
    put_now(message("u", 0, "other", keyed("order")));
    EXPECT_THAT(find("t", "order"), ElementsAre("0", "1", "2", "3", "4"));
    EXPECT_THAT(find("t", "order", 2), ElementsAre("3", "4"));
    EXPECT_THAT(find("t", "nothing"), IsEmpty());
    const auto result = store_->query("t", "order", 64, WallTime{}, last);
    EXPECT_GT(result.index_last_time, 0);
    EXPECT_GT(result.index_last_offset.value, 0);
}

TEST_F(Lookup, FindsByUniqueKeyWhatReallyHasIt) {
    put_now(message("t", 0, "by hash only", keyed("x", "BB")));
    put_now(message("t", 0, "wanted", keyed("x", "Aa")));
    put_now(message("t", 0, "by hash only too", keyed("x", "BB")));
    EXPECT_EQ(body_of(store_->record_of_unique_key("t", "Aa")), "wanted");
    EXPECT_TRUE(store_->record_of_unique_key("t", "x").empty());
}

TEST_F(Lookup, SeesAMessageOnceItIsDispatched) {
    put(message("t", 0, "soon", keyed("k")));
    world_.run_for(15us);
    EXPECT_THAT(find("t", "k"), IsEmpty());
    world_.run_for(2ms);
    EXPECT_THAT(find("t", "k"), ElementsAre("soon"));
}

TEST_F(Lookup, GoesOnAfterARestartAndAfterACrash) {
    for (int i = 0; i < 100; ++i) put_now(message("t", 0, std::to_string(i), keyed("k" + std::to_string(i))));
    shut_down();
    new_life();
    open();
    EXPECT_THAT(find("t", "k7"), ElementsAre("7"));
    put_now(message("t", 0, "more", keyed("k7")));
    new_life();
    open();
    EXPECT_THAT(find("t", "k7"), ElementsAre("7", "more"));
    EXPECT_THAT(find("t", "k99"), ElementsAre("99"));
}

TEST_F(Lookup, HasNoIndexIfNoneIsWanted) {
    shut_down();
    config_.messageIndexEnable = false;
    new_life();
    open();
    put_now(message("t", 0, "x", keyed("k")));
    EXPECT_THAT(find("t", "k"), IsEmpty());
}

TEST_F(Lookup, StopsTakingMessagesWhenTheIndexCannotGrow) {
    for (int i = 0; i < 49; ++i) put_now(message("t", 0, "", keyed("k")));
    bare_->disk_bytes = 0;
    put(message("t", 0, "", keyed("k")));
    world_.run_for(4s);
    ASSERT_NE(store_->failure(), nullptr);
    EXPECT_EQ(put_now(message("t", 0, "")).status, PutStatus::service_not_available);
    EXPECT_EQ(store_->max_offset("t", 0).value, 50);
}

}  // namespace
}  // namespace brokersim::store::testing
