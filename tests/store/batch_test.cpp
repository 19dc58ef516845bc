#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include "core/store/batch.h"
#include "core/store/properties.h"
#include "tests/store/batch_body.h"
#include "tests/store/store_fixture.h"

namespace brokersim::store::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class Batches : public StoreTest {
protected:
    void SetUp() override { open(); }
    PutResult put_batch_now(MessageToPut batch) {
        results_.clear();
        store_->put_batch(std::move(batch), world_.now(), world_.now(),
                          [this](const PutResult& result) { results_.push_back({result, world_.now()}); });
        world_.run_for(20ms);
        EXPECT_EQ(results_.size(), 1U);
        return results_.empty() ? PutResult{} : results_[0].result;
    }
    static MessageToPut batch(const std::vector<BatchMessage>& messages, std::string properties = "") {
        return message("t", 0, batch_body(messages), std::move(properties));
    }
};

TEST_F(Batches, BecomeOrdinaryMessagesOfConsecutiveOffsets) {
    put_now(message("t", 0, "before"));
    const auto result = put_batch_now(batch({{"a", "TAGS\x01x\x02", 7}, {"", "", 0}, {"ccc", "KEYS\x01k\x02", 0}}));
    EXPECT_EQ(result.status, PutStatus::ok);
    EXPECT_EQ(result.queue_offset.value, 1);
    ASSERT_THAT(result.batch, SizeIs(3));
    EXPECT_EQ(result.batch[0], result.physical_offset);
    EXPECT_EQ(result.physical_offset + result.size, store_->max_physical_offset());
    EXPECT_THAT(read_all("t", 0), ElementsAre("before", "a", "", "ccc"));
    const auto slice = store_->record_at(result.batch[0]);
    EXPECT_EQ(decode_record(slice.bytes)->flag(), 7);
    EXPECT_EQ(put_now(message("t", 0, "after")).queue_offset.value, 4);
    EXPECT_EQ(world_.notes_of<note::Stored>().size(), 5U);
}

TEST_F(Batches, GiveTheirPropertiesToEachMessage) {
    const auto result = put_batch_now(batch({{"a",
                                              "A\x01"
                                              "1",
                                              0},
                                             {"b", "", 0}},
                                            "CLUSTER\x01"
                                            "c\x02"));
    const auto properties = [this](PhysicalOffset at) {
        const auto record = store_->record_at(at);
        return std::string(decode_record(record.bytes)->properties());
    };
    EXPECT_EQ(properties(result.batch[0]),
              "A\x01"
              "1\x02"
              "CLUSTER\x01"
              "c\x02");
    EXPECT_EQ(properties(result.batch[1]),
              "CLUSTER\x01"
              "c\x02");
}

TEST_F(Batches, GoToTheNextFileAsAWhole) {
    put_now(message("t", 0, std::string(6000, 'x')));
    const std::string body(700, 'b');
    const auto result = put_batch_now(batch({{body, "", 0}, {body, "", 0}, {body, "", 0}}));
    EXPECT_EQ(result.physical_offset.value, 8192);
    EXPECT_THAT(read_all("t", 0), SizeIs(4));
}

TEST_F(Batches, AreRefusedWhole) {
    const std::string part(3000, 'b');
    EXPECT_EQ(put_batch_now(batch({})).status, PutStatus::message_illegal);
    EXPECT_EQ(put_batch_now(message("t", 0, "no batch at all")).status, PutStatus::message_illegal);
    EXPECT_EQ(put_batch_now(batch({{part, "", 0}, {part, "", 0}, {"", std::string(2200, 'p'), 0}})).status,
              PutStatus::message_illegal)
        << "larger than a file";
    EXPECT_EQ(put_batch_now(batch({{"a", "", 0}},
                                  "DELAY\x01"
                                  "3\x02"))
                  .status,
              PutStatus::message_illegal);
    auto half = batch({{"a", "", 0}});
    half.sys_flag = 0x4;
    EXPECT_EQ(put_batch_now(std::move(half)).status, PutStatus::message_illegal);
    EXPECT_EQ(store_->max_physical_offset().value, 0);
    EXPECT_EQ(put_batch_now(batch({{"a", "", 0}})).queue_offset.value, 0);
}

TEST_F(Batches, AndMessagesEndWithAChecksumIfThatIsWanted) {
    shut_down();
    config_.enabledAppendPropCRC = config_.forceVerifyPropCRC = true;
    new_life();
    open();
    const auto single = put_now(message("t", 0, "s",
                                        "A\x01"
                                        "1"));
    const auto two = put_batch_now(batch({{"a",
                                           "A\x01"
                                           "1",
                                           0},
                                          {"b", "", 0}}));
    for (const auto at : {single.physical_offset, two.batch[0], two.batch[1]}) {
        const auto slice = store_->record_at(at);
        const auto record = decode_record(slice.bytes);
        EXPECT_TRUE(property_crc(*record).has_value());
        EXPECT_TRUE(property_crc_intact(*record));
    }
    EXPECT_EQ(put_now(message("t", 0, "", std::string(32'747, 'p'))).status, PutStatus::properties_size_exceeded);
    new_life();
    auto path = std::string("commitlog/00000000000000000000");
    auto file = *bare_->read_file(path);
    file[static_cast<std::size_t>(two.batch[1].value) + 16] ^= 1;  // the flag: no body checksum covers it
    ASSERT_TRUE(bare_->write_file(path, file).has_value());
    open();
    EXPECT_THAT(read_all("t", 0), ElementsAre("s", "a"));
}

RC_GTEST_PROP(BatchBody, ReadsBackWhatWasWritten, ()) {
    const auto bodies = *rc::gen::nonEmpty<std::vector<std::string>>();
    std::vector<BatchMessage> messages;
    for (const auto& body : bodies) messages.push_back({body, *rc::gen::arbitrary<std::string>(), 5});
    const auto body = batch_body(messages);
    const auto parts = decode_batch(as_bytes(body));
    RC_ASSERT(parts.has_value());
    RC_ASSERT(parts->size() == messages.size());
    for (std::size_t i = 0; i < messages.size(); ++i) {
        RC_ASSERT((*parts)[i].properties == messages[i].properties);
        RC_ASSERT(std::string(reinterpret_cast<const char*>((*parts)[i].body.data()), (*parts)[i].body.size()) ==
                  messages[i].body);
    }
    const auto cut = *rc::gen::inRange<std::size_t>(0, body.size());
    const auto prefix = decode_batch(as_bytes(std::string_view(body).substr(0, cut)));
    RC_ASSERT((!prefix || prefix->size() < messages.size()));
}

RC_GTEST_PROP(BatchBody, StaysInsideAnyBytes, (const std::string& bytes)) {
    if (const auto parts = decode_batch(as_bytes(bytes))) RC_ASSERT(!parts->empty());
}

}  // namespace
}  // namespace brokersim::store::testing
