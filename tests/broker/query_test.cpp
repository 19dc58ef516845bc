#include <gtest/gtest.h>

#include "core/store/record.h"
#include "tests/broker/broker_world.h"

namespace brokersim::broker::testing {
namespace {

class Query : public ::testing::Test {
protected:
    Query() {
        world_.start_broker();
        client_ = &world_.client();
    }
    protocol::SendMessageResponse store(const std::string& properties) {
        auto message = BrokerWorld::message();
        message.properties += properties;
        const Frame answer = world_.ask(*client_, message);
        EXPECT_EQ(answer.code, 0);
        world_.world.run_for(Millis(3));
        return get<protocol::SendMessageResponse>(answer.payload);
    }
    Frame by_key(const std::string& key, std::int32_t most = 64, bool unique = false, std::int64_t begin = 0,
                 std::int64_t end = INT64_MAX) {
        return world_.ask(*client_, protocol::QueryMessageRequest{"orders", key, most, begin, end, unique});
    }
    static std::vector<std::int64_t> offsets(const Frame& answer) {
        std::vector<std::int64_t> found;
        for (const Slice& record : get<protocol::QueryMessageResponse>(answer.payload).records)
            found.push_back(store::decode_record(record.bytes)->queue_offset().value);
        return found;
    }
    using Offsets = std::vector<std::int64_t>;

    BrokerWorld world_;
    RawClient* client_ = nullptr;
};

TEST_F(Query, MessagesAreFoundByTheirKeys) {
    store("KEYS\x01red\x02");
    store("KEYS\x01green red\x02");
    const std::int64_t third = world_.broker->store().max_physical_offset().value;
    store("KEYS\x01green\x02");
    const Frame red = by_key("red");
    ASSERT_EQ(red.code, 0);
    EXPECT_EQ(offsets(red), (Offsets{0, 1}));
    const auto& answer = get<protocol::QueryMessageResponse>(red.payload);
    EXPECT_GT(answer.index_last_timestamp, 1'700'000'000'000);
    EXPECT_EQ(answer.index_last_offset, third);
    EXPECT_EQ(offsets(by_key("green", 1)), (Offsets{2})) << "the newest ones";
}

TEST_F(Query, NothingFoundIsToldAsSuch) {
    store("KEYS\x01red\x02");
    for (const Frame& answer : {by_key("blue"), by_key("red", 64, false, 0, 1'000), by_key("red", 0)}) {
        EXPECT_EQ(answer.code, static_cast<std::int32_t>(ResponseCode::query_not_found));
        EXPECT_EQ(answer.remark, "can not find message, maybe time range not correct");
    }
}

TEST_F(Query, AUniqueKeyIsSearchedForHoweverFewAreWanted) {
    for (int i = 0; i < 3; ++i) store("UNIQ_KEY\x01u\x02");
    EXPECT_EQ(offsets(by_key("u", 1)), (Offsets{2}));
    EXPECT_EQ(offsets(by_key("u", 1, true)), (Offsets{0, 1, 2}));
}

TEST_F(Query, AMessageIsSeenWhereItLies) {
    store("");
    const std::int64_t second = world_.broker->store().max_physical_offset().value;
    store("KEYS\x01here\x02");
    const Frame answer = world_.ask(*client_, protocol::ViewMessageRequest{"", second});
    ASSERT_EQ(answer.code, 0);
    const auto record = store::decode_record(get<protocol::ViewMessageResponse>(answer.payload).record.bytes);
    ASSERT_TRUE(record.has_value());
    EXPECT_EQ(record->physical_offset().value, second);
    EXPECT_EQ(record->queue_offset().value, 1);
}

TEST_F(Query, WhereNoMessageBeginsNoneIsSeen) {
    store("");
    for (const std::int64_t offset : {std::int64_t(1), std::int64_t(-1), std::int64_t(1) << 40, INT64_MAX}) {
        const Frame answer = world_.ask(*client_, protocol::ViewMessageRequest{"orders", offset});
        EXPECT_EQ(answer.code, static_cast<std::int32_t>(ResponseCode::system_error));
        EXPECT_EQ(answer.remark, "can not find message by the offset, " + std::to_string(offset));
    }
}

}  // namespace
}  // namespace brokersim::broker::testing
